// Runs many schedules of faults in a world whose primary moves, or one with its trace, and makes a
// failing one shorter.
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "lock_world.hpp"

namespace redis_agent::simulation {
namespace {

struct options {
  std::uint64_t first = 1;
  std::uint64_t count = 10000;
  int failures_max = 3;
  bool is_quick = false;
  lock_mistakes mistakes{};
};

struct tally {
  std::atomic<std::int64_t> violated;
  std::atomic<std::int64_t> acknowledged;
  std::atomic<std::int64_t> lost;
  std::atomic<std::int64_t> kept;
  std::atomic<std::int64_t> stale;
  std::atomic<std::int64_t> takes;
  std::atomic<std::int64_t> held;
  std::atomic<std::int64_t> diverged;
};

// What a violation says without names and numbers.
std::string kind_of(const std::string& violation) {
  constexpr std::size_t words_max = 5;
  std::istringstream words(violation);
  std::string kind;
  std::string word;
  for (std::size_t i = 0; i < words_max && words >> word; ++i) {
    if (word.find_first_of("0123456789") == std::string::npos) kind += word + " ";
  }
  return kind;
}

std::string run_plan(const lock_schedule& plan, const options& o) {
  return lock_world(plan, false, o.mistakes).run();
}

lock_schedule shrink(lock_schedule plan, const std::string& violation, const options& o) {
  for (std::size_t i = plan.faults.size(); i-- > 0;) {
    lock_schedule shorter = plan;
    shorter.faults.erase(shorter.faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (kind_of(run_plan(shorter, o)) == kind_of(violation)) plan = std::move(shorter);
  }
  lock_schedule even = plan;
  even.rates = {100, 100, 100};
  if (kind_of(run_plan(even, o)) == kind_of(violation)) plan = std::move(even);
  return plan;
}

int show(const lock_schedule& plan, const options& o) {
  lock_world shown(plan, true, o.mistakes);
  const std::string violation = shown.run();
  std::printf("%s", to_text(plan).c_str());
  for (const std::string& line : shown.trace()) std::printf("%s\n", line.c_str());
  const lock_account& account = shown.account();
  std::printf("%lld acknowledged, %lld lost (%lld of them kept), %lld stale%s%s\n",
              static_cast<long long>(account.acknowledged), static_cast<long long>(account.lost),
              static_cast<long long>(account.lost_and_kept), static_cast<long long>(account.stale),
              account.is_held ? "; a person has to decide" : "",
              account.has_diverged ? "; a pod has diverged" : "");
  std::printf("%s\n", violation.empty() ? "nothing violated" : ("VIOLATED: " + violation).c_str());
  return violation.empty() ? 0 : 1;
}

void count(const lock_account& account, tally& all) {
  all.acknowledged += account.acknowledged;
  all.lost += account.lost;
  all.kept += account.lost_and_kept;
  all.stale += account.stale;
  all.takes += account.takes;
  all.held += account.is_held ? 1 : 0;
  all.diverged += account.has_diverged ? 1 : 0;
}

void run_share(const options& o, unsigned first, unsigned step, tally& all) {
  int failures = 0;
  for (std::uint64_t n = first; n < o.count && failures < o.failures_max; n += step) {
    const lock_schedule plan = draw_lock_schedule(o.first + n);
    lock_world tried(plan, false, o.mistakes);
    const std::string violation = tried.run();
    count(tried.account(), all);
    if (violation.empty()) continue;
    ++failures;
    ++all.violated;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(plan.seed), violation.c_str());
    if (!o.is_quick) {
      std::printf("shrunk:\n%s\n", to_text(shrink(plan, violation, o)).c_str());
    }
  }
}

int run_all(const options& o) {
  const auto began = std::chrono::steady_clock::now();
  void* const shared =
      mmap(nullptr, sizeof(tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("simulate_failover: mmap");
    return 2;
  }
  tally& all = *new (shared) tally{};
  const unsigned workers = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < workers; ++i) {
    if (fork() != 0) continue;
    run_share(o, i, workers, all);
    std::fflush(stdout);
    _exit(0);
  }
  bool all_ended = true;
  for (int status = 0; wait(&status) > 0;) all_ended = all_ended && status == 0;
  if (!all_ended) std::printf("one of the processes crashed\n");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const bool is_well = all_ended && all.violated == 0;
  const auto number = [](const std::atomic<std::int64_t>& n) {
    return static_cast<long long>(n.load());
  };
  std::printf(
      "%llu seeds from %llu in %.1f s: %s\n"
      "%lld writes acknowledged, %lld lost (%lld of them kept), %lld by a "
      "frozen or agentless server beside a later holder; promoted %lld times; a person has to "
      "decide in %lld, a pod has diverged in %lld\n",
      static_cast<unsigned long long>(o.count), static_cast<unsigned long long>(o.first),
      took.count(), is_well ? "nothing violated" : "VIOLATED", number(all.acknowledged),
      number(all.lost), number(all.kept), number(all.stale), number(all.takes), number(all.held),
      number(all.diverged));
  return is_well ? 0 : 1;
}

int run_file(const std::string& path, const options& o) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  if (const auto plan = parse_lock_schedule(text.str())) return show(*plan, o);
  std::fprintf(stderr,
               "simulate_failover: %s: expected \"seed N version N fast 0|1 until N rates N N N\" "
               "and then a fault a line, like \"6696ms api-split 0 1 3356ms\"\n",
               path.c_str());
  return 2;
}

}  // namespace
}  // namespace redis_agent::simulation

int main(int argc, char** argv) {
  using namespace redis_agent::simulation;
  CLI::App app("Runs the rules of the lock in a simulated cluster, with seeded faults.",
               "simulate_failover");
  options o;
  std::optional<std::uint64_t> one;
  std::string file;
  app.add_option("--seeds", o.count, "How many schedules to run (10000).");
  app.add_option("--from", o.first, "The first one's seed (1).");
  app.add_option("--failures", o.failures_max, "How many each process tells before it ends (3).");
  app.add_flag("--quick", o.is_quick, "Makes no failing one shorter.");
  app.add_option("--seed", one, "Runs that one alone and shows its trace.");
  app.add_option("--schedule", file, "Runs the schedule of that file and shows its trace.");
  app.add_flag("--version-read-late", o.mistakes.reads_version_late,
               "A mistake: a write names a version that was read after the decision.");
  app.add_flag("--fence-is-duration", o.mistakes.fence_is_duration, "A mistake: F = D.");
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // more than one process writes to it
  if (one) return show(draw_lock_schedule(*one), o);
  return file.empty() ? run_all(o) : run_file(file, o);
}
