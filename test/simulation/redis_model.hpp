// A deterministic model of one Redis server, as far as its replication goes: who has which data
// under which id and offset, and what it tells an agent. Time and chance are handed to it.
//
// Modelled: RDB and AOF at start, shutdown and full sync; ids, backlog, PSYNC (partial, full,
// NOMASTERLINK), chains, REPLICAOF's cached primary, the link's phases, delay and time-outs,
// min-replicas-to-write, SIGSTOP, the agent's fake primary, writes to the AOF that wait for an
// fsync, appendonly at run time, keys that expire, functions, an idle backlog that is dropped,
// TCP's back-off on a link, and what 5 and 6.2 do otherwise than 7.
// Not modelled: RDB of a half-written file, output buffer limits, eviction, several databases,
// passwords, FAILOVER, WAIT, swapdb's async loading, the SELECT before a first write, TCP's
// back-off of a SYN, and a cut of one direction only (it counts as both, except for the 60 s of
// silence, which each end counts for itself).
// Sources: src/replication.c, rdb.c, aof.c and server.c of Redis 7.0, redis.io/docs/management/
// replication, and real servers: model_against_servers.py compares the two.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/time.hpp"
#include "core/memory/memory.hpp"
#include "core/server/replication.hpp"
#include "network.hpp"
#include "volume.hpp"

namespace redis_agent::simulation {

using core::duration;
using core::instant;
using namespace std::chrono_literals;

// How long things take. Of a full sync, delay and transfer are the source's, load and
// start of the stream the replica's.
struct server_pace {
  duration start_load = 100ms;  // a file at a start; nothing to load takes no time
  duration sync_delay = 100ms;  // repl-diskless-sync-delay and the fork; from a disk: the save
  duration fork = 0ms;          // for a full sync: the process answers nobody meanwhile
  duration sync_transfer = 200ms;
  duration sync_load = 200ms;
  // After a full sync, and when appendonly is switched on: until then the AOF on disk is the old
  // one or none.
  duration aof_rewrite = 100ms;
  // An fsync of the AOF, one a second. What is written meanwhile stays in the process, for at most
  // 2 s, and a kill loses it. 0: a write is on disk at once.
  duration aof_write_delay = 0ms;
  duration latency = 1ms;  // of the stream to the server's replicas
  // Between a replica's link being up after a full sync and the first byte of the stream: up to a
  // second, because a primary waits for an acknowledgement, and may have missed the first one.
  duration stream_start = 0ms;
};

// Orders that a server refuses with an error: an ACL, a renamed command.
struct refusals {
  bool replicaof = false;
  bool bind = false;
  bool client_kill = false;
};

// The redis.conf. What commands change lasts until the process ends.
struct server_config {
  std::optional<core::endpoint> replicaof = {};
  bool binds_loopback_only = false;
  bool appendonly = false;
  std::size_t keys_max = std::numeric_limits<std::size_t>::max();  // what is written goes over them
  bool saves_at_shutdown = true;
  int version = 7;  // the major one: 5 and 6 (6.2) forget more than 7 and later
  std::int64_t backlog_bytes = 1 << 20;
  duration backlog_ttl = 1h;  // of a primary that nobody follows
  // TCP's, on a link to a primary that was cut off: without it a dead link is found dead at once.
  bool has_back_off = false;
  int min_replicas = 0;  // min-replicas-to-write
  duration min_replicas_max_lag = 10s;
  duration repl_timeout = 60s;
  duration ping_period = 10s;      // to replicas, 14 bytes of the stream each; 0: none
  bool is_diskless = true;         // false: a full sync leaves a dump.rdb on the primary too
  bool loads_from_socket = false;  // repl-diskless-load: a sync that breaks off leaves nothing
  // Whether the stream flows to a replica that still loads: what a dying primary has written by
  // then arrives. So in Redis 8.0, and in 7.0 from a disk; not in Valkey 8.1.
  bool streams_while_loading = false;
  std::uint16_t port = 6379;
  refusals refuses = {};
  server_pace pace = {};
};

enum class reply {
  ok,
  read_only,    // -READONLY: a write on a replica
  loading,      // -LOADING
  no_replicas,  // -NOREPLICAS
  error,        // refused, or unknown to old versions
  none,         // the process is dead or stopped
};

// What becomes of the bytes that a dying process has sent: the kernel goes on sending them, unless
// its node dies too (then the world cuts the address off before, or gives it to nobody).
enum class in_flight { arrives, is_lost };

class redis_model {
 public:
  static constexpr std::int64_t write_bytes = 32;
  static constexpr std::int64_t ping_bytes = 14;

  // The volume may be assigned to while the process does not run. Chance makes the ids.
  redis_model(std::string address, volume& files, network& net, std::mt19937_64& chance);
  redis_model(const redis_model&) = delete;
  redis_model& operator=(const redis_model&) = delete;

  // Its process. Ending one that does not run does nothing.
  void start(instant now, const server_config& config);
  void kill(in_flight fate = in_flight::arrives);
  // SIGTERM; of a stopped process: a kill. While the first AOF is being written Redis says that it
  // cannot exit, and goes on as if nobody had asked: see aof_is_rewriting().
  void terminate(instant now);
  void pause(bool is_paused);  // SIGSTOP, SIGCONT

  // For every server at each step, 50 ms or so. Commands happen at the time of the last step.
  void advance(instant now);

  reply replicaof(const core::endpoint& primary);
  reply replicaof_no_one();
  reply set_bind(bool loopback_only);   // CONFIG SET bind; not in 5
  reply set_min_replicas(int count);    // CONFIG SET min-replicas-to-write
  reply set_appendonly(bool is_on);     // CONFIG SET appendonly
  reply kill_replicas();                // CLIENT KILL TYPE replica
  reply pause_writes(duration length);  // CLIENT PAUSE WRITE; 0: CLIENT UNPAUSE. They wait
  reply write(int number);              // reply::ok is an acknowledged write
  reply save();                         // SAVE, or the end of a BGSAVE
  reply load_function(int number);      // FUNCTION LOAD; from 7 on
  // The life of all keys that it has is over, here and in every file and copy of them.
  reply expire_all();
  void set_refusals(const refusals& r) { config_.refuses = r; }
  void set_pace(const server_pace& p) { config_.pace = p; }

  // What an agent's poll brings. Only where answers().
  core::poll_report report(instant now) const;

  bool is_running() const { return is_running_; }
  bool is_paused() const { return is_paused_; }
  bool stands_still() const { return is_paused_ || forks_until_; }
  const std::optional<instant>& forks_until() const { return forks_until_; }
  int min_replicas() const { return config_.min_replicas; }
  bool answers() const { return is_running_ && !stands_still(); }
  bool binds_loopback_only() const { return config_.binds_loopback_only; }
  bool is_replica() const { return link_.primary.has_value(); }
  bool is_loading() const { return loading_until_ || link_.state == link_state::loading; }
  bool link_is_up() const { return link_.state == link_state::connected; }
  reply would_accept_write() const;
  bool accepts_writes() const { return would_accept_write() == reply::ok; }
  bool holds_writes() const { return now_ < writes_wait_until_; }  // its clients are paused

  // INFO persistence.
  bool aof_is_enabled() const { return aof_is_on_ && !is_loading(); }
  bool aof_is_rewriting() const { return aof_due_.has_value(); }
  std::int64_t aof_bytes() const;                                          // aof_current_size
  std::int64_t aof_buffered_bytes() const { return aof_buffered_bytes_; }  // aof_buffer_length
  std::int64_t aof_pending_fsyncs() const { return now_ < aof_busy_until_ ? 1 : 0; }

  const std::string& address() const { return address_; }
  core::endpoint endpoint() const { return {address_, config_.port}; }
  const dataset& data() const { return data_; }  // empty while it loads and while it does not run
  std::int64_t functions() const { return static_cast<std::int64_t>(data_.functions().size()); }
  const std::string& replid() const { return replid_; }
  std::int64_t offset() const { return offset_; }
  const core::resync_counters& resyncs() const { return resyncs_; }

 private:
  // What a piece of the stream does to the data.
  struct change {
    enum class kind { none, key, function, expiry };
    kind what = kind::none;
    int number = 0;
  };

  // A piece of the replication stream.
  struct entry {
    std::int64_t end = 0;  // the offset after it
    change what;
    instant at;
  };

  // A BGSAVE for a replica: a dump.rdb when it is done.
  struct save_under_way {
    instant due;
    rdb_file file;
  };

  // A replica, as its source sees it.
  struct attached {
    std::uint64_t connection = 0;
    core::endpoint address;
    const char* state = "online";
    std::int64_t acknowledged = 0;
    instant acknowledged_at;
  };

  enum class link_state {
    none,        // a primary
    waiting,     // for the next try
    connecting,  // the SYN has no answer
    handshake,   // PSYNC not yet answered
    delayed,     // PSYNC was heard, a full sync will come: still "handshake" to ROLE
    receiving,
    loading,
    connected,
  };

  // A replica's way to its primary.
  struct upstream {
    std::optional<core::endpoint> primary;
    link_state state = link_state::none;
    std::uint64_t connection = 0;
    core::endpoint source;         // where the name led when it connected
    std::uint64_t source_run = 0;  // the process at the other end
    bool is_closed = false;        // the source's end of the connection has said goodbye
    bool is_anchored = false;
    bool is_forked_for = false;  // the snapshot is taken
    bool keeps_place = false;    // Redis's cached primary: a PSYNC with id and offset is possible
    instant next_try;
    instant saved_at;  // from a disk: when the source has the file that it sends
    instant due;       // when the phase ends
    instant heard_at;
    instant next_ack;
    std::optional<instant> down_since;
    std::optional<instant> next_packet;  // of one that is or was cut: until then it seems to be
    duration back_off{};
    rdb_file snapshot;         // of a full sync under way
    std::vector<entry> inbox;  // sent by a source that has died since
  };

  enum class contact { silent, gone, present };
  enum class psync_answer { no_primary_link, partial, full };

  std::uint64_t fresh_number() { return (*chance_)(); }
  std::string fresh_id();
  bool is_old() const { return config_.version < 7; }

  // Files (redis_files.cpp).
  void begin_loading();
  void finish_start();
  void take_history_from(const rdb_file& file);
  bool has_history() const;
  rdb_file snapshot() const;
  void begin_save(const rdb_file& file);
  void work_on_files();
  void write_aof();
  void append_to_aof(std::int64_t bytes);
  void flush_aof();
  double loaded_share(instant now) const;

  // The stream and those who follow it (redis_model.cpp).
  void begin_backlog();
  void free_backlog();
  std::int64_t backlog_first() const;
  void drop_idle_backlog();
  void take_new_id();
  void append(change c, std::int64_t bytes);
  void make(const change& c);
  void drop_expired();
  int good_replicas() const;
  void serve_replicas(instant before);
  attached* find_attached(std::uint64_t connection);
  void detach(std::uint64_t connection);
  void drop_replicas();
  void send_what_is_in_flight();
  void say_goodbye();
  psync_answer answer_psync(const redis_model& replica);
  bool can_continue(const std::string& id, std::int64_t next_byte) const;
  void end_process(in_flight fate);

  // The link to the primary (replica_link.cpp).
  void follow();
  void try_to_connect();
  void shake_hands();
  void continue_stream(const std::string& id);
  void wait_for_snapshot();
  void begin_transfer(redis_model& source);
  void receive();
  void begin_load();
  void load();
  void finish_load();
  void read_stream();
  void apply(const entry& e);
  void break_off();
  void lose_link();
  void close_connection();
  void send_again();
  redis_model* source() const;
  redis_model* source_in_reach() const;
  contact find_contact() const;
  bool has_path_to(const std::string& other) const;
  bool is_too_silent() const { return now_ - link_.heard_at > config_.repl_timeout; }
  std::int64_t read_bytes(instant now) const;
  core::replica_link describe_link(instant now) const;
  std::optional<core::link_stage> stage() const;

  std::string address_;
  volume* files_;
  network* net_;
  std::mt19937_64* chance_;
  server_config config_;
  instant now_;

  bool is_running_ = false;
  bool is_paused_ = false;
  std::optional<instant> forks_until_;
  instant writes_wait_until_;
  std::uint64_t run_ = 0;
  std::string run_id_;
  instant started_at_;
  std::optional<instant> loading_until_;  // at a start
  std::size_t loading_keys_ = 0;
  std::optional<save_under_way> saving_;
  bool aof_is_on_ = false;
  std::optional<instant> aof_due_;  // the end of a rewrite without which there is no AOF
  instant aof_busy_until_;          // an fsync is under way
  instant next_fsync_;
  std::int64_t aof_buffered_bytes_ = 0;
  std::int64_t aof_unnamed_bytes_ = 0;  // 7 counts what no manifest names before the rewrite ends

  dataset data_;
  std::string replid_;
  std::string replid2_;
  std::int64_t offset_ = 0;
  std::int64_t second_offset_ = -1;
  std::optional<std::int64_t> backlog_start_;  // the offset at which it was made
  std::vector<entry> stream_;  // since then: replicas may need more than the backlog
  std::vector<attached> replicas_;
  instant unfollowed_since_;
  core::resync_counters resyncs_;
  upstream link_;
};

}  // namespace redis_agent::simulation
