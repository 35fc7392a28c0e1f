// What is on disk and what is not, what a server that loads says, keys that expire, functions, and
// orders that are refused; see redis_model_test.cpp.
#include "core/server/sync_phase.hpp"
#include "test_world.hpp"

namespace redis_agent::simulation {
namespace {

class redis_persistence : public world_of_three {
 protected:
  void kill_and_start(server& s, const server_config& config) {
    s->kill();
    s->start(now_, config);
    run_for(500ms);
  }
  void write_each_100ms(int count) {
    for (int i = 0; i < count; ++i) {
      write(1);
      run_for(100ms);
    }
  }
};

using redis_loading = redis_persistence;
using redis_expiry = redis_persistence;
using redis_orders = redis_persistence;

// A start that loads.

TEST_F(redis_loading, has_an_invented_id_that_stays_or_becomes_the_files) {
  struct row {
    bool is_replica;
    bool appendonly;
    bool id_stays;
    bool id_is_the_old_one;
    std::int64_t offset;
  };
  begin();
  m->save();
  r1->save();
  const auto old = told(m);
  for (server* s : {&m, &r1}) s->files.aof = m->data();
  for (server* s : {&m, &r1, &r2}) s->process.kill();
  const row rows[] = {
      {false, false, true, false, old.offset},
      {false, true, true, false, 0},
      {true, false, false, true, old.offset},
      {true, true, true, false, 0},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(testing::Message() << r.is_replica << r.appendonly);
    server& s = r.is_replica ? r1 : m;
    server_config c{.appendonly = r.appendonly, .pace = {.start_load = 20s}};
    if (r.is_replica) c.replicaof = park;
    kill_and_start(s, c);
    const auto loading = report(s);
    EXPECT_NE(loading.replication.replid, old.replid);
    EXPECT_EQ(loading.replication.replid2, std::string(40, '0'));
    EXPECT_EQ(loading.replication.offset, 0);
    EXPECT_EQ(loading.aof->is_enabled, false);
    EXPECT_EQ(loading.stage.has_value(), r.is_replica);
    if (r.is_replica) {
      EXPECT_EQ(loading.stage, core::link_stage::none);
      EXPECT_EQ(loading.replication.link->offset, 1);
    }
    run_for(20s);
    const auto loaded = report(s);
    EXPECT_FALSE(loaded.loading->is_loading);
    EXPECT_EQ(loaded.aof->is_enabled, r.appendonly);
    EXPECT_EQ(loaded.replication.replid == loading.replication.replid, r.id_stays);
    EXPECT_EQ(loaded.replication.replid == old.replid, r.id_is_the_old_one);
    EXPECT_EQ(loaded.replication.offset, r.offset);
    EXPECT_EQ(loaded.server->run_id, loading.server->run_id);
  }
}

TEST_F(redis_loading, moves_on_and_listens_to_no_order_but_to_some_settings) {
  begin();
  m->save();
  m->kill();
  m->start(now_, {.pace = {.start_load = 10s}});
  run_for(3s);
  const auto before = report(m);
  run_for(4s);
  const auto after = report(m);
  EXPECT_GT(before.loading->loaded_bytes, 0);
  EXPECT_GT(after.loading->loaded_bytes, before.loading->loaded_bytes);
  EXPECT_EQ(before.details->keys, 1);
  EXPECT_EQ(after.details->keys, 3);
  EXPECT_EQ(m->replicaof(park), reply::loading);
  EXPECT_EQ(m->set_appendonly(true), reply::loading);
  EXPECT_EQ(m->load_function(1), reply::loading);
  EXPECT_EQ(m->set_bind(true), reply::ok);
  run_for(4s);
  EXPECT_EQ(report(m).loading->loaded_bytes, 0);
  EXPECT_EQ(keys(m), 5u);
}

TEST_F(redis_loading, accepts_no_replica) {
  begin();
  m->save();
  primary_config.pace.start_load = 10s;
  kill_and_start(m, primary_config);
  run_for(8s);
  EXPECT_FALSE(link(r1).is_up);
  EXPECT_EQ(keys(r1), 5u);
  run_for(4s);
  EXPECT_TRUE(link(r1).is_up);
  EXPECT_EQ(full(m), 0);
}

// A full sync from a disk.

TEST_F(redis_persistence, a_sync_from_a_disk_begins_with_a_save_in_which_the_data_is_served) {
  for (const int version : {7, 6}) {
    SCOPED_TRACE(version);
    begin();
    r1->replicaof_no_one();
    write_to(r1, 1);
    m->kill();
    m.files = {};
    primary_config.is_diskless = false;
    primary_config.version = version;
    primary_config.pace = {.sync_delay = 5s, .sync_transfer = 5s};
    server_config c{.version = version};
    r1->terminate(now_);
    r1->start(now_, c);
    m->start(now_, primary_config);
    write(1);
    run_for(500ms);
    const auto before = told(r1);
    r1->replicaof(at("10.0.0.1"));
    run_for(500ms);
    const auto t = report(r1);
    EXPECT_EQ(core::phase_of(*t.replication.link, *t.loading, *t.stage),
              core::sync_phase::receiving);
    EXPECT_EQ(keys(r1), 6u);
    EXPECT_EQ(t.replication.replid, before.replid);
    EXPECT_EQ(t.replication.offset, before.offset);
    EXPECT_EQ(told(m).replicas.back().state, "wait_bgsave");
    EXPECT_FALSE(m.files.rdb.has_value());
    run_for(6s);
    EXPECT_EQ(told(m).replicas.back().state, "send_bulk");
    EXPECT_TRUE(m.files.rdb.has_value());
    EXPECT_GT(*link(r1).sync_read_bytes, 0);
    r1->replicaof(park);
    EXPECT_EQ(keys(r1), 6u);
    EXPECT_EQ(link(r1).offset, version == 7 ? before.offset : 1);
    run_for(10s);
    EXPECT_EQ(keys(r1), 6u);
    for (server* s : {&m, &r1, &r2}) s->process.kill();
    m.files = r1.files = r2.files = {};
    primary_config = {};
  }
}

// AOF.

TEST_F(redis_persistence, a_kill_loses_what_waits_for_an_fsync_and_an_end_does_not) {
  struct row {
    duration fsync;
    bool is_killed;
    std::size_t lost_at_least, lost_at_most;
  };
  const row rows[] = {
      {0s, true, 0, 0}, {1500ms, true, 1, 15}, {2s, true, 1, 20}, {2s, false, 0, 0}};
  for (const row& r : rows) {
    SCOPED_TRACE(testing::Message() << core::to_seconds(r.fsync) << r.is_killed);
    m.files = {};
    m->start(now_, {.appendonly = true, .pace = {.aof_write_delay = r.fsync}});
    std::size_t most = 0;
    for (int i = 0; i < 50; ++i) {
      write_each_100ms(1);
      const std::size_t waiting = keys(m) - m.files.aof->size();
      EXPECT_EQ(m->aof_buffered_bytes(),
                static_cast<std::int64_t>(waiting) * redis_model::write_bytes);
      EXPECT_TRUE(waiting == 0 || m->aof_pending_fsyncs() == 1);
      most = std::max(most, waiting);
    }
    EXPECT_GE(most, r.fsync > 0s ? 10u : 0u);
    while (r.fsync > 0s && m->aof_buffered_bytes() == 0) write_each_100ms(1);
    const std::size_t had = keys(m);
    r.is_killed ? m->kill() : m->terminate(now_);
    EXPECT_GE(had - m.files.aof->size(), r.lost_at_least);
    EXPECT_LE(had - m.files.aof->size(), r.lost_at_most);
  }
}

TEST_F(redis_persistence, what_waits_for_an_fsync_is_on_disk_when_it_ends) {
  m->start(now_, {.appendonly = true, .pace = {.aof_write_delay = 1s}});
  write_each_100ms(3);
  EXPECT_GT(m->aof_buffered_bytes(), 0);
  run_for(2s);
  EXPECT_EQ(m->aof_buffered_bytes(), 0);
  EXPECT_EQ(m.files.aof->size(), 3u);
}

TEST_F(redis_persistence, appendonly_off_leaves_a_file_that_the_next_start_loads) {
  m->start(now_, {.appendonly = true});
  write(3);
  EXPECT_EQ(m->set_appendonly(false), reply::ok);
  EXPECT_FALSE(report(m).aof->is_enabled);
  write(2);
  kill_and_start(m, {.appendonly = true});
  EXPECT_EQ(keys(m), 3u);
}

TEST_F(redis_persistence, appendonly_on_is_none_until_all_of_it_is_written) {
  for (const bool has_old : {false, true}) {
    m.files = {};
    if (has_old) m.files.aof.emplace().append(-1);
    m->start(now_, {.pace = {.aof_rewrite = 1s}});
    write(3);
    m->save();
    EXPECT_EQ(m->set_appendonly(true), reply::ok);
    EXPECT_TRUE(m->aof_is_enabled());
    EXPECT_TRUE(m->aof_is_rewriting());
    write(1);
    // Redis says that it cannot exit, and stays.
    m->terminate(now_);
    EXPECT_TRUE(m->is_running());
    const volume in_between = m.files;
    run_for(1s);
    EXPECT_FALSE(m->aof_is_rewriting());
    EXPECT_EQ(m.files.aof->size(), 4u);
    write(1);
    m->kill();
    EXPECT_EQ(m.files.aof->size(), 5u);
    m.files = in_between;
    m->start(now_, {.appendonly = true});
    run_for(200ms);
    EXPECT_EQ(keys(m), has_old ? 1u : 0u);
    m->kill();
  }
}

// Keys that expire.

TEST_F(redis_expiry, goes_down_the_stream_and_not_into_files_of_before) {
  begin();
  r1->save();
  m->save();
  const auto before = told(m).offset;
  EXPECT_EQ(r1->expire_all(), reply::read_only);
  EXPECT_EQ(m->expire_all(), reply::ok);
  EXPECT_EQ(keys(m), 0u);
  EXPECT_EQ(told(m).offset, before + 5 * redis_model::write_bytes);
  EXPECT_EQ(keys(r1), 5u);
  run_for(1s);
  EXPECT_EQ(keys(r1), 0u);
  EXPECT_EQ(told(r1).offset, told(m).offset);
  write(1);
  EXPECT_EQ(keys(m), 1u);
  EXPECT_EQ(r1.files.rdb->data.size(), 5u);
  EXPECT_EQ(expired_up_to(), 5);
}

TEST_F(redis_expiry, at_a_load_is_the_primarys_and_7_tells_its_replicas) {
  for (const int version : {7, 5}) {
    SCOPED_TRACE(version);
    primary_config.version = replica_config.version = version;
    begin();
    m->save();
    r1->save();
    const auto saved = told(m).offset;
    m->kill();
    r1->kill();
    expire_up_to(written_);
    r1->start(now_, {.replicaof = park, .version = version});
    run_for(200ms);
    EXPECT_EQ(keys(r1), 5u);
    EXPECT_EQ(report(r1).details->keys, 5);
    m->start(now_, primary_config);
    run_for(200ms);
    EXPECT_EQ(keys(m), 0u);
    EXPECT_EQ(told(m).offset, version == 7 ? saved + 5 * redis_model::write_bytes : 0);
    r1->replicaof(at("10.0.0.1"));
    run_for(2s);
    EXPECT_EQ(keys(r1), 0u);
    for (server* s : {&m, &r1, &r2}) s->process.kill();
    m.files = r1.files = r2.files = {};
  }
}

TEST_F(redis_expiry, comes_to_a_replica_when_it_is_promoted) {
  r1.files.aof.emplace().append(1);
  expire_up_to(1);
  r1->start(now_, {.replicaof = park, .appendonly = true});
  run_for(200ms);
  EXPECT_EQ(keys(r1), 1u);
  r1->replicaof_no_one();
  run_for(50ms);
  EXPECT_EQ(keys(r1), 0u);
}

// Functions.

TEST_F(redis_persistence, functions_are_data_that_no_count_of_keys_shows) {
  begin();
  EXPECT_EQ(m->load_function(1), reply::ok);
  run_for(1s);
  EXPECT_EQ(r1->functions(), 1);
  EXPECT_EQ(report(r1).details->keys, 5);
  EXPECT_TRUE(r1->data() == m->data());
  m->expire_all();
  run_for(1s);
  EXPECT_EQ(r1->functions(), 1);
  EXPECT_EQ(keys(r1), 0u);
  m->terminate(now_);
  kill_and_start(m, primary_config);
  EXPECT_EQ(m->functions(), 1);
  m->kill();
  m.files = {};
  m->start(now_, primary_config);
  run_for(3s);
  EXPECT_EQ(r1->functions(), 0);
}

TEST_F(redis_persistence, functions_are_in_an_aof_and_not_in_old_versions) {
  m->start(now_, {.appendonly = true});
  m->load_function(1);
  kill_and_start(m, {.appendonly = true});
  EXPECT_EQ(m->functions(), 1);
  m->start(now_, {.version = 6});
  EXPECT_EQ(m->load_function(1), reply::error);
}

// Orders.

TEST_F(redis_orders, are_refused_for_as_long_as_the_server_is_told_to) {
  primary_config.refuses = {.replicaof = true, .bind = true, .client_kill = true};
  begin();
  EXPECT_EQ(m->replicaof(park), reply::error);
  EXPECT_EQ(m->set_bind(true), reply::error);
  EXPECT_EQ(m->kill_replicas(), reply::error);
  EXPECT_FALSE(m->is_replica());
  EXPECT_FALSE(m->binds_loopback_only());
  EXPECT_EQ(told(m).connected_replicas, 2);
  r1->set_refusals({.replicaof = true});
  EXPECT_EQ(r1->replicaof_no_one(), reply::error);
  EXPECT_TRUE(r1->is_replica());
  r1->set_refusals({});
  EXPECT_EQ(r1->replicaof_no_one(), reply::ok);
  EXPECT_FALSE(r1->is_replica());
}

TEST_F(redis_orders, that_kill_replicas_bring_them_back_unless_nobody_listens) {
  begin();
  EXPECT_EQ(m->kill_replicas(), reply::ok);
  EXPECT_EQ(told(m).connected_replicas, 0);
  run_for(100ms);
  EXPECT_EQ(told(m).connected_replicas, 2);
  EXPECT_EQ(partial(m), 2);
  m->set_bind(true);
  m->kill_replicas();
  run_for(3s);
  EXPECT_FALSE(link(r1).is_up);
}

}  // namespace
}  // namespace redis_agent::simulation
