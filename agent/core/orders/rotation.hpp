// How a password gives way to the next one on running servers: accept first, use later, drop last.
// Facts in, orders out. A link never breaks, since at each moment the primary takes what each
// replica presents; no client is refused that knows a password which the files name.
//
//   accept  the server takes what the files name, and what they named, until that is dropped
//   use     masterauth becomes the file's once the server that is followed takes it
//   drop    once the overlap is over and no pod presents it: the primary first, then the replicas
//
// Each step is judged by what the servers show at this moment: whoever looks next goes on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/configuration/conf_passwords.hpp"
#include "core/memory/memory.hpp"
#include "core/orders/remedy.hpp"

namespace redis_agent::core {

struct rotation_facts {
  bool is_rotated = false;
  std::string user = "default";
  duration overlap{};
  password_memory seen{};          // without the link's password where that is of another user
  std::string links_other_user{};  // that user; "": the link presents the rotated one
  bool is_primary = false;         // serves as one
  bool follows = false;            // a server that answers
  std::vector<std::string> taken_by_followed{};  // SHA-256
  std::optional<password_tags> primary_says{};   // its agent; of the server that is followed
  struct pod {
    std::string name;
    std::optional<password_tags> says{};                 // nullopt: its agent does not
    std::optional<std::vector<std::string>> accepted{};  // by its server; nullopt: unknown
    bool is_the_primary = false;                         // who is followed, and has no name here
    bool is_gone = false;                                // DNS does not list it
  };
  std::vector<pod> others{};
  bool knows_all_pods = false;
};

rotation_facts assess_rotation(const memory& m, const settings& s, instant now);

std::vector<order> choose_for_passwords(const rotation_facts& facts, instant now);

// What need not be accepted any more. The word is kept, so that no later doubt brings it back.
std::vector<std::string> to_be_released(const rotation_facts& facts, instant now);

// The primary takes the file's password, or does not: nobody says so, and it is to be known.
std::optional<endpoint> primary_to_be_tried(const memory& m, const settings& s);

// For a server that starts with the file.
passwords_in_file choose_for_file(const rotation_facts& facts);

// What other agents may know.
password_tags tell_tags(const rotation_facts& facts);

// "uses 3fa2, accepts 3fa2 and 9bc1 until ..."; "" where nothing is under way and all is changed.
std::string describe_rotation(const rotation_facts& facts, instant now);

// One word of five for a metric: what is under way.
enum class rotation_phase { unknown, settled, accepting, using_next, dropping };
inline constexpr std::size_t rotation_phases = 5;
std::string_view to_text(rotation_phase phase);
rotation_phase phase_of(const rotation_facts& facts);

}  // namespace redis_agent::core
