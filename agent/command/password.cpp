#include "command/password.hpp"

#include <cerrno>
#include <cstdlib>
#include <string.h>  // explicit_bzero
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "io/atomic_file.hpp"

namespace redis_agent::command {
namespace {

// nullopt: there is none, or nothing is in it.
core::result<std::optional<core::known_password>> read_other(const std::string& path) {
  struct stat status {};
  const bool is_absent = path.empty() || (stat(path.c_str(), &status) != 0 && errno == ENOENT);
  if (is_absent) return std::optional<core::known_password>();
  auto bytes = io::read_file(path, password_bytes_max);
  if (!bytes) return core::failure{"--password-also-file: " + bytes.error().text};
  if (bytes->empty() || *bytes == "\n") return std::optional<core::known_password>();
  auto accepted = core::accept_password(std::move(*bytes), "--password-also-file=" + path);
  if (!accepted) return accepted.error();
  return std::optional(core::know(std::move(*accepted)));
}

}  // namespace

void keep_memory_private() {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

password_source::password_source(const core::settings& s)
    : file_(s.password_file), also_file_(s.password_also_file) {
  const std::string name(core::password_variable);
  char* const value = std::getenv(name.c_str());
  if (value == nullptr) return;
  from_environment_ = core::secret(value);
  explicit_bzero(value, strlen(value));  // /proc/<pid>/environ shows this very memory
  unsetenv(name.c_str());
}

std::string password_source::name() const {
  return from_environment_ ? std::string(core::password_variable) : "--password-file=" + file_;
}

core::result<core::secret> password_source::read() {
  failed_to_read_ = false;
  if (!file_.empty() && from_environment_) {
    return core::failure{"--password-file=" + file_ + ": " + std::string(core::password_variable) +
                         " is set too; expected one of them"};
  }
  if (from_environment_) {
    return core::accept_password(std::string(from_environment_->reveal()), core::password_variable);
  }
  if (file_.empty()) return core::secret();
  auto bytes = io::read_file(file_, password_bytes_max);
  if (!bytes) {
    failed_to_read_ = true;
    return core::failure{"--password-file: " + bytes.error().text};
  }
  return core::accept_password(std::move(*bytes), "--password-file=" + file_);
}

// A Secret's files change in one step, between any two reads: the same before and after is one
// state.
core::passwords_read password_source::read_all() {
  constexpr int tries = 5;
  for (int i = 0; i < tries; ++i) {
    auto before = read();
    auto other = read_other(also_file_);
    auto after = read();
    if (!before || !after) return {.trouble = (before ? after : before).error().text};
    if (!other) return {.trouble = other.error().text};
    if (before->reveal() != after->reveal()) continue;
    core::passwords_read found{core::know(std::move(*after)), std::move(*other)};
    if (found.also && found.also->hash == found.use.hash) found.also.reset();
    return found;
  }
  return {.trouble = "--password-file=" + file_ + ": changes whenever it is read"};
}

}  // namespace redis_agent::command
