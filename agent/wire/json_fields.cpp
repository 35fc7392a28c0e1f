#include "wire/json_fields.hpp"

#include <algorithm>
#include <cmath>

namespace redis_agent::wire {

std::string text_at(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::string> text_if_known(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::int64_t> integer_at(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<bool> truth_at(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

std::optional<double> number_in(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  boost::system::error_code inexact;
  const auto number = value.to_number<double>(inexact);
  // 1e999 is JSON, and infinity is not: it must not be passed on.
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<double> number_at(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? std::nullopt : number_in(*value);
}

std::vector<std::string> texts_at(const json::object& object, json::string_view name) {
  std::vector<std::string> list;
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return list;
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) list.emplace_back(item.get_string());
  }
  return list;
}

// No stream has an offset before its beginning.
std::int64_t offset_at(const json::object& object, json::string_view name, std::int64_t least) {
  return std::max(integer_at(object, name).value_or(least), least);
}

json::object render_lineage(const core::lineage& history) {
  json::array ancestors;
  for (const core::ancestor& a : history.ancestors) {
    json::object stream{{"id", a.id}, {"end", a.end}, {"begin", a.begin}};
    if (a.reach >= 0) stream["reach"] = a.reach;
    if (a.is_absorbed) stream["is_absorbed"] = true;
    ancestors.emplace_back(std::move(stream));
  }
  json::object told{{"id", history.id},
                    {"offset", history.offset},
                    {"begin", history.begin},
                    {"is_estimate", history.is_estimate},
                    {"ancestors", std::move(ancestors)}};
  if (history.is_stale) told["is_stale"] = true;
  if (history.may_be_remade) told["may_be_remade"] = true;
  return told;
}

core::lineage lineage_at(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_object()) return {};
  const json::object& history = value->get_object();
  core::lineage read{text_at(history, "id"), offset_at(history, "offset", 0)};
  read.begin = offset_at(history, "begin", -1);
  read.is_estimate = truth_at(history, "is_estimate").value_or(false);
  read.is_stale = truth_at(history, "is_stale").value_or(false);
  read.may_be_remade = truth_at(history, "may_be_remade").value_or(false);
  const json::value* ancestors = history.if_contains("ancestors");
  if (ancestors == nullptr || !ancestors->is_array()) return read;
  for (const json::value& item : ancestors->get_array()) {
    if (!item.is_object()) continue;
    const json::object& a = item.get_object();
    core::add_ancestor(read,
                       {text_at(a, "id"), offset_at(a, "end", 0), offset_at(a, "begin", -1),
                        offset_at(a, "reach", -1), truth_at(a, "is_absorbed").value_or(false)});
  }
  return read;
}

json::object render_noted(const core::noted_offset& noted) {
  return {{"pod", noted.pod},
          {"id", noted.id},
          {"offset", noted.offset},
          {"bounds_revision", noted.bounds_revision}};
}

std::optional<core::noted_offset> noted_at(const json::object& object, json::string_view name) {
  const json::value* const found = object.if_contains(name);
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const json::object& noted = found->get_object();
  return core::noted_offset{text_at(noted, "pod"), text_at(noted, "id"),
                            offset_at(noted, "offset", -1),
                            integer_at(noted, "bounds_revision").value_or(0)};
}

json::object render_opened(const core::opening_count& opened) {
  return {{"stream", opened.stream},
          {"keys", opened.keys},
          {"functions", opened.functions},
          {"revision", opened.revision}};
}

std::optional<core::opening_count> opened_at(const json::object& object, json::string_view name) {
  const json::value* const found = object.if_contains(name);
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const json::object& opened = found->get_object();
  return core::opening_count{text_at(opened, "stream"), integer_at(opened, "keys").value_or(0),
                             integer_at(opened, "functions").value_or(0),
                             integer_at(opened, "revision").value_or(-1)};
}

json::array render_pods(const std::vector<core::remembered_pod>& pods) {
  json::array array;
  for (const core::remembered_pod& pod : pods) {
    json::object one{{"name", pod.name},
                     {"history_id", pod.history_id},
                     {"offset", pod.offset},
                     {"keys", pod.keys}};
    if (pod.bound >= 0) {
      one["bound_id"] = pod.bound_id;
      one["bound"] = pod.bound;
      one["bound_is_inherited"] = pod.bound_is_inherited;
      one["bound_revision"] = pod.bound_revision;
    }
    if (pod.has_untold_aof) one["has_untold_aof"] = true;
    array.emplace_back(std::move(one));
  }
  return array;
}

std::vector<core::remembered_pod> pods_at(const json::object& object, json::string_view name) {
  std::vector<core::remembered_pod> pods;
  const json::value* const found = object.if_contains(name);
  if (found == nullptr || !found->is_array()) return pods;
  for (const json::value& item : found->get_array()) {
    if (!item.is_object()) continue;
    const json::object& pod = item.get_object();
    core::remembered_pod read{text_at(pod, "name"),
                              text_at(pod, "history_id"),
                              integer_at(pod, "offset").value_or(0),
                              integer_at(pod, "keys").value_or(0),
                              text_at(pod, "bound_id"),
                              offset_at(pod, "bound", -1),
                              truth_at(pod, "bound_is_inherited").value_or(false),
                              integer_at(pod, "bound_revision").value_or(0),
                              truth_at(pod, "has_untold_aof").value_or(false)};
    if (!read.name.empty()) pods.push_back(std::move(read));
  }
  return pods;
}

}  // namespace redis_agent::wire
