#include "core/reporting/status_table.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

topology_row primary() {
  status_report report;
  report.pod = "redis-master-0";
  report.role = "primary";
  report.is_ready = true;
  report.reason = "primary_serving";
  report.connected_replicas = 1;
  report.version = "7.0.15";
  report.keys = 12;
  return {"redis-master-0", report, {}};
}

topology_row replica(const std::string& pod) {
  status_report report;
  report.pod = pod;
  report.role = "replica";
  report.reason = "full_sync";
  report.explanation = "receiving\x1b[31m";
  report.link = "receiving a full sync";
  report.version = "7.0.15";
  report.keys = 0;
  return {pod, report, {}};
}

TEST(render_table, aligns_its_columns) {
  const topology_row gone{"redis-slave-1", std::nullopt,
                          "GET http://10.0.0.3:9121/status: refused"};
  EXPECT_EQ(render_table({primary(), replica("redis-slave-0"), gone}, false),
            "POD             ROLE     READY  LINK                   LAG      CONTACT  KEYS  "
            "VERSION  REASON\n"
            "redis-master-0  primary  yes    1 replica              -        -        12    7.0.15 "
            "  primary_serving\n"
            "redis-slave-0   replica  no     receiving a full sync  unknown  -        0     7.0.15 "
            "  full_sync: receiving?[31m\n"
            "redis-slave-1   ?        ?      ?                      ?        ?        ?     ?      "
            "  GET http://10.0.0.3:9121/status: refused\n");
}

TEST(render_table, does_not_know_the_link_of_a_dead_redis) {
  topology_row row = replica("redis-slave-0");
  row.report->link.reset();
  EXPECT_NE(render_table({row}, false).find("no     unknown  unknown"), std::string::npos);
}

TEST(render_table, shows_numbers_that_no_clock_can_hold) {
  topology_row row = replica("redis-slave-0");
  row.report->lag_bytes = 0;
  row.report->lag_seconds = 66666666660.25;
  row.report->contact_seconds = -1e300;
  EXPECT_NE(render_table({row}, false).find("18518518.5 h"), std::string::npos);
}

TEST(render_table, colours_only_when_asked_to) {
  EXPECT_EQ(render_table({primary()}, false).find('\x1b'), std::string::npos);
  EXPECT_NE(render_table({primary()}, true).find("\x1b[32myes\x1b[0m"), std::string::npos);
  EXPECT_NE(render_table({replica("redis-slave-0")}, true).find("\x1b[31mno\x1b[0m"),
            std::string::npos);
}

TEST(render_table, has_the_warnings_of_each_pod_below) {
  topology_row row = replica("redis-slave-0");
  row.report->warnings = {"/u.conf, line 1, port 7: over\x1bridden", "another"};
  EXPECT_TRUE(render_table({primary(), row}, false)
                  .ends_with("\nwarning of redis-slave-0: /u.conf, line 1, port 7: over?ridden\n"
                             "warning of redis-slave-0: another\n"));
}

TEST(sort_topology, puts_the_primary_first_and_ten_after_nine) {
  std::vector<topology_row> rows = {replica("redis-slave-10"), replica("redis-slave-9"), primary()};
  sort_topology(rows);
  EXPECT_EQ(rows[0].pod, "redis-master-0");
  EXPECT_EQ(rows[1].pod, "redis-slave-9");
  EXPECT_EQ(rows[2].pod, "redis-slave-10");
}

}  // namespace
}  // namespace redis_agent::core
