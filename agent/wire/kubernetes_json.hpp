// What the objects of Kubernetes have in common: metadata, and annotations of ours in it. What is
// read was written by anybody who may: it has limits. For wire/'s own files only.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace redis_agent::wire {

namespace json = boost::json;

inline constexpr std::size_t object_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t text_bytes_max = 1024;  // of one field that the agent reads

// With metadata that has a resourceVersion. The failure says what it is instead.
core::result<json::object> parse_kubernetes_object(std::string_view body, std::string_view kind);

const json::object& metadata_of(const json::object& object);

// An object without fields where there is none of that name.
const json::object& object_at(const json::object& object, json::string_view name);

// Makes it where there is none.
json::object& make_object_at(json::object& object, json::string_view name);

// A text of one line: "" where the field is absent or null, nothing where it is of another kind,
// absurdly long, or has control characters in it.
std::optional<std::string> one_line_at(const json::object& object, json::string_view name);

// A whole number from 0 on in its decimal form: nothing where it is anything else.
std::optional<std::int64_t> parse_count(std::string_view text);

}  // namespace redis_agent::wire
