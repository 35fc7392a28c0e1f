// Full syncs and how they break off, ends of processes, and the anchor; see redis_model_test.cpp.
#include "core/server/sync_phase.hpp"
#include "test_world.hpp"

namespace redis_agent::simulation {
namespace {

class redis_full_sync : public world_of_three {
 protected:
  // m has another history than r1, which follows it from now on; each phase takes a second.
  void begin_sync() {
    primary_config.pace = {.sync_delay = 1s, .sync_transfer = 1s};
    replica_config.pace.sync_load = 1s;
    r1.files.rdb = rdb_file{true, std::string(40, 'a'), 1000, {}};
    for (int i = 1; i <= 3; ++i) r1.files.rdb->data.append(-i);
    m->start(now_, primary_config);
    write(2);
    r1->start(now_, replica_config);
    run_for(500ms);
  }
  core::sync_phase phase() {
    const auto t = report(r1);
    return core::phase_of(*t.replication.link, *t.loading, *t.stage);
  }
  void expect_old_place() {
    EXPECT_EQ(keys(r1), 3u);
    EXPECT_EQ(link(r1).offset, 1000);
    EXPECT_EQ(told(r1).replid, std::string(40, 'a'));
  }
};

using redis_shutdown = world_of_three;
using redis_anchor = world_of_three;

TEST_F(redis_full_sync, has_its_phases) {
  struct row {
    core::sync_phase phase;
    std::size_t keys;
    std::int64_t link_offset;
    const char* state;
  };
  begin_sync();
  const row rows[] = {
      {core::sync_phase::handshake, 3, 1000, "wait_bgsave"},
      {core::sync_phase::receiving, 3, 1000, "wait_bgsave"},
      {core::sync_phase::loading, 0, 1, "online"},
      {core::sync_phase::in_sync, 3, told(m).offset + redis_model::write_bytes, "online"},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(to_text(r.phase));
    EXPECT_EQ(phase(), r.phase);
    EXPECT_EQ(keys(r1), r.keys);
    EXPECT_EQ(link(r1).offset, r.link_offset);
    EXPECT_EQ(told(m).replicas.at(0).state, r.state);
    // What is written after the fork comes by the stream.
    if (r.phase == core::sync_phase::receiving) write(1);
    run_for(1s);
  }
  EXPECT_TRUE(r1->data() == m->data());
  EXPECT_EQ(told(r1).replid, told(m).replid);
}

TEST_F(redis_full_sync, that_breaks_off_before_loading_changes_nothing) {
  for (const duration d : {0s, 1s}) {
    begin_sync();
    run_for(d);
    m->kill();
    run_for(100ms);
    EXPECT_EQ(phase(), core::sync_phase::no_link);
    expect_old_place();
    r1->kill();
  }
}

TEST_F(redis_full_sync, that_breaks_off_costs_older_versions_their_place) {
  replica_config.version = 5;
  begin_sync();
  run_for(1s);
  m->kill();
  run_for(100ms);
  EXPECT_EQ(keys(r1), 3u);
  EXPECT_EQ(link(r1).offset, 1);
}

TEST_F(redis_full_sync, that_breaks_off_while_loading_from_the_socket_leaves_nothing) {
  replica_config.loads_from_socket = true;
  begin_sync();
  run_for(1s);
  EXPECT_EQ(phase(), core::sync_phase::loading);
  m->kill();
  run_for(100ms);
  EXPECT_EQ(phase(), core::sync_phase::no_link);
  EXPECT_FALSE(report(r1).loading->is_loading);
  EXPECT_EQ(keys(r1), 0u);
  EXPECT_EQ(told(r1).offset, 1000);
  EXPECT_EQ(told(r1).replid, std::string(40, 'a'));
  EXPECT_EQ(link(r1).offset, 1);
}

TEST_F(redis_full_sync, is_loaded_from_its_file_whether_the_primary_lives_or_not) {
  begin_sync();
  run_for(2s);
  EXPECT_EQ(phase(), core::sync_phase::loading);
  m->kill();
  run_for(2s);
  EXPECT_EQ(keys(r1), 2u);
  EXPECT_FALSE(link(r1).is_up);
}

TEST_F(redis_full_sync, may_get_the_stream_of_a_dying_primary_while_it_loads) {
  for (const bool streams : {false, true}) {
    primary_config.streams_while_loading = streams;
    begin_sync();
    run_for(2s);
    EXPECT_EQ(phase(), core::sync_phase::loading);
    write(1);
    m->kill();
    m.files = {};
    run_for(2s);
    EXPECT_EQ(keys(r1), streams ? 3u : 2u);
    r1->kill();
  }
}

TEST_F(redis_full_sync, leaves_a_file_from_which_a_killed_replica_goes_on) {
  begin();
  r1->kill();
  EXPECT_EQ(r1.files.rdb->data.size(), 0u);
  r1->start(now_, replica_config);
  run_for(2s);
  EXPECT_EQ(partial(m), 1);
  EXPECT_EQ(keys(r1), 5u);
}

TEST_F(redis_full_sync, from_a_disk_leaves_a_file_on_the_primary_too) {
  primary_config.is_diskless = false;
  begin_sync();
  run_for(1s);
  EXPECT_EQ(told(m).replicas.at(0).state, "send_bulk");
  write(1);
  m->kill();
  ASSERT_TRUE(m.files.rdb.has_value());
  EXPECT_EQ(m.files.rdb->data.size(), 2u);
}

TEST_F(redis_full_sync, reaches_the_aof_only_when_it_is_rewritten) {
  replica_config.appendonly = true;
  replica_config.pace.aof_rewrite = 1s;
  r1.files.aof.emplace().append(-1);
  m->start(now_, primary_config);
  write(2);
  r1->start(now_, replica_config);
  while (!r1->link_is_up()) run_for(50ms);
  EXPECT_EQ(keys(r1), 2u);
  EXPECT_EQ(r1.files.aof->size(), 1u);
  run_for(1500ms);
  EXPECT_TRUE(*r1.files.aof == m->data());
  write(1);
  run_for(1s);
  EXPECT_TRUE(*r1.files.aof == m->data());
}

TEST_F(redis_full_sync, may_be_over_before_the_stream_begins) {
  replica_config.pace.stream_start = 1s;
  begin_sync();
  while (!r1->link_is_up()) run_for(50ms);
  write(1);
  run_for(800ms);
  EXPECT_EQ(keys(r1), 2u);
  run_for(400ms);
  EXPECT_EQ(keys(r1), 3u);
}

TEST_F(redis_full_sync, takes_the_replicas_of_the_replica_off_their_link) {
  begin();
  r2->replicaof(at("10.0.0.2"));
  run_for(1s);
  m->kill();
  m.files = {};
  m->start(now_, primary_config);
  run_for(4s);
  EXPECT_EQ(keys(r2), 0u);
  EXPECT_EQ(told(r2).replid, told(m).replid);
}

// Ends.

TEST_F(redis_shutdown, on_request_delivers_and_saves) {
  begin();
  r1->pause(true);
  write(3);
  m->terminate(now_);
  EXPECT_EQ(m.files.rdb->data.size(), 8u);
  EXPECT_TRUE(m.files.rdb->has_replication_info);
  run_for(200ms);
  EXPECT_EQ(keys(r2), 8u);
  EXPECT_EQ(told(r2).offset, m.files.rdb->offset);
  r1->pause(false);
  run_for(100ms);
  EXPECT_EQ(keys(r1), 8u);
  EXPECT_FALSE(link(r1).is_up);
}

TEST_F(redis_shutdown, of_a_server_that_nobody_followed_saves_no_ids) {
  m->start(now_, {});
  write(2);
  m->terminate(now_);
  EXPECT_EQ(m.files.rdb->data.size(), 2u);
  EXPECT_FALSE(m.files.rdb->has_replication_info);
}

TEST_F(redis_shutdown, does_not_reach_who_is_cut_off) {
  begin();
  cut("10.0.0.1", "10.0.0.2");
  write(3);
  m->terminate(now_);
  run_for(10s);
  EXPECT_EQ(keys(r1), 5u);
  EXPECT_TRUE(link(r1).is_up);
  heal();
  run_for(50ms);
  EXPECT_FALSE(link(r1).is_up);
}

TEST_F(redis_shutdown, killed_leaves_the_last_save_and_the_whole_aof) {
  struct row {
    bool appendonly;
    std::size_t keys;
  };
  for (const row& r : {row{false, 5}, row{true, 8}}) {
    m.files = {};
    primary_config.appendonly = r.appendonly;
    begin();
    m->save();
    write(3);
    m->kill();
    run_for(100ms);
    EXPECT_EQ(keys(r1), 8u);
    m->start(now_, primary_config);
    run_for(200ms);
    EXPECT_EQ(keys(m), r.keys);
    for (server* s : {&m, &r1, &r2}) s->process.kill();
  }
}

TEST_F(redis_shutdown, of_a_node_loses_what_was_in_flight) {
  begin();
  write(3);
  vanished_.insert("10.0.0.1");
  m->kill(in_flight::is_lost);
  run_for(30s);
  EXPECT_EQ(keys(r1), 5u);
  EXPECT_TRUE(link(r1).is_up);
  run_for(32s);
  EXPECT_FALSE(link(r1).is_up);
}

// The anchor.

TEST_F(redis_anchor, keeps_a_place_and_the_link_up_for_longer_than_a_minute) {
  begin();
  r1->replicaof(anchor);
  run_for(100ms);
  EXPECT_TRUE(link(r1).is_up);
  write(2);
  run_for(90s);
  EXPECT_TRUE(link(r1).is_up);
  EXPECT_EQ(keys(r1), 5u);
  anchor_listens_ = false;
  run_for(100ms);
  EXPECT_FALSE(link(r1).is_up);
  r1->replicaof(at("10.0.0.1"));
  run_for(200ms);
  EXPECT_EQ(keys(r1), 7u);
  EXPECT_EQ(partial(m), 1);
}

TEST_F(redis_anchor, lets_others_follow_the_anchored_one) {
  begin();
  r1->replicaof(anchor);
  run_for(100ms);
  r2->replicaof(at("10.0.0.2"));
  run_for(200ms);
  EXPECT_TRUE(link(r2).is_up);
  EXPECT_EQ(partial(r1), 1);
}

TEST_F(redis_anchor, takes_nobody_without_a_place) {
  r1.files.aof.emplace().append(-1);
  r1->start(now_, {.replicaof = anchor, .appendonly = true});
  run_for(3s);
  EXPECT_FALSE(link(r1).is_up);
  EXPECT_EQ(keys(r1), 1u);
}

}  // namespace
}  // namespace redis_agent::simulation
