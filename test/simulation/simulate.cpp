// test/simulate: runs many schedules, or one with its trace, and makes a failing one shorter.
#include <CLI/CLI.hpp>
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

constexpr int failures_max = 3;  // told by each process; more are seldom of another kind

std::string run_plan(const schedule& plan) { return world(plan).run(); }

// Leaves out each fault whose absence does not mend it.
schedule shrink(schedule plan) {
  for (std::size_t i = plan.faults.size(); i-- > 0;) {
    schedule shorter = plan;
    shorter.faults.erase(shorter.faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (!run_plan(shorter).empty()) plan = std::move(shorter);
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
  for (std::uint64_t n = own.first; n < seeds.count && failures < failures_max; n += own.step) {
    const schedule plan = draw_schedule(seeds.first + n);
    world tried(plan);
    const std::string violation = tried.run();
    for (const int rule : tried.decisions_by_a_person()) {
      ++found.decisions.at(static_cast<std::size_t>(rule));
    }
    if (violation.empty()) continue;
    ++failures;
    ++found.violated;
    const schedule shorter = shrink(plan);
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
      "simulate: %s: expected \"seed N replicas N version N aof 0|1 placeholder 0|1\", and "
      "then a fault a line, like \"6696ms empty-volume 0 1 3356ms\"\n",
      path.c_str());
  return 2;
}

}  // namespace
}  // namespace redis_agent::simulation

int main(int argc, char** argv) {
  using namespace redis_agent::simulation;
  CLI::App app("Runs the agent's rules in a simulated cluster, with seeded faults.", "simulate");
  range seeds{1, 10000};
  std::optional<std::uint64_t> one;
  std::string file;
  app.add_option("--seeds", seeds.count, "How many schedules to run (10000).");
  app.add_option("--from", seeds.first, "The first one's seed (1).");
  app.add_option("--seed", one, "Runs that one alone and shows its trace.");
  app.add_option("--schedule", file, "Runs the schedule of that file and shows its trace.");
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // more than one process writes to it
  if (one) return show(draw_schedule(*one));
  return file.empty() ? run_all(seeds) : run_file(file);
}
