#include "wire/service_json.hpp"

#include "wire/json_fields.hpp"
#include "wire/kubernetes_json.hpp"

namespace redis_agent::wire {
namespace {

constexpr const char* term = "redis-agent.io/term";
constexpr const char* holder = "redis-agent.io/holder";

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

core::result<core::service_route> parse_service(std::string_view body) {
  const auto object = parse_kubernetes_object(body, "Service");
  if (!object) return object.error();
  core::service_route read;
  read.version = one_line_at(metadata_of(*object), "resourceVersion").value_or("");
  for (const auto& [label, value] : object_at(object_at(*object, "spec"), "selector")) {
    if (!value.is_string()) return core::failure{"is no Service: its selector is unreadable"};
    read.selector.emplace(label, value.get_string());
  }
  const json::object& annotations = object_at(metadata_of(*object), "annotations");
  read.term = parse_count(text_at(annotations, term)).value_or(0);
  read.holder = one_line_at(annotations, holder).value_or("");
  return read;
}

std::string render_service_patch(const core::service_route& read, const route_target& to) {
  json::object selector;
  for (const auto& [label, value] : read.selector) selector[label] = nullptr;
  selector[view(core::pod_name_label)] = to.pod;
  return json::serialize(
      json::object{{"metadata",
                    {{"resourceVersion", read.version},
                     {"annotations", {{term, std::to_string(to.term)}, {holder, to.holder}}}}},
                   {"spec", {{"selector", std::move(selector)}}}});
}

}  // namespace redis_agent::wire
