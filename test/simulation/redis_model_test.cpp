// The facts that an agent lives with, one test for each. Against real servers the same is run by
// model_against_servers.py; here are also those that take real servers a minute.
#include "redis_model.hpp"

#include "test_world.hpp"

namespace redis_agent::simulation {
namespace {

using redis_start = world_of_three;
using redis_commands = world_of_three;
using redis_link_test = world_of_three;

rdb_file file_of(int writes, bool has_info = true) {
  rdb_file file{has_info, std::string(40, 'a'), 1000, {}};
  for (int i = 1; i <= writes; ++i) file.data.append(-i);
  return file;
}

// Starts.

TEST_F(redis_start, reads_ids_and_offsets_from_an_rdb) {
  struct row {
    int version;
    bool is_replica;
    bool has_info;
    std::int64_t offset, second_offset, link_offset;
    bool has_replid, has_replid2, has_backlog;
  };
  const row rows[] = {
      {7, false, true, 1000, 1001, 0, false, true, true},
      {7, false, false, 0, -1, 0, false, false, false},
      {6, false, true, 0, -1, 0, false, false, false},
      {5, false, true, 0, -1, 0, false, false, false},
      {7, true, true, 1000, -1, 1000, true, false, false},
      {5, true, true, 1000, -1, 1000, true, false, false},
      {7, true, false, 0, -1, 1, false, false, false},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(testing::Message() << r.version << " " << r.is_replica << " " << r.has_info);
    r1.files.rdb = file_of(3, r.has_info);
    server_config c{.version = r.version};
    if (r.is_replica) c.replicaof = park;
    r1->start(now_, c);
    run_for(500ms);
    const auto t = told(r1);
    EXPECT_EQ(t.offset, r.offset);
    EXPECT_EQ(t.second_offset, r.second_offset);
    EXPECT_EQ(t.replid == std::string(40, 'a'), r.has_replid);
    EXPECT_EQ(t.replid2, std::string(40, r.has_replid2 ? 'a' : '0'));
    EXPECT_EQ(t.backlog_is_active, r.has_backlog);
    EXPECT_EQ(t.backlog_first_offset, r.has_backlog ? r.offset + 1 : 0);
    EXPECT_EQ(t.link ? t.link->offset : 0, r.link_offset);
    EXPECT_EQ(keys(r1), 3u);
  }
}

TEST_F(redis_start, tells_that_it_loads_and_refuses_meanwhile) {
  m.files.rdb = file_of(3);
  m->start(now_, {.pace = {.start_load = 1s}});
  run_for(500ms);
  EXPECT_TRUE(report(m).loading->is_loading);
  EXPECT_EQ(report(m).details->keys, 1);
  EXPECT_EQ(keys(m), 0u);
  EXPECT_EQ(m->write(1), reply::loading);
  EXPECT_EQ(m->replicaof(park), reply::loading);
  EXPECT_EQ(m->replicaof_no_one(), reply::loading);
  run_for(500ms);
  EXPECT_FALSE(report(m).loading->is_loading);
  EXPECT_EQ(m->write(1), reply::ok);
}

TEST_F(redis_start, from_an_aof_has_new_ids_and_no_place) {
  r1.files.rdb = file_of(9);
  r1.files.aof = file_of(3).data;
  r1->start(now_, {.replicaof = park, .appendonly = true});
  run_for(500ms);
  EXPECT_EQ(keys(r1), 3u);
  EXPECT_EQ(told(r1).offset, 0);
  EXPECT_EQ(link(r1).offset, 1);
  EXPECT_NE(told(r1).replid, std::string(40, 'a'));
}

TEST_F(redis_start, with_appendonly_and_no_aof_is_empty) {
  r1.files.rdb = file_of(9);
  r1->start(now_, {.appendonly = true});
  EXPECT_EQ(keys(r1), 0u);
  EXPECT_TRUE(r1.files.aof.has_value());
}

TEST_F(redis_start, each_life_has_its_run_id) {
  m->start(now_, {});
  const auto before = report(m).server->run_id;
  run_for(2s);
  EXPECT_EQ(report(m).server->uptime_seconds, 2);
  EXPECT_EQ(report(m).server->version, "7.0.15");
  m->kill();
  m->start(now_, {});
  EXPECT_NE(report(m).server->run_id, before);
  EXPECT_EQ(report(m).server->uptime_seconds, 0);
}

TEST_F(redis_start, of_a_primary_from_rdb_lets_replicas_go_on) {
  for (const int version : {7, 5}) {
    SCOPED_TRACE(version);
    primary_config.version = replica_config.version = version;
    begin();
    m->terminate(now_);
    m->start(now_, primary_config);
    run_for(3s);
    EXPECT_EQ(partial(m), version == 7 ? 2 : 0);
    EXPECT_EQ(full(m), version == 7 ? 0 : 2);
    EXPECT_TRUE(link(r1).is_up);
    EXPECT_TRUE(r1->data() == m->data());
    for (server* s : {&m, &r1, &r2}) s->process.kill();
  }
}

TEST_F(redis_start, of_a_primary_with_nothing_wipes_its_replicas) {
  begin();
  m->kill();
  m.files = {};
  m->start(now_, primary_config);
  run_for(3s);
  EXPECT_EQ(keys(r1), 0u);
  EXPECT_TRUE(link(r1).is_up);
}

TEST_F(redis_start, of_a_primary_with_an_old_volume_sets_its_replicas_back) {
  begin();
  m->save();
  const volume old = m.files;
  write(3);
  m->kill();
  m.files = old;
  m->start(now_, primary_config);
  run_for(3s);
  EXPECT_EQ(told(m).replid2, m.files.rdb->replid);
  EXPECT_EQ(keys(r1), 5u);
  EXPECT_EQ(full(m), 2);
}

// Commands.

TEST_F(redis_commands, a_primary_without_history_changes_its_id_for_its_first_replica) {
  m->start(now_, {});
  write(3);
  EXPECT_EQ(told(m).offset, 0);
  EXPECT_FALSE(told(m).backlog_is_active);
  const auto before = told(m).replid;
  r1->start(now_, replica_config);
  run_for(2s);
  EXPECT_NE(told(m).replid, before);
  EXPECT_EQ(told(m).replid2, std::string(40, '0'));
  EXPECT_EQ(told(r1).replid, told(m).replid);
  const auto now = told(m).replid;
  r2->start(now_, replica_config);
  run_for(2s);
  EXPECT_EQ(told(m).replid, now);
}

TEST_F(redis_commands, replicaof_the_same_is_no_op_and_parked_keeps_the_place) {
  begin();
  const auto connection_is_kept = [&] { return link(r1).is_up; };
  EXPECT_EQ(r1->replicaof(at("10.0.0.1")), reply::ok);
  EXPECT_TRUE(connection_is_kept());
  EXPECT_EQ(r1->replicaof(park), reply::ok);
  EXPECT_FALSE(connection_is_kept());
  EXPECT_EQ(told(m).connected_replicas, 1);
  write(2);
  run_for(1s);
  EXPECT_EQ(keys(r1), 5u);
  EXPECT_EQ(link(r1).down_for_seconds, 1);
  EXPECT_EQ(report(r1).stage, core::link_stage::none);
  r1->replicaof(at("10.0.0.1"));
  run_for(200ms);
  EXPECT_TRUE(link(r1).is_up);
  EXPECT_EQ(partial(m), 1);
  EXPECT_EQ(keys(r1), 7u);
}

TEST_F(redis_commands, no_one_begins_a_history_that_remembers_the_old_one) {
  begin();
  const auto before = told(r1);
  EXPECT_EQ(m->replicaof_no_one(), reply::ok);
  EXPECT_EQ(told(m).replid, before.replid);
  r1->replicaof_no_one();
  EXPECT_EQ(told(r1).server_role, core::role::primary);
  EXPECT_EQ(told(r1).replid2, before.replid);
  EXPECT_EQ(told(r1).second_offset, before.offset + 1);
  EXPECT_NE(told(r1).replid, before.replid);
  EXPECT_TRUE(told(r1).backlog_is_active);
  // Whoever is not past that point goes on with it, the old primary too.
  r2->replicaof(at("10.0.0.2"));
  m->replicaof(at("10.0.0.2"));
  run_for(500ms);
  EXPECT_EQ(partial(r1), 2);
  EXPECT_EQ(told(m).replid, told(r1).replid);
}

TEST_F(redis_commands, who_wrote_on_after_a_promotion_loses_it) {
  begin();
  r1->replicaof_no_one();
  write(2);
  write_to(r1, 1);
  m->replicaof(at("10.0.0.2"));
  run_for(2s);
  EXPECT_EQ(full(r1), 1);
  EXPECT_EQ(r1->resyncs().partial_denied, 1);
  EXPECT_TRUE(m->data() == r1->data());
}

TEST_F(redis_commands, writes_are_refused_by_replicas_and_without_enough_of_them) {
  begin();
  EXPECT_EQ(r1->write(99), reply::read_only);
  const auto before = told(m).offset;
  EXPECT_EQ(write(1), reply::ok);
  EXPECT_EQ(told(m).offset, before + redis_model::write_bytes);
  m->set_min_replicas(3);
  EXPECT_EQ(write(1), reply::no_replicas);
  m->set_min_replicas(2);
  EXPECT_TRUE(m->accepts_writes());
  r1->pause(true);
  run_for(9s);
  EXPECT_TRUE(m->accepts_writes());
  run_for(3s);
  EXPECT_EQ(write(1), reply::no_replicas);
}

TEST_F(redis_commands, bound_to_loopback_refuses_newcomers_only) {
  begin();
  EXPECT_EQ(m->set_bind(true), reply::ok);
  write(1);
  run_for(1s);
  EXPECT_EQ(keys(r1), 6u);
  r1->replicaof(park);
  run_for(100ms);
  r1->replicaof(at("10.0.0.1"));
  run_for(2s);
  EXPECT_FALSE(link(r1).is_up);
  m->set_bind(false);
  run_for(1500ms);
  EXPECT_TRUE(link(r1).is_up);
  EXPECT_EQ(partial(m), 1);
}

TEST_F(redis_commands, a_stopped_process_says_nothing) {
  begin();
  m->pause(true);
  EXPECT_FALSE(m->answers());
  EXPECT_EQ(m->write(1), reply::none);
  EXPECT_EQ(m->replicaof(park), reply::none);
  run_for(30s);
  EXPECT_TRUE(link(r1).is_up);
  m->pause(false);
  EXPECT_EQ(write(1), reply::ok);
  run_for(1s);
  EXPECT_EQ(keys(r1), 6u);
}

// Links.

TEST_F(redis_link_test, of_a_chain_passes_on_the_same_stream_and_new_ids) {
  begin();
  r2->replicaof(at("10.0.0.2"));
  write(2);
  run_for(1s);
  EXPECT_EQ(partial(r1), 1);
  EXPECT_EQ(keys(r2), 7u);
  EXPECT_EQ(told(r2).offset, told(m).offset);
  m->terminate(now_);
  m->start(now_, primary_config);
  run_for(3s);
  EXPECT_EQ(told(r2).replid, told(m).replid);
  EXPECT_EQ(full(r1) + full(m), 0);
}

TEST_F(redis_link_test, is_not_accepted_by_who_has_no_link_himself) {
  begin();
  r1->replicaof(park);
  run_for(100ms);
  r2->replicaof(at("10.0.0.2"));
  run_for(3s);
  EXPECT_FALSE(link(r2).is_up);
  EXPECT_EQ(full(r1) + partial(r1), 0);
}

TEST_F(redis_link_test, goes_down_at_once_when_the_process_dies_and_up_within_a_second) {
  begin();
  m->kill();
  run_for(50ms);
  EXPECT_FALSE(link(r1).is_up);
  EXPECT_EQ(link(r1).down_for_seconds, 0);
  EXPECT_FALSE(link(r1).last_io_seconds.has_value());
  m->start(now_, primary_config);
  run_for(50ms);
  EXPECT_FALSE(link(r1).is_up);
}

TEST_F(redis_link_test, survives_a_cut_for_a_minute) {
  begin();
  cut("10.0.0.1", "10.0.0.2");
  write(2);
  run_for(40s);
  EXPECT_TRUE(link(r1).is_up);
  EXPECT_GE(link(r1).last_io_seconds, 40);
  EXPECT_EQ(keys(r1), 5u);
  EXPECT_EQ(keys(r2), 7u);
  run_for(22s);
  EXPECT_FALSE(link(r1).is_up);
  EXPECT_EQ(report(r1).stage, core::link_stage::connecting);
  EXPECT_EQ(told(m).connected_replicas, 1);
  heal();
  run_for(1500ms);
  EXPECT_EQ(keys(r1), 7u);
  EXPECT_EQ(partial(m), 1);
}

TEST_F(redis_link_test, gets_what_was_sent_when_a_short_cut_heals) {
  begin();
  cut("10.0.0.1", "10.0.0.2");
  write(2);
  run_for(5s);
  heal();
  run_for(100ms);
  EXPECT_EQ(keys(r1), 7u);
  EXPECT_EQ(partial(m), 0);
}

TEST_F(redis_link_test, seems_up_after_a_cut_in_which_the_primary_has_restarted) {
  replica_config.has_back_off = true;  // TCP sends again 3 s after the cut, and then 6.2 s
  begin();
  cut("10.0.0.1", "10.0.0.2");
  run_for(3500ms);
  m->kill();
  m->start(now_, primary_config);
  run_for(1s);
  heal();
  run_for(1s);
  EXPECT_TRUE(link(r1).is_up);
  EXPECT_GE(link(r1).last_io_seconds, 5);
  EXPECT_EQ(told(m).connected_replicas, 1);
  EXPECT_EQ(keys(r1), 5u);
  run_for(3s);
  EXPECT_EQ(full(m), 2);
  EXPECT_EQ(keys(r1), 0u);
}

TEST_F(redis_link_test, needs_a_full_sync_when_the_backlog_does_not_reach_back) {
  primary_config.backlog_bytes = 64;
  begin();
  r1->replicaof(park);
  run_for(100ms);
  write(3);
  r1->replicaof(at("10.0.0.1"));
  run_for(2s);
  EXPECT_EQ(full(m), 3);
  EXPECT_EQ(m->resyncs().partial_denied, 1);
  EXPECT_EQ(keys(r1), 8u);
}

TEST_F(redis_link_test, carries_pings_that_move_the_offset) {
  begin();
  const auto before = told(m).offset;
  run_for(20s);
  EXPECT_EQ(told(m).offset, before + 2 * redis_model::ping_bytes);
  EXPECT_EQ(told(r1).offset, told(m).offset);
  EXPECT_LE(link(r1).last_io_seconds, 10);
}

TEST_F(redis_link_test, shows_the_replica_to_its_primary) {
  begin();
  run_for(2s);
  const auto replicas = told(m).replicas;
  ASSERT_EQ(replicas.size(), 2u);
  EXPECT_EQ(replicas[0].address, at("10.0.0.2"));
  EXPECT_EQ(replicas[0].state, "online");
  EXPECT_EQ(replicas[0].offset, told(m).offset);
  EXPECT_LE(replicas[0].lag_seconds, 1);
}

}  // namespace
}  // namespace redis_agent::simulation
