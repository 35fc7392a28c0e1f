// Whose data a person keeps where only a person can decide (`redis-agent resolve --keep`).
#pragma once

#include <optional>
#include <string_view>

namespace redis_agent::core {

enum class keeping { undecided, mine, theirs };

constexpr std::string_view to_text(keeping kept) {
  switch (kept) {
    case keeping::undecided: return "";
    case keeping::mine: return "mine";
    case keeping::theirs: return "theirs";
  }
  return "";
}

constexpr std::optional<keeping> parse_keeping(std::string_view text) {
  if (text == "mine") return keeping::mine;
  return text == "theirs" ? std::optional(keeping::theirs) : std::nullopt;
}

}  // namespace redis_agent::core
