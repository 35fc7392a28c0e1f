// The lock of a cluster whose primary moves: one Lease of Kubernetes, as one agent has read it. Who
// holds it serves; who wants it writes it with the very version that it judged (compare-and-swap).
// Values only: JSON and requests are wire/lease_json.hpp's business, what follows is that of
// failover/. No wall clock is ever compared: the texts of times are watched for change alone.
// Source: kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace redis_agent::core {

// A pod of the holder's that was in sync and close when the lock was last written: who may follow.
struct lock_member {
  std::string pod;
  std::int64_t offset = 0;

  friend bool operator==(const lock_member&, const lock_member&) = default;
};

struct lease {
  std::string version;     // resourceVersion: opaque, sent back as it came
  std::string holder;      // "POD/UID", "" if nobody has it
  duration length{};       // for which the holder wants it to be left alone after each change
  std::string renewed_at;  // renewTime, acquireTime: texts
  std::string acquired_at;
  std::int64_t term = 0;  // leaseTransitions: how often the holder has changed
  // Annotations, of the holder's server at the last renewal.
  std::string cluster_id;
  std::string history_id;
  std::int64_t offset = 0;
  std::int64_t keys = 0;
  std::int64_t functions = 0;  // libraries of them
  std::string address;         // where it is reached: an IP address
  std::vector<lock_member> members{};
  std::int64_t routed_term = -1;  // the write Service leads to the holder of that term
  std::string successor{};        // the pod that is to have it next, "" if none is named
  // The pod that held it and has given it to the successor. Without that word an empty holder is
  // somebody's edit, and whoever held it may serve.
  std::string given_by{};
  // The first of those annotations that is not what an agent writes, "" if all are: all of them
  // are empty then.
  std::string unreadable{};
  // The object as it was read, for what others have put there (labels, Helm's annotations).
  std::string object{};

  bool has_data() const { return keys > 0 || functions > 0; }

  // Was in sync and close when the lock was last written.
  bool lists(const std::string& pod) const;
  bool lists_another_than(const std::string& pod) const;

  bool is_given_to(const std::string& pod) const {
    return holder.empty() && !given_by.empty() && successor == pod;
  }

  // Made by the chart and never held.
  bool is_untouched() const { return holder.empty() && renewed_at.empty() && term == 0; }

  friend bool operator==(const lease&, const lease&) = default;
};

// What a request to the API server came to, where it brought no object. None of them means that the
// lock is lost: only a read that shows another holder does.
enum class lock_trouble {
  conflict,      // 409: somebody was quicker, or the answer to an earlier try of ours was lost
  missing,       // 404
  unauthorized,  // 401
  forbidden,     // 403
  throttled,     // 429
  refused,       // another 4xx
  unavailable,   // 5xx
  timed_out,     // sent, and what became of it is unknown
  unreachable,   // not sent: no connection, or no TLS
  malformed,     // answered with what is no Lease
};

std::string_view to_text(lock_trouble what);

}  // namespace redis_agent::core
