// Fields of a JSON object as values: one that is missing or of another kind is unknown, never a
// fault. For wire/'s own files only.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/memory/lineage.hpp"
#include "core/memory/volume_memory.hpp"

namespace redis_agent::wire {

namespace json = boost::json;

std::string text_at(const json::object& object, json::string_view name);
std::optional<std::string> text_if_known(const json::object& object, json::string_view name);
std::optional<std::int64_t> integer_at(const json::object& object, json::string_view name);
std::optional<bool> truth_at(const json::object& object, json::string_view name);
std::optional<double> number_at(const json::object& object, json::string_view name);
std::optional<double> number_in(const json::value& value);
std::vector<std::string> texts_at(const json::object& object, json::string_view name);

json::object render_lineage(const core::lineage& history);
core::lineage lineage_at(const json::object& object, json::string_view name);

json::object render_noted(const core::noted_offset& noted);
std::optional<core::noted_offset> noted_at(const json::object& object, json::string_view name);

json::object render_opened(const core::opening_count& opened);
std::optional<core::opening_count> opened_at(const json::object& object, json::string_view name);

json::array render_pods(const std::vector<core::remembered_pod>& pods);
std::vector<core::remembered_pod> pods_at(const json::object& object, json::string_view name);

}  // namespace redis_agent::wire
