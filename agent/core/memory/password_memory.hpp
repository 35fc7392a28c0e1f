// What the agent has seen of the passwords while it rotates them (--password-rotation): what the
// files say, what they said before and is not dropped yet, what the servers take and present. Which
// order follows is rotation.hpp's business.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/known_password.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace redis_agent::core {

// What a server told: ACL GETUSER, or requirepass before 6.0; masterauth and masteruser.
struct password_report {
  std::optional<std::vector<std::string>> accepted{};  // SHA-256; nullopt: it may not be asked
  bool takes_any = false;                              // nopass
  bool knows_users = true;                             // 6.0 and later
  std::optional<std::string> link{};                   // SHA-256 of masterauth, "" for none
  std::string links_user{};                            // masteruser, "" for the default user
};

// What pods tell each other: tags alone.
struct password_tags {
  std::string use{};                    // of --password-file,
  std::string also{};                   // and of --password-also-file
  std::string link{};                   // that its server presents to its primary
  std::vector<std::string> accepted{};  // by its server, also after a restart

  friend bool operator==(const password_tags&, const password_tags&) = default;
};

// One that the files do not name any more.
struct kept_password {
  known_password what;
  instant since{};
  bool was_used = false;     // clients were to log in with it: they have the overlap to follow
  bool is_released = false;  // for good: it is to be dropped
};

// On the volume, so that a pod that is made anew goes on taking what it took: hashes alone.
struct password_record {
  std::string use{};
  std::string also{};
  struct kept {
    std::string hash{};
    bool was_used = false;
    bool is_released = false;
    friend bool operator==(const kept&, const kept&) = default;
  };
  std::vector<kept> others{};

  friend bool operator==(const password_record&, const password_record&) = default;
};

inline constexpr const char* password_record_file = "redis-agent.passwords";

// What has come of writing it so far.
struct record_writing {
  std::optional<password_record> written{};
  unsigned refusals = 0;  // in a row
  instant refused_at{};
};

void take_outcome(record_writing& so_far, const password_record& record, bool is_done, instant now);

// At once after a change; to a volume that refuses it more and more seldom.
bool is_to_be_written(const record_writing& so_far, const password_record& record, instant now);

std::string render(const password_record& record);
result<password_record> parse_password_record(std::string_view text);

// What the files say now. In what is broken at this moment the last good one counts.
struct passwords_read {
  known_password use{};
  std::optional<known_password> also{};
  std::string trouble{};  // "" if there is none
};

// What was there when this agent began: the volume's record, and the passwords that stand in clear
// in the memory-backed folder.
struct passwords_recalled {
  password_record record{};
  std::vector<known_password> in_clear{};
};

// The passwords of the files, tried at the primary as its replica would log in.
struct primary_passwords_tried {
  std::vector<std::string> taken{};  // SHA-256
};

struct password_released {
  std::string hash{};
};

struct password_memory {
  bool is_rotated = false;
  known_password use{};
  std::optional<known_password> also{};
  std::vector<kept_password> kept{};
  std::optional<instant> changed_at{};  // in the life of this agent
  bool is_recalled = false;
  std::string trouble{};  // of the files

  std::optional<password_report> own{};         // of the local server
  std::optional<password_report> primarys{};    // asked with the agent's rights there
  std::vector<std::string> taken_by_primary{};  // as tried, where it may not be asked
  std::string tried_run{};
  std::optional<password_tags> primary_says{};
  std::string primary_says_of{};  // its server's run
};

void take(password_memory& p, const passwords_read& read, instant now);
void take(password_memory& p, const passwords_recalled& recalled, instant now);
void take(password_memory& p, const password_released& released);
void take_own(password_memory& p, const password_report& report);

// In the order in which they are tried: what the files say, and what they said.
std::vector<known_password> logins_of(const password_memory& p);

password_record record_of(const password_memory& p);

}  // namespace redis_agent::core
