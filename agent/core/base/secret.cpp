#include "core/base/secret.hpp"

#include <string.h>  // explicit_bzero

namespace redis_agent::core {

secret::~secret() { explicit_bzero(bytes_.data(), bytes_.size()); }

result<secret> accept_password(std::string bytes, std::string_view source) {
  secret accepted(std::move(bytes));
  std::string_view password = accepted.reveal();
  const bool has_end = !password.empty() && password.back() == '\n';
  if (has_end) password.remove_suffix(1);
  const auto refuse = [&](const std::string& why) {
    return failure{"the password of " + std::string(source) + " " + why};
  };
  if (password.empty()) return refuse("is empty: Redis would take that for no password at all");
  if (password.size() > password_bytes_max) {
    return refuse("has " + std::to_string(password.size()) + " bytes: expected at most " +
                  std::to_string(password_bytes_max));
  }
  if (password.find('\0') != std::string_view::npos) {
    return refuse("has a NUL byte, which no client can send");
  }
  if (password.find('\n') != std::string_view::npos) {
    return refuse("has a newline inside: expected one line");
  }
  if (has_end) accepted = secret(std::string(password));
  return accepted;
}

}  // namespace redis_agent::core
