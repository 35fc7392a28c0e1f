// Bytes that must not reach argv, logs, metrics or pages. There is no stream operator and no
// conversion: who wants the bytes says reveal(), and a reviewer can find each such place. They are
// wiped when their owner ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.hpp"

namespace redis_agent::core {

class secret {
 public:
  secret() = default;
  explicit secret(std::string bytes) : bytes_(std::move(bytes)) {}
  secret(const secret&) = default;
  secret(secret&& other) noexcept { std::swap(bytes_, other.bytes_); }
  secret& operator=(secret other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~secret();

  bool empty() const { return bytes_.empty(); }
  std::string_view reveal() const { return bytes_; }

  friend bool operator==(const secret&, const secret&) = default;

 private:
  std::string bytes_;
};

inline constexpr std::size_t password_bytes_max = 512;  // CONFIG_AUTHPASS_MAX_LEN of Redis 5

// Redis reads a password from a line of its configuration, and many a client has it in a C string:
// NUL and newline are refused. One trailing newline is what editors and `echo` leave in a file: it
// is dropped; every other byte is kept. Empty is refused: for Redis it means "no password". So is
// what no old server would take. `source` names the file or variable in the failure.
result<secret> accept_password(std::string bytes, std::string_view source);

// What an editor may have left in an accepted password, which is taken for a part of it all the
// same: "begins with a byte order mark, ends with a carriage return". "" if there is nothing.
std::string describe_leftovers(const secret& password);

}  // namespace redis_agent::core
