#include "wire/quoted_error.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace redis_agent::wire {
namespace {

// The first word that is secret, if there is one.
std::size_t secret_from(const command& sent) {
  const auto is = [&](std::size_t i, std::string_view word) {
    return i < sent.size() && core::to_lower(sent[i]) == word;
  };
  if (is(0, "auth")) return 1;
  if (is(0, "acl") && is(1, "setuser")) return 3;
  if (is(0, "config") && is(1, "set") && (is(2, "masterauth") || is(2, "requirepass"))) return 3;
  return sent.size();
}

bool begins_quotation(std::string_view text, std::size_t at) {
  const auto before = at == 0 ? ' ' : text[at - 1];
  const bool is_within_a_word =
      (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z');
  return !is_within_a_word;
}

}  // namespace

quotable quotable_of(std::span<const command> sent) {
  quotable of;
  for (const command& one : sent) {
    const std::size_t end = std::min(secret_from(one), one.size());
    of.is_limited = of.is_limited || end < one.size();
    for (std::size_t i = 0; i < end; ++i) of.words.insert(core::to_lower(one[i]));
    if (end > 1) of.words.insert(core::to_lower(one[0] + "|" + one[1]));
  }
  return of;
}

quotable quotable_of_auth() { return {true, {"auth"}}; }

std::string show_error(std::string_view error, const quotable& of) {
  if (!of.is_limited) return std::string(error);
  std::size_t at = 0;
  while ((at = error.find_first_of("'\"`", at)) != std::string_view::npos) {
    if (!begins_quotation(error, at)) {
      ++at;
      continue;
    }
    const auto end = error.find(error[at], at + 1);
    const bool is_harmless = end != std::string_view::npos &&
                             of.words.contains(core::to_lower(error.substr(at + 1, end - at - 1)));
    if (!is_harmless) return std::string(error.substr(0, at)) + "...";
    at = end + 1;
  }
  return std::string(error);
}

}  // namespace redis_agent::wire
