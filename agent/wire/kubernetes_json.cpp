#include "wire/kubernetes_json.hpp"

#include <algorithm>
#include <charconv>

namespace redis_agent::wire {
namespace {

bool has_control_characters(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::any_of(text.begin(), text.end(), is_control);
}

}  // namespace

core::result<json::object> parse_kubernetes_object(std::string_view body, std::string_view kind) {
  const std::string wanted = "is no " + std::string(kind) + " of Kubernetes: ";
  if (body.size() > object_bytes_max) {
    return core::failure{wanted + "it has " + std::to_string(body.size()) +
                         " bytes, expected at most " + std::to_string(object_bytes_max)};
  }
  boost::system::error_code error;
  json::value parsed = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !parsed.is_object()) return core::failure{wanted + "it is no JSON object"};
  json::object object = std::move(parsed.get_object());
  if (one_line_at(object, "kind") != std::string(kind)) {
    return core::failure{wanted + "its kind is another"};
  }
  const auto version = one_line_at(metadata_of(object), "resourceVersion");
  if (!version || version->empty()) return core::failure{wanted + "it has no resourceVersion"};
  return object;
}

const json::object& metadata_of(const json::object& object) {
  return object_at(object, "metadata");
}

const json::object& object_at(const json::object& object, json::string_view name) {
  static const json::object none;
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_object() ? found->get_object() : none;
}

json::object& make_object_at(json::object& object, json::string_view name) {
  json::value& found = object[name];
  return found.is_object() ? found.get_object() : found.emplace_object();
}

std::optional<std::string> one_line_at(const json::object& object, json::string_view name) {
  const json::value* const found = object.if_contains(name);
  if (found == nullptr || found->is_null()) return std::string();
  if (!found->is_string()) return std::nullopt;
  const std::string_view text(found->get_string().data(), found->get_string().size());
  if (text.size() > text_bytes_max || has_control_characters(text)) return std::nullopt;
  return std::string(text);
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace redis_agent::wire
