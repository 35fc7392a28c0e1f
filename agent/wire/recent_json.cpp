#include "wire/recent_json.hpp"

#include <cmath>

#include "wire/json_fields.hpp"

namespace redis_agent::wire {
namespace {

constexpr std::size_t fields_max = 12;
// What an agent cuts a text to, and the sign that it did.
constexpr std::size_t text_max = core::event_text_max + 8;

// Milliseconds are exact enough, and short. A number that another pod has made up stays finite: no
// JSON has infinity.
double rounded(double seconds) {
  const double milliseconds = std::round(seconds * 1000);
  return std::isfinite(milliseconds) ? milliseconds / 1000 : seconds;
}

const json::array* array_at(const json::object& object, json::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_array() ? &found->get_array() : nullptr;
}

core::told_event read_event(const json::object& object) {
  core::told_event read{number_at(object, "age_seconds").value_or(0),
                        text_at(object, "level").substr(0, text_max),
                        text_at(object, "message").substr(0, text_max)};
  const json::value* const fields = object.if_contains("fields");
  if (fields == nullptr || !fields->is_object()) return read;
  for (const auto& field : fields->get_object()) {
    if (read.fields.size() == fields_max) break;
    if (!field.value().is_string()) continue;
    const std::string value(field.value().get_string());
    read.fields.emplace_back(std::string(field.key()).substr(0, text_max),
                             value.substr(0, text_max));
  }
  return read;
}

json::object render_event(const core::told_event& event) {
  json::object fields;
  for (const auto& [name, value] : event.fields) fields[name] = value;
  return {{"age_seconds", rounded(event.age_seconds)},
          {"level", event.level},
          {"message", event.message},
          {"fields", std::move(fields)}};
}

}  // namespace

json::object render_recent(const core::recent_report& recent) {
  json::array bytes;
  for (const auto& known : recent.lag_bytes) {
    bytes.push_back(known ? json::value(*known) : json::value());
  }
  json::array seconds;
  for (const auto& known : recent.lag_seconds) {
    seconds.push_back(known ? json::value(rounded(*known)) : json::value());
  }
  json::array events;
  for (const core::told_event& event : recent.events) events.push_back(render_event(event));
  return {{"step_seconds", recent.step_seconds},
          {"age_seconds", rounded(recent.age_seconds)},
          {"lag_bytes", std::move(bytes)},
          {"lag_seconds", std::move(seconds)},
          {"events", std::move(events)}};
}

std::optional<core::recent_report> recent_at(const json::object& object, json::string_view name) {
  const json::value* const found = object.if_contains(name);
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const json::object& told = found->get_object();
  core::recent_report read{number_at(told, "step_seconds").value_or(0),
                           number_at(told, "age_seconds").value_or(0)};
  if (const json::array* const bytes = array_at(told, "lag_bytes")) {
    for (const json::value& value : *bytes) {
      if (read.lag_bytes.size() == core::samples_max) break;
      read.lag_bytes.push_back(value.is_int64() ? std::optional(value.get_int64()) : std::nullopt);
    }
  }
  if (const json::array* const seconds = array_at(told, "lag_seconds")) {
    for (const json::value& value : *seconds) {
      if (read.lag_seconds.size() == core::samples_max) break;
      read.lag_seconds.push_back(number_in(value));
    }
  }
  if (const json::array* const events = array_at(told, "events")) {
    for (const json::value& value : *events) {
      if (read.events.size() == core::events_max) break;
      if (value.is_object()) read.events.push_back(read_event(value.get_object()));
    }
  }
  return read;
}

}  // namespace redis_agent::wire
