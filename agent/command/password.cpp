#include "command/password.hpp"

#include <cstdlib>
#include <string.h>  // explicit_bzero
#include <sys/prctl.h>
#include <sys/resource.h>

#include "io/atomic_file.hpp"

namespace redis_agent::command {
void keep_memory_private() {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

password_source::password_source(const core::settings& s) : file_(s.password_file) {
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

}  // namespace redis_agent::command
