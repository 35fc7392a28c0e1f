#include "core/readiness/checks.hpp"

#include <functional>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

instant at(double seconds) {
  return instant(std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds)));
}

class primary_pod : public testing::Test {
 protected:
  void report(double when, const std::function<void(poll_report&)>& change = {}) {
    poll_report r;
    r.asked_at = at(when);
    r.loading = loading_report{};
    r.replication.server_role = role::primary;
    if (change) change(r);
    observe(memory_, reported{peer::redis, r}, at(when));
  }
  void fail(double when, link_condition condition) {
    observe(memory_, failed{peer::redis, condition, "why"}, at(when));
  }
  bool livez(double when) const { return check_redis_livez(memory_, settings_, at(when)).passes(); }
  bool startupz(double when) const { return check_startupz(memory_, settings_, at(when)).passes(); }

  settings settings_ = parse_settings(subcommand::sidecar, {}, "redis-master-0").values;
  memory memory_ = begin_memory(settings_, at(0));
};

void loading(poll_report& r, std::int64_t bytes) {
  r.loading->is_loading = true;
  r.loading->loaded_bytes = bytes;
}

TEST_F(primary_pod, is_alive_while_redis_is_silent_for_less_than_the_budget) {
  report(1);
  fail(2, link_condition::timed_out);
  EXPECT_TRUE(livez(61));
  EXPECT_FALSE(livez(61.1));
}

TEST_F(primary_pod, has_the_budget_before_its_first_answer_too) {
  fail(1, link_condition::refused);
  EXPECT_TRUE(livez(60));
  EXPECT_FALSE(livez(60.1));
}

TEST_F(primary_pod, is_alive_when_it_only_refuses) {
  for (double t = 1; t < 100; ++t) fail(t, link_condition::password_refused);
  EXPECT_TRUE(livez(99.5));
}

TEST_F(primary_pod, is_alive_for_as_long_as_it_loads_or_runs_a_script) {
  report(1, [](poll_report& r) { loading(r, 10); });
  fail(2, link_condition::timed_out);
  EXPECT_TRUE(livez(1000)) << "silent, connected, and loading when last heard";
  fail(1001, link_condition::refused);
  EXPECT_FALSE(livez(1001)) << "nobody listens: that was the process that loaded";
  report(1002);
  fail(1003, link_condition::busy);
  EXPECT_TRUE(livez(3000));
}

TEST_F(primary_pod, startup_is_patient_while_loading_moves_on) {
  for (int t = 0; t < 1000; t += 100) {
    report(t, [&](poll_report& r) { loading(r, t); });
    EXPECT_TRUE(startupz(t + 99)) << t;
  }
}

TEST_F(primary_pod, startup_fails_when_loading_stands_still) {
  report(0, [](poll_report& r) { loading(r, 10); });
  report(120, [](poll_report& r) { loading(r, 10); });
  EXPECT_TRUE(startupz(120));
  EXPECT_FALSE(startupz(120.1));
  report(121, [](poll_report& r) { loading(r, 11); });
  EXPECT_TRUE(startupz(121));
}

TEST_F(primary_pod, startup_fails_when_nobody_ever_answers) {
  fail(1, link_condition::refused);
  EXPECT_TRUE(startupz(120));
  EXPECT_FALSE(startupz(120.1));
}

TEST(check_startupz, fails_when_a_sync_stands_still_and_not_while_the_primary_is_away) {
  const settings s = parse_settings(subcommand::sidecar, {}, "redis-slave-0").values;
  memory m = begin_memory(s, at(0));
  poll_report r;
  r.stage = link_stage::connecting;
  r.replication.server_role = role::replica;
  r.replication.link.emplace();
  observe(m, reported{peer::redis, r}, at(1));
  EXPECT_TRUE(check_startupz(m, s, at(60)).passes()) << "a restart would not bring the primary";
  r.stage = link_stage::sync;
  r.replication.link->sync_in_progress = true;
  for (double t = 2; t < 200; ++t) {  // the primary sends its newlines
    r.replication.link->sync_idle_seconds = 1;
    observe(m, reported{peer::redis, r}, at(t));
  }
  EXPECT_TRUE(check_startupz(m, s, at(200)).passes());
  for (double t = 200; t <= 320; ++t) {  // and then no more
    r.replication.link->sync_idle_seconds = static_cast<std::int64_t>(t) - 199;
    observe(m, reported{peer::redis, r}, at(t));
  }
  EXPECT_TRUE(check_startupz(m, s, at(320)).passes());
  observe(m, reported{peer::redis, r}, at(322));
  EXPECT_FALSE(check_startupz(m, s, at(322)).passes());
}

TEST(check_livez, is_about_the_loop_alone) {
  EXPECT_TRUE(check_livez(at(0), at(10)).passes());
  EXPECT_FALSE(check_livez(at(0), at(10.1)).passes());
}

TEST(check_readyz, names_the_first_rule_that_fails) {
  const settings s = parse_settings(subcommand::sidecar, {}, "redis-slave-0").values;
  const memory m = begin_memory(s, at(0));
  const probe p = check_readyz(m, s, at(1));
  EXPECT_EQ(p.reason(), "starting: Redis at 127.0.0.1:6379 has not answered yet");
  EXPECT_EQ(p.checks.size(), 6U);
}

TEST(render_probe, lists_every_check_when_verbose) {
  const probe p{
      {{"one", true, true, ""}, {"two", false, true, "broken"}, {"three", false, false, ""}}};
  EXPECT_EQ(render_probe(p, "readyz", true),
            "[+]one ok\n[-]two failed: broken\n[ ]three does not apply\nreadyz check failed\n");
  EXPECT_EQ(render_probe(p, "readyz", false), "broken\n");
  EXPECT_EQ(render_probe({{{"one", true, true, ""}}}, "livez", false), "ok\n");
}

}  // namespace
}  // namespace redis_agent::core
