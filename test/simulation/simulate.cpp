// test/simulate: runs many schedules, or one with its trace, and makes a failing one shorter.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "world.hpp"

namespace redis_agent::simulation {
namespace {

// Told by each process; more are seldom of another kind.
constexpr int failures_max_default = 3;

std::string run_plan(const schedule& plan) { return world(plan).run(); }

// What a violation says without names and numbers, as far as that tells its kind.
std::string kind_of(const std::string& violation) {
  constexpr std::size_t words_max = 8;
  std::istringstream words(violation);
  std::string kind;
  std::string word;
  for (std::size_t i = 0; i < words_max && words >> word; ++i) {
    if (word.find_first_of("0123456789") == std::string::npos) kind += word + " ";
  }
  return kind;
}

// Leaves out each fault, and each word of the header, whose absence does not mend it.
schedule shrink(schedule plan, const std::string& violation) {
  const auto still_fails = [kind = kind_of(violation)](const schedule& shorter) {
    return kind_of(run_plan(shorter)) == kind;
  };
  for (bool has_more = true; has_more;) {
    const auto all = with_fewer_words(plan);
    const auto found = std::find_if(all.begin(), all.end(), still_fails);
    has_more = found != all.end();
    if (has_more) plan = schedule(*found);
  }
  for (std::size_t i = plan.faults.size(); i-- > 0;) {
    schedule shorter = plan;
    shorter.faults.erase(shorter.faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (still_fails(shorter)) plan = std::move(shorter);
  }
  return plan;
}

int show(const schedule& plan) {
  world shown(plan, true);
  const std::string violation = shown.run();
  std::printf("%s", to_text(plan).c_str());
  for (const std::string& line : shown.trace()) std::printf("%s\n", line.c_str());
  std::printf("%s\n", violation.empty() ? "nothing violated" : ("VIOLATED: " + violation).c_str());
  return violation.empty() ? 0 : 1;
}

struct range {
  std::uint64_t first;
  std::uint64_t count;
  int failures_max;
  bool is_quick;
};

// What the processes have found together: memory that they share.
struct tally {
  std::atomic<std::uint64_t> violated;
  std::array<std::atomic<std::uint64_t>, 8> decisions;  // by a person, by the gate's rule
};

struct share {
  unsigned first;
  unsigned step;
};

void run_share(const range& seeds, const share& own, tally& found) {
  int failures = 0;
  for (std::uint64_t n = own.first; n < seeds.count && failures < seeds.failures_max;
       n += own.step) {
    const schedule plan = draw_schedule(seeds.first + n);
    world tried(plan);
    const std::string violation = tried.run();
    for (const int rule : tried.decisions_by_a_person()) {
      ++found.decisions.at(static_cast<std::size_t>(rule));
    }
    if (violation.empty()) continue;
    ++failures;
    ++found.violated;
    if (seeds.is_quick) {
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(plan.seed), violation.c_str());
      continue;
    }
    const schedule shorter = shrink(plan, violation);
    std::printf("seed %llu: %s\nshrunk:\n%s\n", static_cast<unsigned long long>(plan.seed),
                run_plan(shorter).c_str(), to_text(shorter).c_str());
  }
}

int run_all(const range& seeds) {
  const auto began = std::chrono::steady_clock::now();
  void* const shared =
      mmap(nullptr, sizeof(tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("simulate: mmap");
    return 2;
  }
  tally& found = *new (shared) tally{};
  const unsigned workers = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < workers; ++i) {
    if (fork() != 0) continue;
    run_share(seeds, {i, workers}, found);
    std::fflush(stdout);
    _exit(0);
  }
  bool all_ended = true;
  for (int status = 0; wait(&status) > 0;) all_ended = all_ended && status == 0;
  if (!all_ended) std::printf("one of the processes crashed\n");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const bool is_well = all_ended && found.violated == 0;
  const auto count = [&](std::size_t rule) {
    return static_cast<unsigned long long>(found.decisions.at(rule));
  };
  std::printf(
      "%llu seeds from %llu in %.1f s: %s\n"
      "a person decided: rule 2 (a second primary, made by hand) %llu, rule 6 (two histories)"
      " %llu, rule 7 (all lost) %llu, at a replica %llu\n",
      static_cast<unsigned long long>(seeds.count), static_cast<unsigned long long>(seeds.first),
      took.count(), is_well ? "nothing violated" : "VIOLATED", count(2), count(6), count(7),
      count(0));
  return is_well ? 0 : 1;
}

int run_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  if (const auto plan = parse_schedule(text.str())) return show(*plan);
  std::fprintf(
      stderr,
      "simulate: %s: expected \"seed N replicas N version N aof 0|1 placeholder 0|1\" with "
      "optional words (faults.hpp), and then a fault a line, like \"6696ms empty-volume 0 1 "
      "3356ms\"\n",
      path.c_str());
  return 2;
}

}  // namespace
}  // namespace redis_agent::simulation

int main(int argc, char** argv) {
  using namespace redis_agent::simulation;
  CLI::App app("Runs the agent's rules in a simulated cluster, with seeded faults.", "simulate");
  range seeds{1, 10000, failures_max_default, false};
  std::optional<std::uint64_t> one;
  std::string file;
  app.add_option("--seeds", seeds.count, "How many schedules to run (10000).");
  app.add_option("--from", seeds.first, "The first one's seed (1).");
  app.add_option("--failures", seeds.failures_max,
                 "How many each process tells before it ends (3).");
  app.add_flag("--quick", seeds.is_quick, "Makes no failing one shorter.");
  app.add_option("--seed", one, "Runs that one alone and shows its trace.");
  app.add_option("--schedule", file, "Runs the schedule of that file and shows its trace.");
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // more than one process writes to it
  if (one) return show(draw_schedule(*one));
  return file.empty() ? run_all(seeds) : run_file(file);
}
