// The password of the server: from --password-file, else from REDIS_AGENT_PASSWORD, else none.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/password_memory.hpp"

namespace redis_agent::command {

// Keeps core dumps and other processes of the same user away from this process's memory
// (prctl(2), PR_SET_DUMPABLE).
void keep_memory_private();

inline constexpr std::size_t password_bytes_max = std::size_t{64} * 1024;  // of its file

class password_source {
 public:
  // Moves the variable's value out of the process's environment.
  explicit password_source(const core::settings& s);

  // Reads the file each time, since a mounted Secret changes in place. Empty: no password.
  core::result<core::secret> read();

  // That one, and the one of --password-also-file: as one step, if both change in one.
  core::passwords_read read_all();

  // What a warning calls it: the flag or the variable.
  std::string name() const;

  // Of the last failed read(): the file could not be read, rather than has a wrong content.
  bool failed_to_read() const { return failed_to_read_; }

 private:
  std::string file_;
  std::string also_file_;
  std::optional<core::secret> from_environment_;
  bool failed_to_read_ = false;
};

}  // namespace redis_agent::command
