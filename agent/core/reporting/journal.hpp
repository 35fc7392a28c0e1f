// What is worth a line in the log: one line for each change, none for a poll that changes nothing.
// The numbers that always move (offsets, lag, ages) are not part of the view that is compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/memory/memory.hpp"
#include "core/orders/remedy.hpp"
#include "core/readiness/verdict.hpp"
#include "core/reporting/log_line.hpp"

namespace redis_agent::core {

struct journal_view {
  reason why = reason::starting;
  std::string explanation;
  link_condition redis = link_condition::untried;
  std::string redis_detail;
  std::uint32_t redis_failed_as = 0;  // link_memory::failed_as
  link_condition primary = link_condition::untried;
  std::string primary_detail;
  std::uint32_t primary_failed_as = 0;
  std::optional<role> reported_role;
  std::string run_id;
  std::string version;
  std::string pause;  // of its clients before its end: what its replicas had then
  std::string end;    // what is known of it, once it has come
  std::optional<sync_phase> phase;
  resync_counts resyncs;
  std::vector<std::string> primary_addresses;
  std::string primary_name_trouble;
  std::vector<std::string> peers;
  std::string service_name_trouble;
  bool peers_are_cut = false;
  std::string rdb;                // on the volume, as it was read last; "" before
  std::string decision;           // the gate's or the rope's, with its evidence
  std::string decision_in_short;  // without
  std::vector<refused_order> refused;
  bool is_open_to_everybody = false;
  bool gate_is_in_file = true;
  std::string link_trouble;               // what Redis's own link meets at the primary,
  std::string link_peer;                  // or at whom a primary copies from
  std::vector<std::string> certificates;  // what is to be known of them
  std::string volume_trouble;             // why it does not give or take the agent's file
  std::string rdb_trouble;                // why Redis's own cannot be read
  role derived = role::replica;
  std::string primary_name;
  std::string lock_holder;   // "POD in term N", "" until it is known
  std::string lock_word;     // why this pod does not take it, with its evidence
  std::string lock_trouble;  // why the API server does not give it
  std::string route_trouble;
  std::string lost;  // what has become of what the holder of the lock does not carry
  std::string password_trouble;
  std::string passwords;  // which is used, presented and accepted, by tags; "" if none is rotated
  std::string move;       // what has become of the last one that was wanted
};

journal_view view(const memory& m, const settings& s, instant now);

// `s` names the servers. No change, no line.
std::vector<log_line> describe_changes(const journal_view& before, const journal_view& after,
                                       const settings& s);

}  // namespace redis_agent::core
