// What this agent has seen of the lock, and what it has said and promised about it. Which of that
// means what is failover/lock.hpp's business.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/configuration/identity.hpp"
#include "core/memory/lease.hpp"

namespace redis_agent::core {

enum class lock_purpose {
  look,
  renew,
  take,
  name,  // the pod that is to have it next, or that none is
  give,  // it away
};

struct lock_request {
  lock_purpose purpose = lock_purpose::look;
  lease wanted{};  // of all but a look; with the version that was judged

  bool writes() const { return purpose != lock_purpose::look; }
};

struct sent_request {
  lock_request what;
  instant at;
  std::string run{};  // of the server whose data was judged
};

// A planned move of the primary that somebody has asked for.
struct wanted_move {
  instant asked_at;
  std::string to;  // "": to whom suits best
  // Since then the server takes no writes, and that is what it has.
  std::optional<instant> paused_at{};
  std::int64_t offset = 0;
  bool is_resumed = false;  // its clients wait no more
  std::string refusal{};    // what the server said to that, "" if it obeyed
  std::string outcome{};    // once it is over: why it was given up, "" if it was done
  bool is_over = false;
};

struct lock_memory {
  std::string identity;          // "POD/UID", "" where the name alone gives the role
  role by_name = role::replica;  // until it has ever been held
  std::optional<lease> seen;
  // The lock as this pod held it when somebody took its name out of it, or made it anew: nobody has
  // had it since.
  std::optional<lease> vacated{};
  std::int64_t known_term = 0;  // the latest that was ever read
  instant changed_at;           // when it was first seen as it is
  // When the last write left that has made or kept this pod the holder; of this term.
  std::optional<instant> renewed_at;
  std::optional<sent_request> on_its_way;
  instant tried_at;                     // when the last request left
  std::vector<sent_request> unsure{};   // writes that may have been carried out, or may still be
  std::optional<lock_trouble> trouble;  // of the last request; nullopt: it brought the lock
  std::string why;
  duration retry_after{};
  std::optional<std::int64_t> certificate_until{};  // of the API server, in Unix seconds
  std::optional<instant> promised_at;               // that it would not take the lock
  // What others have promised to this holder: by pod, when the question left.
  std::map<std::string, instant> promises{};
  std::optional<wanted_move> move{};
  // Of the pod that the lock names as the next: since when it does, whether it has said that it
  // knows; and of this one, when it was last told to look.
  instant named_at{};
  bool next_knows = false;
  std::optional<instant> told_to_look_at{};
  instant role_since;
  std::int64_t taken_term = -1;             // by this agent, or the one before
  std::string given_by{};                   // the pod that held it last, if it gave it to this one
  std::int64_t served_term = -1;            // in which this pod's server was last seen to serve
  std::string served_run;                   // of that server
  std::optional<instant> replicas_lost_at;  // since then this pod's server feeds none that answers
  std::optional<std::int64_t> routed_term;  // of this pod's: the write Service leads here
  std::string route_trouble;
  std::string taken_run{};     // of the server that it was taken for
  std::string next_refuses{};  // the pod that was named in this term and has said that it ends
  instant next_refused_at{};

  bool is_used() const { return !identity.empty(); }
  bool holds() const { return is_used() && seen && seen->holder == identity; }
};

// "redis-slave-1" of "redis-slave-1/4c1f..."
std::string_view pod_of(std::string_view holder);

}  // namespace redis_agent::core
