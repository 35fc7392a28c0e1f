#include "wire/metrics_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "core/memory/memory.hpp"
#include "core/server/replication.hpp"

namespace redis_agent::wire {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const std::string folder = TEST_FILES "/metrics/";

std::string read(const std::string& name) {
  std::ifstream file(folder + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

core::instant at(core::duration since_start) { return core::instant(1h + since_start); }

// What a Redis 7.0 has told that is in use.
core::metrics_report told() {
  core::metrics_report report;
  report.info = {read("info.txt"), read("commandstats.txt"), read("latencystats.txt")};
  report.databases = 16;
  report.maxclients = 10'000;
  report.maxmemory = 0;
  report.io_threads = 1;
  report.slowlog_length = 1;
  report.slowlog_last_id = 3;
  report.slowlog_last_microseconds = 1500;
  report.spikes = {{"fork", 1'700'000'000, 12}, {"command", 1'700'000'001, 1}};
  return report;
}

class metrics_page_test : public testing::Test {
 protected:
  explicit metrics_page_test(const char* name = "redis-master-0")
      : settings_(core::parse_settings(core::subcommand::sidecar, {}, name).values),
        memory_(core::begin_memory(settings_, at(0s))) {
    process_.unix_seconds = 1'700'000'100.5;
    process_.cpu_seconds = 0.125;
    process_.resident_bytes = 8'000'000;
    process_.open_files = 20;
  }

  void hear(const core::metrics_report& report, core::instant now = at(1s)) {
    core::poll_report poll;
    poll.asked_at = now;
    poll.replication = *core::parse_replication(read("info.txt"));
    poll.metrics = std::make_shared<core::metrics_report>(report);
    tell(core::reported{core::peer::redis, poll}, now);
  }

  void tell(const core::event& e, core::instant now) { core::observe(memory_, e, now); }

  std::string render(metrics_page& page, core::instant now = at(1s)) {
    snapshot seen{memory_, settings_, now, now, "1.2.3"};
    seen.process = &process_;
    seen.counted = &counted_;
    return page.render(seen);
  }

  std::string render_anew(core::instant now = at(1s)) {
    metrics_page page;
    return render(page, now);
  }

  core::settings settings_;
  core::memory memory_;
  core::process_usage process_;
  core::tally counted_;
};

// REDIS_AGENT_KEEP_PAGE=1 keeps the page as it is now.
TEST_F(metrics_page_test, is_to_the_byte_what_it_was) {
  hear(told());
  const std::string page = render_anew();
  if (std::getenv("REDIS_AGENT_KEEP_PAGE") != nullptr) {
    std::ofstream(folder + "page.txt", std::ios::binary) << page;
  }
  const std::string kept = read("page.txt");
  const auto [ours, theirs] = std::mismatch(page.begin(), page.end(), kept.begin(), kept.end());
  const auto line_of = [](const std::string& text, auto place) {
    const auto begin = std::find(std::make_reverse_iterator(place), text.rend(), '\n').base();
    return std::string(begin, std::find(place, text.end(), '\n'));
  };
  EXPECT_TRUE(page == kept) << "first difference:\n  " << line_of(page, ours) << "\n  was\n  "
                            << line_of(kept, theirs);
}

TEST_F(metrics_page_test, is_the_same_whatever_was_rendered_before) {
  metrics_page page;
  EXPECT_EQ(render(page), render_anew());  // Redis is not known yet
  hear(told());
  EXPECT_EQ(render(page), render_anew());
  EXPECT_EQ(render(page), render_anew());

  core::metrics_report later = told();
  const auto replace = [](std::string& text, std::string_view what, std::string_view by) {
    const auto place = text.find(what);
    ASSERT_NE(place, std::string::npos) << what;
    text.replace(place, what.size(), by);
  };
  replace(later.info[0], "connected_clients:", "connected_clients:9");
  replace(later.info[0], "maxclients:", "has_gone:");
  replace(later.info[0], "# Memory", "io_threads_active:1\r\n# Memory");
  replace(later.info[1], "cmdstat_get:", "cmdstat_unlink:calls=1,usec=2\r\ncmdstat_get:");
  replace(later.info[0], "db0:", "db7:");
  later.spikes.pop_back();
  hear(later, at(2s));
  EXPECT_EQ(render(page, at(2s)), render_anew(at(2s)));

  hear(told(), at(3s));
  EXPECT_EQ(render(page, at(3s)), render_anew(at(3s)));
  tell(core::failed{core::peer::redis, core::link_condition::closed, "", ""}, at(4s));
  EXPECT_EQ(render(page, at(4s)), render_anew(at(4s)));
  EXPECT_THAT(render(page, at(4s)), HasSubstr("\nredis_up 0\n"));
  hear(told(), at(5s));
  EXPECT_EQ(render(page, at(5s)), render_anew(at(5s)));
}

// Before 7.0 INFO then says the time since 1970, and an offset of 0 for who is copied in full.
TEST_F(metrics_page_test, has_no_figures_for_what_never_was) {
  core::poll_report replica;
  replica.server = core::server_report{.version = "5.0.14", .run_id = "run", .uptime_seconds = 60};
  replica.replication.server_role = core::role::replica;
  replica.replication.link.emplace();
  replica.replication.link->down_for_seconds = 1'795'500'119;
  memory_.derived = core::role::replica;
  tell(core::reported{core::peer::redis, replica}, at(1s));
  EXPECT_THAT(render_anew(), Not(HasSubstr("redis_agent_link_down_seconds")));
  replica.replication.link->down_for_seconds = 59;
  tell(core::reported{core::peer::redis, replica}, at(1s));
  EXPECT_THAT(render_anew(), HasSubstr("\nredis_agent_link_down_seconds 59\n"));

  core::poll_report primary;
  primary.replication.offset = 900;
  primary.replication.replicas = {{{"10.0.0.7", 6379}, "wait_bgsave", 0, 0}};
  tell(core::reported{core::peer::redis, primary}, at(2s));
  EXPECT_THAT(render_anew(), Not(HasSubstr("redis_agent_replica_lag_bytes{")));
  primary.replication.replicas.front() = {{"10.0.0.7", 6379}, "online", 890, 0};
  tell(core::reported{core::peer::redis, primary}, at(2s));
  EXPECT_THAT(render_anew(),
              HasSubstr("redis_agent_replica_lag_bytes{replica=\"10.0.0.7:6379\"} 10"));
}

TEST_F(metrics_page_test, tells_how_long_the_threads_of_valkey_9_had_work) {
  core::metrics_report report = told();
  report.info[0] +=
      "used_active_time_main_thread:5.000123\r\n"
      "used_active_time_io_thread_1:0.250000\r\n"
      "used_active_time_io_thread_2:61.000000\r\n";
  hear(report);
  const std::string page = render_anew();
  EXPECT_THAT(page, HasSubstr("# TYPE redis_active_time_main_thread_seconds_total counter\n"
                              "redis_active_time_main_thread_seconds_total 5.000123\n"));
  EXPECT_THAT(page, HasSubstr("# TYPE redis_active_time_io_thread_seconds_total counter\n"
                              "redis_active_time_io_thread_seconds_total{thread=\"1\"} 0.25\n"
                              "redis_active_time_io_thread_seconds_total{thread=\"2\"} 61\n"));
}

TEST_F(metrics_page_test, takes_what_redis_told_for_old_after_a_moment) {
  metrics_page page;
  hear(told());
  EXPECT_THAT(render(page, at(1200ms)), HasSubstr("\nredis_up 1\n"));
  const std::string later = render(page, at(1300ms));
  EXPECT_THAT(later, HasSubstr("\nredis_up 0\n"));
  EXPECT_THAT(later, Not(HasSubstr("redis_connected_clients")));
}

// A poll comes between two scrapes that are told the same.
TEST_F(metrics_page_test, tells_how_the_replicas_are_now) {
  metrics_page page;
  hear(told());
  (void)render(page);
  core::poll_report poll;
  poll.asked_at = at(1100ms);
  poll.replication = *core::parse_replication(read("info.txt"));
  poll.replication.replicas = {{{"10.0.0.9", 6379}, "online", 7, 1}};
  tell(core::reported{core::peer::redis, poll}, at(1100ms));
  EXPECT_THAT(render(page, at(1100ms)), HasSubstr("redis_connected_slave_offset_bytes{slave_ip="
                                                  "\"10.0.0.9\",slave_port=\"6379\""));
}

}  // namespace
}  // namespace redis_agent::wire
