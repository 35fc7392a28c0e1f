#include "core/server/rdb_header.hpp"

#include "core/base/units.hpp"

namespace redis_agent::core {
namespace {

constexpr std::size_t short_id = 8;  // enough to tell two histories apart

std::string describe_contents(const std::optional<std::int64_t>& keys) {
  if (!keys) return "an unknown number of keys";
  return *keys == 0 ? "no keys" : "at least " + describe_keys(*keys);
}

}  // namespace

std::string describe(const rdb_header& header) {
  std::string text = describe_contents(header.keys);
  if (header.has_functions) text += " and functions";
  if (header.saved_at) text += ", saved " + describe_utc(*header.saved_at);
  if (header.replid.empty()) return text;
  text += ", of history " + header.replid.substr(0, short_id);
  return header.offset < 0 ? text : text + " at offset " + std::to_string(header.offset);
}

}  // namespace redis_agent::core
