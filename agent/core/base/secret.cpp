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

std::string describe_leftovers(const secret& password) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  std::string_view bytes = password.reveal();
  std::string found;
  const auto add = [&](std::string_view what) {
    found += (found.empty() ? "" : ", ") + std::string(what);
  };
  if (bytes.starts_with(byte_order_mark)) {
    add("begins with a byte order mark");
    bytes.remove_prefix(byte_order_mark.size());
  }
  if (!bytes.empty() && is_blank(bytes.front())) add("begins with a blank");
  if (!bytes.empty() && bytes.back() == '\r') {
    add("ends with a carriage return");
    bytes.remove_suffix(1);
  }
  if (!bytes.empty() && is_blank(bytes.back())) add("ends with a blank");
  return found;
}

}  // namespace redis_agent::core
