#include "wire/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "wire/status_json.hpp"

namespace redis_agent::wire {
namespace {

using testing::HasSubstr;
using testing::Not;

core::instant at(double seconds) {
  return core::instant(
      std::chrono::duration_cast<core::duration>(std::chrono::duration<double>(seconds)));
}

class pod : public testing::Test {
 protected:
  explicit pod(const char* name = "redis-slave-0")
      : settings_(core::parse_settings(core::subcommand::sidecar, {}, name).values),
        memory_(core::begin_memory(settings_, at(0))) {}

  void replica_in_sync(std::int64_t primary_offset, std::int64_t own_offset) {
    core::poll_report primary;
    primary.asked_at = at(1);
    primary.replication.server_role = core::role::primary;
    primary.replication.replid = "a";
    primary.replication.offset = primary_offset;
    primary.server = core::server_report{"7.0.15", "primary-run", 10};
    tell(core::addresses_resolved{{{"10.0.0.1"}, std::chrono::seconds(5)}});
    tell(core::reported{core::peer::primary, primary});
    core::statement said{.pod = "redis-master-0", .run_id = "primary-run"};
    said.history = {"a", primary_offset};
    tell(core::stated{core::peer::primary, said});
    core::poll_report own;
    own.stage = core::link_stage::connected;
    own.server = core::server_report{"7.0.15", "run", 10};
    own.details = core::server_details{42, {}};
    own.replication.server_role = core::role::replica;
    own.replication.replid = "a";
    own.replication.link.emplace();
    own.replication.link->primary = {"10.0.0.1", 6379};
    own.replication.link->is_up = true;
    own.replication.link->offset = own_offset;
    own.metrics = told_metrics();
    tell(core::reported{core::peer::redis, own});
  }

  void primary_serving() {
    core::poll_report own;
    own.replication.server_role = core::role::primary;
    own.replication.connected_replicas = 1;
    own.replication.replicas = {{{"10.0.0.2", 6379}, "online", 7, 1}};
    own.metrics = told_metrics();
    tell(core::reported{core::peer::redis, own});
  }

  // What a scrape has asked for in that round.
  static std::shared_ptr<const core::metrics_report> told_metrics() {
    core::metrics_report told;
    told.info = {
        "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrole:slave\r\n"
        "used_memory:1048576\r\nlatest_fork_usec:250\r\naof_last_write_status:err\r\n"
        "keyspace_hits:3\r\nno_such_field:1\r\nerrorstat_b\xff\"d:count=2\r\n"
        "db3:keys=5,expires=2,avg_ttl=1500\r\n",
        "# Commandstats\r\ncmdstat_config|get:calls=4,usec=2000000,usec_per_call=0.50,"
        "rejected_calls=1,failed_calls=0\r\n",
        "latency_percentiles_usec_config|get:p50=1.003,p99.9=7.007\r\n"};
    told.databases = 4;
    told.maxclients = 10'000;
    told.slowlog_length = 2;
    told.slowlog_last_id = 11;
    told.slowlog_last_microseconds = 1500;
    told.spikes = {{"fork", 1'700'000'000, 12}};
    return std::make_shared<core::metrics_report>(told);
  }

  void tell(const core::event& e) { core::observe(memory_, e, at(1)); }

  core::http_answer get(const std::string& target) const {
    return answer({"GET", target}, {memory_, settings_, at(1), at(1), "1.2.3"});
  }

  core::settings settings_;
  core::memory memory_;
};

class primary_pod : public pod {
 protected:
  primary_pod() : pod("redis-master-0") {}
};

TEST_F(pod, is_alive_before_it_is_ready) {
  EXPECT_EQ(get("/livez").status, 200U);
  EXPECT_EQ(get("/startupz").status, 200U);
  EXPECT_EQ(get("/redis/livez").status, 200U);
  const auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 503U);
  EXPECT_THAT(ready.body, HasSubstr("starting: "));
}

TEST_F(pod, is_ready_in_sync) {
  replica_in_sync(100, 100);
  EXPECT_EQ(get("/readyz").status, 200U);
  EXPECT_EQ(get("/readyz").body, "ok\n");
  EXPECT_THAT(get("/readyz?verbose").body, HasSubstr("[+]4-lag-within-budget ok\n"));
}

TEST_F(pod, serves_load_balancers_as_a_replica_within_the_lag_that_they_allow) {
  EXPECT_EQ(get("/replica").status, 503U);
  replica_in_sync(100'000, 90'000);
  EXPECT_EQ(get("/replica").status, 200U);
  EXPECT_EQ(get("/replica?lag=16KiB").status, 200U);
  EXPECT_EQ(get("/replica?lag=1kB").status, 503U);
  EXPECT_THAT(get("/replica?lag=1kB").body, HasSubstr("10000 bytes behind"));
  EXPECT_EQ(get("/replica?lag=much").status, 400U);
  EXPECT_EQ(get("/replica?lag=").status, 400U);
  EXPECT_EQ(get("/primary").status, 503U);
  EXPECT_EQ(get("/primary").body, "this is a replica\n");
}

TEST_F(primary_pod, serves_load_balancers_as_a_primary) {
  primary_serving();
  EXPECT_EQ(get("/primary").status, 200U);
  EXPECT_EQ(get("/replica").status, 503U);
}

// HAProxy's `option httpchk` asks OPTIONS / where nothing else is said.
TEST_F(pod, answers_options_like_get_and_by_its_readiness_where_no_page_is_named) {
  const auto options = [&](const char* page) {
    return answer({"OPTIONS", page}, {memory_, settings_, at(1), at(1), "1.2.3"});
  };
  for (const char* page : {"/", "*", "http://10.0.0.7:9121"}) {
    EXPECT_EQ(options(page).status, 503U) << page;
  }
  replica_in_sync(100, 100);
  for (const char* page : {"/", "*", "/replica", "/livez"}) {
    EXPECT_EQ(options(page).status, 200U) << page;
  }
  EXPECT_EQ(options("/primary").status, 503U);
}

TEST_F(pod, stands_in_for_redis_exporter_as_far_as_one_pod_goes) {
  EXPECT_EQ(get("/health").body, "ok\n");
  EXPECT_EQ(get("/scrape?target=redis://other:6379").status, 404U);
  EXPECT_THAT(get("/scrape?target=redis://other:6379").body, HasSubstr("scrape /metrics"));
}

TEST(hook, is_announced_by_get_alone) {
  EXPECT_TRUE(is_hook({"GET", "/prestop"}));
  EXPECT_TRUE(is_hook({"GET", "http://10.0.0.7:9123/prestop"}));
  EXPECT_EQ(answer_hook({"GET", "/prestop"}, {}).status, 200U);
  for (const char* method : {"HEAD", "OPTIONS"}) {
    EXPECT_FALSE(is_hook({method, "/prestop"}));
    EXPECT_EQ(answer_hook({method, "/prestop"}, {}).status, 400U);
  }
  EXPECT_EQ(answer_hook({"GET", "/elsewhere"}, {}).status, 404U);
}

TEST_F(pod, does_not_know_other_pages) {
  EXPECT_EQ(get("/healthz").status, 404U);
  EXPECT_THAT(get("/healthz").body, HasSubstr("/readyz"));
  EXPECT_EQ(get("").status, 404U);
}

TEST_F(pod, tells_prometheus_quickly_that_redis_is_down) {
  tell(core::failed{core::peer::redis, core::link_condition::refused, "connection refused"});
  const auto scrape = get("/metrics");
  EXPECT_EQ(scrape.status, 200U);
  EXPECT_EQ(scrape.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(scrape.body, HasSubstr("\nredis_up 0\n"));
  EXPECT_THAT(scrape.body, HasSubstr("\nredis_agent_ready 0\n"));
  EXPECT_THAT(scrape.body,
              HasSubstr("redis_agent_readiness_reason{reason=\"redis_not_answering\"} 1\n"));
  EXPECT_THAT(scrape.body,
              HasSubstr("redis_agent_poll_failures_total{peer=\"redis\",reason=\"refused\"} 1\n"));
  EXPECT_THAT(scrape.body, Not(HasSubstr("redis_master_link_up")));
  EXPECT_THAT(scrape.body, Not(HasSubstr("redis_agent_lag_bytes"))) << "unknown is not 0";
}

TEST_F(pod, gives_the_peers_families_with_the_peers_labels) {
  replica_in_sync(100'000, 90'000);
  const std::string body = get("/metrics").body;
  for (const char* line :
       {"redis_up 1", "redis_master_link_up{master_host=\"10.0.0.1\",master_port=\"6379\"} 1",
        "redis_slave_repl_offset{master_host=\"10.0.0.1\",master_port=\"6379\"} 90000",
        "redis_slave_info{master_host=\"10.0.0.1\",master_port=\"6379\",read_only=\"1\"} 1",
        "redis_master_sync_in_progress{master_host=\"10.0.0.1\",master_port=\"6379\"} 0",
        "redis_agent_lag_bytes 10000", "redis_agent_build_info{version=\"1.2.3\"} 1",
        "redis_agent_role{role=\"replica\"} 1",
        "redis_agent_resyncs_total{kind=\"full\",cause=\"first_sync\"} 0"}) {
    EXPECT_THAT(body, HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST_F(pod, gives_the_peers_families_from_info) {
  replica_in_sync(100, 100);
  const std::string body = get("/metrics").body;
  for (const char* line :
       {"# TYPE redis_memory_used_bytes gauge\nredis_memory_used_bytes 1048576",
        "# TYPE redis_keyspace_hits_total counter\nredis_keyspace_hits_total 3",
        "redis_latest_fork_seconds 0.00025", "redis_aof_last_write_status 0",
        "redis_db_keys{db=\"db3\"} 5", "redis_db_keys{db=\"db0\"} 0",
        "redis_db_keys_expiring{db=\"db2\"} 0", "redis_db_avg_ttl_seconds{db=\"db3\"} 1.5",
        "redis_commands_total{cmd=\"config|get\"} 4",
        "redis_commands_duration_seconds_total{cmd=\"config|get\"} 2",
        "redis_commands_rejected_calls_total{cmd=\"config|get\"} 1",
        "redis_latency_percentiles_usec{cmd=\"config|get\",quantile=\"99.9\"} 7.007",
        "redis_latency_percentiles_usec_count{cmd=\"config|get\"} 4",
        "redis_errors_total{err=\"b?\\\"d\"} 2", "redis_config_maxclients 10000",
        "redis_slowlog_last_id 11", "redis_last_slow_execution_duration_seconds 0.0015",
        "redis_latency_spike_duration_seconds{event_name=\"fork\"} 0.012"}) {
    EXPECT_THAT(body, HasSubstr(std::string("\n") + line + "\n"));
  }
  EXPECT_THAT(body, Not(HasSubstr("redis_db_avg_ttl_seconds{db=\"db0\"}"))) << "it has none";
  EXPECT_THAT(body, Not(HasSubstr("no_such_field")));
}

TEST_F(pod, tells_no_old_numbers_of_a_redis_that_has_not_answered_a_scrape) {
  replica_in_sync(100, 100);
  const auto later = answer({"GET", "/metrics"}, {memory_, settings_, at(1.3), at(1.3), "1"});
  EXPECT_THAT(later.body, HasSubstr("\nredis_up 0\n"));
  EXPECT_THAT(later.body, Not(HasSubstr("redis_memory_used_bytes")));
  EXPECT_THAT(later.body, HasSubstr("\nredis_agent_lag_bytes 0\n")) << "what is known is told";
}

TEST_F(pod, packs_a_scrape_for_who_takes_it_packed) {
  const auto packed =
      answer({"GET", "/metrics", true}, {memory_, settings_, at(1), at(1), "1.2.3"});
  EXPECT_THAT(packed.headers, testing::ElementsAre(testing::Pair("Content-Encoding", "gzip"),
                                                   testing::Pair("Vary", "Accept-Encoding")));
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  EXPECT_THAT(get("/metrics").headers, testing::IsEmpty());
  EXPECT_EQ(answer({"GET", "/livez", true}, {memory_, settings_, at(1), at(1), "1"}).body, "ok\n");
}

TEST_F(pod, packs_the_page_and_keeps_its_guards) {
  for (const char* path : {"/", "/page/main.js", "/topology"}) {
    const auto packed = answer({"GET", path, true}, {memory_, settings_, at(1), at(1), "1.2.3"});
    EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b") << path;
    EXPECT_THAT(packed.headers, testing::Contains(testing::Pair("Content-Encoding", "gzip")));
  }
  const auto script =
      answer({"GET", "/page/main.js", true}, {memory_, settings_, at(1), at(1), "1.2.3"});
  EXPECT_EQ(script.headers[0].first, "Content-Security-Policy");
}

TEST_F(primary_pod, lists_its_replicas_for_prometheus) {
  primary_serving();
  const std::string body = get("/metrics").body;
  EXPECT_THAT(body, HasSubstr("redis_connected_slave_offset_bytes{slave_ip=\"10.0.0.2\","
                              "slave_port=\"6379\",slave_state=\"online\"} 7\n"));
  EXPECT_THAT(body, Not(HasSubstr("peer=\"primary\""))) << "it is the primary";
  EXPECT_THAT(body, HasSubstr("\nredis_agent_gate_in_file 1\n"));
  tell(core::config_seen{.has_gate = false});
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nredis_agent_gate_in_file 0\n"));
}

TEST_F(pod, tells_its_status_there_and_back) {
  replica_in_sync(100'000, 90'000);
  tell(core::peers_resolved{{{{"redis-master-0.redis-headless", 6379}}, std::chrono::seconds(5)}});
  const auto page = get("/status");
  EXPECT_EQ(page.content_type, "application/json");
  const auto parsed = parse_status(page.body);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->pod, "redis-slave-0");
  EXPECT_TRUE(parsed->is_ready);
  EXPECT_EQ(parsed->reason, "replica_in_sync");
  EXPECT_EQ(parsed->link, "up");
  EXPECT_EQ(parsed->lag_bytes, 10'000);
  EXPECT_EQ(parsed->keys, 42);
  EXPECT_EQ(parsed->version, "7.0.15");
  EXPECT_EQ(parsed->peers, std::vector<std::string>{"redis-master-0.redis-headless"});
  EXPECT_EQ(parsed->primary->condition, "up");
  EXPECT_EQ(render_status(*parsed), page.body);
}

TEST(parse_status, refuses_what_is_no_object_and_takes_one_without_fields) {
  EXPECT_FALSE(parse_status(""));
  EXPECT_FALSE(parse_status("[]"));
  EXPECT_FALSE(parse_status("<html>"));
  const auto empty = parse_status("{}");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->keys, std::nullopt);
  EXPECT_FALSE(empty->is_ready);
}

TEST_F(pod, has_the_files_of_that_page_and_a_strict_policy_for_them) {
  const auto script = get("/page/main.js");
  EXPECT_EQ(script.status, 200U);
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  ASSERT_FALSE(script.headers.empty());
  EXPECT_EQ(script.headers[0], get("/").headers[0]);
  EXPECT_THAT(script.headers[0].second, HasSubstr("default-src 'none'"));
  EXPECT_EQ(get("/page/index.html").status, 404U) << "its values are not filled in";
  EXPECT_EQ(get("/page/bundle.cmake").status, 404U);
  EXPECT_EQ(get("/page/").status, 404U);
}

TEST_F(pod, shows_itself_and_all_others_that_were_heard) {
  replica_in_sync(100, 100);
  core::topology_rows others;
  others["redis-master-0.redis-headless"] = {"redis-master-0", std::nullopt, "refused"};
  core::recent_past past;
  const auto all = answer({"GET", "/topology"}, {.seen = memory_,
                                                 .settings = settings_,
                                                 .now = at(1),
                                                 .last_turn = at(1),
                                                 .agent_version = "1.2.3",
                                                 .past = &past,
                                                 .others = &others});
  EXPECT_EQ(all.content_type, "application/json");
  for (const char* text : {"\"pod\":\"redis-slave-0\",\"role\":\"replica\"",
                           "\"pod\":\"redis-master-0\",\"error\":\"refused\"",
                           "\"lag_seconds_max\":1E1", "\"heard_seconds\":0E0", "\"recent\":"}) {
    EXPECT_THAT(all.body, HasSubstr(text));
  }
  EXPECT_THAT(get("/topology").body, HasSubstr("redis-slave-0")) << "nobody else was asked yet";
  EXPECT_TRUE(is_look_at_all({"GET", "/topology"}));
  EXPECT_FALSE(is_look_at_all({"GET", "/status"}));
}

TEST_F(pod, warns_where_links_do_not_go_as_they_are_to) {
  const auto told = answer({"GET", "/status"}, {.seen = memory_,
                                                .settings = settings_,
                                                .now = at(1),
                                                .last_turn = at(1),
                                                .agent_version = "1.2.3",
                                                .way_trouble = "links stay"});
  EXPECT_THAT(told.body, HasSubstr("\"warnings\":[\"links stay\"]"));
  EXPECT_THAT(told.body, HasSubstr("\"tls\":\"off\""));
}

TEST_F(pod, has_a_page_for_people_that_trusts_no_text) {
  tell(core::failed{core::peer::redis, core::link_condition::error_reply,
                    "<script>alert(1)</script>"});
  const auto page = get("/");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script>")));
  EXPECT_THAT(page.body, HasSubstr("href=\"metrics\""));
}

TEST(web_access, probes_and_load_balancers_checks_are_for_all) {
  for (const char* path :
       {"/livez", "/readyz", "/readyz?verbose", "/startupz", "/redis/livez", "/primary",
        "/replica?lag=1MiB", "/health", "http://10.0.0.7:9121/readyz"}) {
    EXPECT_TRUE(is_for_all({"GET", path})) << path;
    EXPECT_TRUE(is_for_all({"OPTIONS", path})) << path;
  }
  EXPECT_TRUE(is_for_all({"OPTIONS", "/"}));
  EXPECT_TRUE(is_for_all({"OPTIONS", "*"}));
}

TEST(web_access, all_else_is_not) {
  for (const char* path : {"/", "/metrics", "/metrics?x=/livez", "/status", "/status?recent",
                           "/topology", "/lock/promise?holder=a/b&term=1", "/lock/next?term=1",
                           "/page/main.js", "/scrape", "/livez/", "/livez/../metrics", "//livez",
                           "/nothing", "", "*", "http://10.0.0.7:9121/metrics"}) {
    EXPECT_FALSE(is_for_all({"GET", path})) << path;
    EXPECT_FALSE(is_for_all({"HEAD", path})) << path;
  }
  EXPECT_FALSE(is_for_all({"OPTIONS", "/metrics"}));
}

}  // namespace
}  // namespace redis_agent::wire
