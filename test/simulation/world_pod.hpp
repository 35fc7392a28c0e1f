// One pod of a simulated world: its volume, its two containers, and what is to become of them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/configuration/settings.hpp"
#include "redis_model.hpp"
#include "simulated_agent.hpp"

namespace redis_agent::simulation {

// Tells, mostly, whether a dataset has only grown.
struct outline {
  std::size_t size = 0;
  int first = 0;
  int last = 0;
  std::size_t functions = 0;

  bool is_part_of(const dataset& d) const {
    if (d.functions().size() < functions) return false;
    if (size == 0) return true;
    return d.size() >= size && d.numbers()[size - 1] == last && d.numbers().front() == first;
  }
  bool is_of(const dataset& d) const {
    return d.size() == size && d.functions().size() == functions && is_part_of(d);
  }
};

inline outline outline_of(const dataset& d) {
  if (d.empty()) return {0, 0, 0, d.functions().size()};
  return {d.size(), d.numbers().front(), d.numbers().back(), d.functions().size()};
}

// The kubelet has called its hook.
struct planned_end {
  duration until_back{};
  int how = 0;  // of the fault
  bool is_announced = false;
};

// What a person does, by the pod's agent: a poll, and what is asked for less often.
inline constexpr duration noticed_within = 1500ms;

struct simulated_pod {
  int number = 0;
  int index = 0;  // of its name
  std::string name;
  std::string address;  // "" while it does not exist
  core::settings settings;
  volume files;
  volume kept_files;
  int volume_number = 0;
  std::unique_ptr<redis_model> server;
  std::unique_ptr<simulated_agent> agent;
  bool agent_is_paused = false;
  instant agent_paused_at{};
  bool empties_at_start = false;
  bool cuts_aof_at_start = false;
  bool restores_at_start = false;
  bool promotes_at_start = false;
  bool is_forced_out = false;  // another pod has its name
  bool is_cut_off = false;     // from all, and from DNS
  int restarts_left = 0;       // of a crash loop
  duration life{};             // of each of its runs
  std::optional<duration> load_time;
  std::optional<instant> server_starts_at;
  std::optional<instant> agent_starts_at;
  std::optional<instant> server_goes_on_at;
  std::optional<instant> agent_goes_on_at;
  std::optional<instant> comes_back_at;
  std::optional<instant> ends_at;
  std::optional<instant> serves_since;
  std::optional<planned_end> ends;

  // What the checks keep.
  bool began_unknown = false;  // from an AOF, with nothing that says what that is, or unseen before
  std::string run_before;      // of its server
  bool is_listed_as_ready = false;
  bool takes_writes = false;
  bool opened_alone = false;  // empty, where neither DNS nor its volume told of anybody
  bool is_promoted_by_hand = false;
  instant promoted_at{};
  std::optional<instant> is_promoted_at;  // by a person, who has had it copy a stranger
  instant written_to_until{};             // by that person
  instant led_astray_at{};                // told by hand to follow a stranger
  instant takes_writes_since;
  // By the agent of the primary, in the present run of the primary's server.
  std::optional<instant> asked_since;
  std::optional<instant> asked_last;
  bool was_asked_enough = false;
  outline seen;       // by the one that counts what replicas have had
  outline held;       // by its server
  outline held_file;  // by its volume
  std::optional<instant> empty_and_ready_since;
  std::optional<instant> strange_since;
  std::optional<instant> elsewhere_since;
  std::optional<instant> behind_since;
  std::size_t keys_before = 0;
};

}  // namespace redis_agent::simulation
