// What the agent has seen, and how each event changes it: observe(memory, event, now).
// Keeps facts and counts them; what follows from them is verdict.hpp's and remedy.hpp's business.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/aof_memory.hpp"
#include "core/memory/certificate_memory.hpp"
#include "core/memory/events.hpp"
#include "core/memory/lag.hpp"
#include "core/memory/password_memory.hpp"
#include "core/memory/resync.hpp"
#include "core/server/sync_phase.hpp"

namespace redis_agent::core {

// One name in DNS. The last good answer is kept while the server does not answer.
template <class Answer>
struct name_memory {
  std::optional<Answer> answer;
  std::string trouble;  // why the last question failed, "" if it did not
  std::optional<instant> answered_at;
  std::uint64_t changes = 0;
  std::uint64_t failures = 0;
};

// A replica's way with its primary, as far as this agent has watched it.
struct sync_memory {
  sync_phase phase = sync_phase::no_link;
  bool was_in_sync = false;          // with its primary, in this run, and no full sync begun since
  bool was_close = false;            // and with all but the last moments, when its link broke;
                                     // the primary was not heard since
  std::optional<instant> broken_at;  // no earlier than its link broke
  std::string whole_stream;  // in sync with anybody in it: what is here is a history of its own
  bool is_whole() const { return !whole_stream.empty(); }
  std::string copied_stream;          // with a place in it: what an AOF had before is gone
  bool is_admitted = false;           // its lag lets it be ready (hysteresis, lag.hpp)
  std::optional<instant> data_as_of;  // all that the primary had written by then is here
  bool is_the_links_word = false;     // that, and was not measured
  resync_counts resyncs;
  stream_memory stream;
  std::optional<replication_report> before_cut;  // tells a full resync from a partial one
  std::optional<instant> up_since;               // its link, as far as this agent has seen
  std::optional<instant> brought_at;  // when that was last seen to have brought something
  endpoint followed;                  // whom it has been told to follow,
  instant followed_since;             // and since when
  bool has_arrived = false;           // and it has led there
  bool is_unasked = false;            // a full sync began by itself, while nobody heard the primary
  std::string link_trouble;  // what its own link meets at the primary, "" if nothing is known
  std::string fed_by_run;    // of the primary: it had the same stream, in sync and in contact
  // In sync with somebody, and the primary, in contact, has another stream.
  std::optional<instant> strange_since;
};

// The last word of a pod's server about its data, which stays true until it says otherwise.
struct pod_word {
  instant asked_at;
  std::string run_id;
  server_details details;
  replication_report replication;
};

// What has been ordered of a server, and how often in a row.
struct order_memory {
  std::string order;
  instant first_at;
  instant last_at;
  unsigned times = 0;
  std::string refusal{};  // what the server said to it, "" if it obeyed
  bool pauses_writes = false;
  bool resumes_writes = false;
};

// Another pod's server, as this agent has asked it.
struct pod_memory {
  link_memory link;
  poll_report report;                    // the last; its optional parts as they were last told
  std::optional<instant> settled_at;     // of its run: since then it has its data
  std::optional<instant> loading_since;  // its loading or its bytes last moved on
  std::int64_t loaded_max = 0;           // the most bytes that it has loaded, and in this run
  std::int64_t loaded_in_run = 0;
  unsigned runs_in_vain = 0;  // in a row: loaded no further than those before, or ended at once
  std::optional<pod_word> word;
  std::optional<statement> said;
  std::string run_of_another;     // of a server at its address, whose agent is another pod's
  std::optional<lock_view> lock;  // as its agent has last told
  instant said_at{};              // when that told anything
  std::optional<order_memory> ordered;
  std::optional<instant> unlisted_since;   // by DNS
  std::optional<password_tags> passwords;  // as its agent has last told

  // One that is of the other mode, or is cut off from the API server, would not take it.
  bool could_take_lock() const { return lock && lock->could_take; }
};

// The end of the server that runs, once it has been announced (ending.hpp).
struct ending_memory {
  instant announced_at;
  bool is_seen = false;            // by a report that was asked for after it
  bool is_paused = false;          // its clients were
  bool stands_still = false;       // and are, as of its last report: nothing is written after it
  bool is_refused = false;         // it would not be paused
  std::optional<instant> gone_at;  // its process was found to have ended
};

struct memory {
  instant started_at;
  std::optional<instant> turned_at;  // the agent's loop, last
  // Neither the agent nor its machine has stood still since: nobody is called silent, and nothing
  // is called waited for, for the time before.
  instant awake_since;
  std::string pod;
  role derived = role::replica;            // by the pod's name, or as the lock says
  endpoint primary_at;                     // as it was configured, or as the lock says
  std::vector<std::string> own_addresses;  // of this pod; empty: not known
  lag_budget budget;
  duration contact_timeout{};
  duration end_max{};  // an announced end that has not come by then is none
  std::uint16_t anchor_port = 0;
  gate_choice gate{};
  std::vector<std::string> init_warnings;  // of the user's redis.conf and the password

  link_memory redis;
  std::optional<replication_report> replication;
  // Of its replicas those that are no pod's: they were attached while each pod was, by an address
  // of its own.
  std::vector<endpoint> strangers;
  std::set<std::string> pods_beside_strangers;  // that were attached then
  loading_report loading;
  std::string read_refusal;
  std::string write_refusal;
  bool is_open_to_everybody = false;  // takes commands without a password; as far as it was tried
  bool serves_stale_data = true;
  bool gate_is_in_file = true;  // the redis.conf's, as it was seen last; of a primary
  std::optional<server_report> server;
  std::optional<server_details> details;
  bool details_are_new = false;                   // the last report brought them
  std::shared_ptr<const metrics_report> metrics;  // what a scrape was told last,
  instant metrics_at;                             // and when
  instant asked_at;                   // what the last report says was true no earlier than this
  std::optional<instant> gone_since;  // nobody has listened at its port after that report
  std::optional<order_memory> ordered;
  std::uint64_t orders_given = 0;    // to any server
  std::uint64_t orders_refused = 0;  // by any server
  std::uint64_t server_restarts = 0;
  aof_memory aof;  // of this run and stream
  // Of the one that it has loaded, if that was seen.
  std::optional<std::int64_t> aof_bytes_at_start;
  // Redis 7 counts at its start what it then cuts off a torn AOF (aof.c: loadAppendOnlyFiles).
  bool aof_bytes_are_true = false;
  fsync_settings fsync;
  duration repl_timeout = 60s;  // after which a link that is dead is found to be; Redis's default
  std::optional<std::string> bind;
  std::optional<bool> is_reached;     // at the pod's own address; where bind may not be asked
  std::int64_t min_replicas = 0;      // without as many good ones it refuses writes
  bool had_enough_replicas = false;   // in this run
  instant run_began_at;               // when this agent first heard of the server's run
  std::optional<instant> settled_at;  // when it first had its data in that run
  std::optional<instant> closed_at;   // when a primary that had served in it did so no more
  std::string invented_id;            // that it told then, if that says nothing (lineage.hpp)

  std::optional<volume_memory> remembered;
  bool volume_is_read = false;
  bool volume_is_checked = true;           // since the server's last restart
  bool is_noted = false;                   // what is remembered is on the volume
  std::optional<volume_memory> unwritten;  // what it has not taken yet, and is newer
  bool end_was_seen = false;               // of the run before, and on this volume
  unsigned writes_in_a_row = 0;            // to the volume, without a pause between them
  std::string volume_trouble;              // why it did not give or take that last, "" if it did
  std::string rdb_trouble;                 // why the RDB cannot be read
  std::optional<instant> volume_asked_at;  // a file operation is under way since then
  bool is_asked_of_the_past = false;       // it began before what is to be known now
  std::string fresh_cluster_id;  // for a primary that serves and belongs to no cluster yet
  instant remembered_at;
  // The volume memory as it was to be at the end of the run before, as this agent saw it: newer
  // than the one on the volume, and true only if that is the same volume still.
  std::optional<volume_memory> end_of_run;
  bool end_of_run_is_all = false;  // nothing was written after it that this agent did not see
  std::string rdb_name = rdb_file;
  // What the volume held when the server's run began, as far as this agent saw: a save changes the
  // file afterwards.
  std::optional<rdb_header> rdb_at_start;

  keeping kept = keeping::undecided;  // a person's word about the situation that it names
  std::string kept_situation;
  std::string answer_to_decision;  // to his last word, "" if there was none
  std::string decided_run;         // of the server about which he has decided last

  std::optional<ending_memory> ending;  // of this run

  std::map<std::string, pod_memory> pods;  // by name; the primary's agent asks all that DNS lists

  link_memory primary;
  std::optional<replication_report> primary_replication;
  bool primary_is_loading = false;
  std::string primary_address;  // of the server that said so
  std::string primary_run_id;
  instant primary_heard_at;  // for the first time in that run
  // Of the run that has proven to carry the history of this replica's present run, and has been in
  // contact, as a primary, ever since: its id changes when its first replica attaches, its data
  // only grows. So does what is here where a stream of its own begins: the proof is of this one.
  std::string proven_run_id;
  std::string proven_stream;
  std::optional<statement> primary_said;
  instant primary_said_at;
  offset_history primary_offsets;
  sync_memory sync;

  // When loading or a sync last moved on, or when there was nothing of the kind to wait for.
  instant progressed_at;

  name_memory<address_answer> primary_name;
  // Of a primary: its own name leads to somebody else's address, and did not always.
  std::optional<instant> led_elsewhere_since;
  name_memory<service_answer> service_name;
  absence service_absence = absence::unknown;

  lock_memory lock;
  lost_memory lost;
  certificate_memory certificates;

  password_memory passwords;
  // About passwords; by pod, "redis" and "the primary". Apart from the others, which are judged by.
  std::map<std::string, order_memory> password_orders;
};

// The server said that it ends, or its clients were paused when it went, and its AOF was whole when
// it was last heard. An announcement alone is none: who is to end may be killed before it does.
bool has_ended_whole(const memory& m);

// After the time for which an end may be held up SIGTERM comes, or it does not come at all.
inline constexpr duration no_end_comes_after = 10s;

memory begin_memory(const settings& s, instant now);

void observe(memory& m, const event& e, instant now);

// What the volume has is known of the server's present run.
bool volume_is_known(const memory& m);

// It is to be read now: it is not known, nothing is under way, and it has not just refused.
bool is_to_be_read(const memory& m, instant now);

// For how long a file operation has been under way; nullopt: for no longer than disks may take.
std::optional<duration> silence_of_volume(const memory& m, instant now);

// What the server has is of neither the history that the volume remembers nor the one that it was
// to remember: a stranger's was copied.
bool has_a_strangers_data(const memory& m);

// What is wrong with it, "" if nothing is.
std::string describe_volume_trouble(const memory& m, instant now);

// A volume that has refused is asked again after that.
inline constexpr duration after_a_refusal = 1s;

// The link leads to an anchor, which holds a replica as it is and sends nothing (remedy.hpp): up,
// and no sign of being in sync with anybody.
bool is_anchored(const memory& m, const replica_link& link);

// Whom the replica is to follow: as configured, or the pod that holds the lock.
std::string name_primary(const memory& m);

// The names by which DNS and certificates know them: the primary, as configured or by the lock, and
// whoever answers at the address of a server that the local one may follow.
std::string host_of_primary(const memory& m, const settings& s);
std::string host_at(const std::string& address, const memory& m, const settings& s);

// The local server listens for its own pod alone: "bind 127.0.0.1 -::1". Where CONFIG is forbidden
// the pod's own address tells; until it was tried, the gate's form: what cannot be opened is not
// called open.
bool binds_locally(const memory& m);

// The local server is a primary, and can be reached from outside its pod.
bool serves_as_primary(const memory& m);

// It refuses writes since it has lost replicas that its min-replicas-to-write asks for
// (redis.io/docs/management/replication). Before it has had them nobody can say that it is cut off:
// they may start after it, when it is ready.
bool lacks_replicas(const memory& m);

// What a person should know of the pod's configuration: init's warnings, and what has become of the
// file since.
std::vector<std::string> warnings_of(const memory& m);

// The local server has its data: none is being loaded at this moment. A server that loads tells an
// invented history.
bool is_settled(const memory& m);

// Whom a replica, or a primary at its gate, follows is in contact, and the link has not come up for
// a while: what it meets there is to be found out.
std::optional<endpoint> own_link_in_doubt(const memory& m, instant now);

// It says that it is up, and the primary, in contact, has had another stream for longer than a
// moment between two polls: it is another's, or is dead and TCP has not found out yet.
bool link_is_strange(const memory& m);

// It says so and brings nothing, nor has the primary answered, for longer than between two pings.
bool link_is_dead(const memory& m, instant now);

// The link leads to the primary, as far as DNS and the streams tell: by its own name or an address
// of it, not by any other name.
bool leads_to_the_primary(const memory& m, const replication_report& told);

// Within the contact timeout; as a primary.
bool primary_answers(const memory& m, instant now);
bool primary_is_in_contact(const memory& m, instant now);

// How far the replica is behind; nullopt when that is unknown: no contact, another history.
std::optional<lag> measure_lag(const memory& m, instant now);

// A pod's server answers, with its data, and its agent does.
inline constexpr duration contact_max = 3s;  // longer than one late answer
bool server_answers(const pod_memory& pod, instant now);
bool agent_answers(const pod_memory& pod, instant now);

// By which the pod is asked, and those that its agent tells: of one with two its replica's link may
// come from either. Empty: not known.
std::set<std::string> addresses_of(const memory& m, const std::string& pod);

bool has_address(const pod_memory& pod, const std::string& address);

// An agent that is there has said by then what its server's data is; there may be none (the
// article's pods).
inline constexpr duration introduction_max = 3s;

// Its server restarts again and again, before it has loaded its data or soon after.
inline constexpr unsigned runs_in_vain_max = 3;
inline bool gets_nowhere(const pod_memory& pod) { return pod.runs_in_vain >= runs_in_vain_max; }

// Of a replica whose server is empty: the RDB beside its new AOF, from which neither an AOF nor a
// sync has gone on. (Of a primary's the gate's rules know.)
std::optional<unread_rdb> find_unread_rdb(const memory& m);

// What the agent beside a server has said, if that is the server that answers; nullptr otherwise.
const statement* word_of_primary(const memory& m);
const statement* word_of(const pod_memory& pod);

// The server of that run is known not to be that pod's, though it answers at the pod's address: the
// agent there, or that of another pod, has said so. DNS may have an old address for a while.
bool belongs_to_another(const memory& m, const std::string& pod, const std::string& run_id);

// The pod's last word is such a server's, or may be: another pod's is the same.
bool is_anothers_word(const memory& m, const std::string& pod);

// The agent speaks for another cluster than the volume remembers.
bool names_another_cluster(const memory& m, const statement& said);

// The cluster that a replica belongs to, as its volume remembers or the other pods' agents say; ""
// if nobody knows of one.
std::string known_cluster(const memory& m);

// Its volume or another pod knows of one, or another pod has data, which is of some.
bool knows_of_a_cluster(const memory& m);

// It does not know whose it is, and who answers at the primary's name has no agent that says it:
// the other pods' agents are to be asked.
bool wants_to_know_its_cluster(const memory& m);

// The stream is known to be that of the replica's cluster, by the volume or another pod's agent.
bool is_known_here(const memory& m, const lineage& theirs);

// It is not, there is a cluster, or there may be, and nobody speaks for who answers at the
// primary's name.
bool may_be_a_strangers(const memory& m, const lineage& theirs);

// What this agent may say of its server to others; nullopt while that has no history, or what the
// volume knows of it has not been read.
std::optional<statement> statement_of(const memory& m);

// The pods besides this one that are to be asked: those that DNS lists or has listed (until they
// are forgotten), and those that the volume remembers. Not to know the pods is not to be alone.
std::vector<service_target> pods_to_ask(const memory& m, const std::string& domain);

// The others as the volume remembers them. On an older volume what one that was away cannot be
// beyond is no bound any more: since then it may have been back. It knows that (vouches_for).
std::vector<remembered_pod> remembered_pods(const memory& m);

// The replica that has heard this of that pod's volume has heard of none of the comings and goings
// after that revision: it has not been back since. An older volume counts on from what it has: what
// is compared is when a thing was noted, never where the count is now.
bool vouches_for(const std::optional<noted_offset>& heard, const std::string& pod,
                 std::int64_t revision, const lineage& history);

// What the local server's data is (volume_memory.hpp), and a pod's as its server and agent tell. A
// server that loads has none: its id is "".
lineage own_lineage(const memory& m);
lineage lineage_of_pod(const pod_memory& pod);
lineage lineage_of_word(const pod_memory& pod);  // of what it said last
lineage lineage_of_primary(const memory& m);

}  // namespace redis_agent::core
