// What is to be told to which server, if anything: choose(memory, settings, now). The one place
// where what the rules of gate.hpp and rope.hpp decide becomes commands.
// Judges by what the servers report at this moment and by nothing else, so that it makes no
// difference which agent began a step, or whether the one that did is still there: whoever looks
// next goes on from what it sees, and an order that has been carried out is not given again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/known_password.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

enum class step {
  stand_alone,        // REPLICAOF NO ONE
  follow,             // REPLICAOF `to`
  listen_everywhere,  // CONFIG SET bind
  drop_replicas,      // CLIENT KILL TYPE replica
  drop_clients,       // CLIENT KILL TYPE normal, but for the one that says it
  pause_writes,       // CLIENT PAUSE WRITE, for `length`
  resume_writes,      // CLIENT UNPAUSE
  need_replicas,      // CONFIG SET min-replicas-to-write `count`
  pause_clients,      // CLIENT PAUSE, for `length`
  go_by_tls,          // CONFIG SET tls-replication yes: before `follow`, at whose port TLS is
  go_by_plain_tcp,    // CONFIG SET tls-replication no
  read_certificates,  // CONFIG SET tls-cert-file to the path that it has: key and CA are read too
  accept_password,    // ACL SETUSER `user` #`password`
  drop_password,      // ACL SETUSER `user` !`password`
  use_password,       // CONFIG SET masterauth `password`
  require_password,   // CONFIG SET requirepass `password`: where the server knows no users
};

// A server that asks for so many refuses every write: where they cannot be paused.
inline constexpr std::int64_t replicas_that_nobody_has = 99;

// Steps of one order are carried out at once (MULTI), so that nobody writes between them.
struct order {
  peer who = peer::redis;
  std::string pod{};  // of peer::pod
  std::vector<step> steps{};
  endpoint to{};
  std::string why{};  // a sentence, for the log
  duration length{};
  std::int64_t count = 0;
  std::string path{};
  std::string user{};
  known_password password{};

  bool is_about_passwords() const { return !password.empty(); }
  // As logs and the memory name it.
  std::string server() const {
    if (who == peer::pod) return pod;
    return who == peer::redis ? "redis" : "the primary";
  }
  bool pauses_writes() const {
    return count == replicas_that_nobody_has ||
           std::find(steps.begin(), steps.end(), step::pause_writes) != steps.end();
  }
  bool resumes_writes() const {
    return std::find(steps.begin(), steps.end(), step::resume_writes) != steps.end();
  }
  bool pauses_clients() const {
    return std::find(steps.begin(), steps.end(), step::pause_clients) != steps.end();
  }

  friend bool operator==(const order&, const order&) = default;
};

// One step as Redis takes it: {"REPLICAOF", "10.0.0.7", "6379"}.
std::vector<std::string> words_of(step s, const order& of);

// "REPLICAOF 10.0.0.7 6379"; of a password its tag alone.
std::string describe(const order& o);

std::vector<order> choose(const memory& m, const settings& s, instant now);

// An order that a server refuses, and that is given again, more and more seldom, while it is
// wanted: so long after the last time it counts as given up.
struct refused_order {
  std::string by;  // "redis", or a pod
  std::string order;
  std::string why;

  friend bool operator==(const refused_order&, const refused_order&) = default;
};
std::vector<refused_order> standing_refusals(const memory& m, instant now);

// That very order was refused when it was given last.
bool is_refused(const memory& m, const order& o);

// An order is weighed again in the moment in which it is sent: what has been heard since it was
// given may speak against it.
bool is_still_wanted(const order& o, const memory& m, const settings& s, instant now);

// How often the local server's details are needed; 0: with each poll. What decides about data must
// not look at how many keys there were a while ago.
duration detail_interval(const memory& m, const settings& s, instant now);

// How often the local server is asked. One that loads, or follows a name that nobody has vouched
// for, is looked at again in milliseconds: from the end of its loading Redis needs a connection, a
// handshake and a fork on the other side before it gives up what it has.
duration local_poll_interval(const memory& m, const settings& s, instant now);

// How often the other pods are asked: seldom while nothing has to be decided about them, and in
// milliseconds while writes are paused for one of them.
duration pod_poll_interval(const memory& m, const settings& s, instant now);

// What a pod has said may be acted upon with the loop's next turn: where there are many they say
// much, and while a primary serves and nothing is under way nothing hangs on a quarter of a second.
bool may_wait_for_a_turn(const event& happened, const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
