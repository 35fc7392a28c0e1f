#include "wire/volume_json.hpp"

#include "wire/json_fields.hpp"

namespace redis_agent::wire {
namespace {

std::optional<core::end_proof> last_end_at(const json::object& object) {
  const json::value* const found = object.if_contains("last_end");
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const json::object& end = found->get_object();
  return core::end_proof{text_at(end, "run_id"), integer_at(end, "offset").value_or(0),
                         integer_at(end, "replicas").value_or(0),
                         integer_at(end, "acknowledged").value_or(0),
                         integer_at(end, "unacknowledged_bytes").value_or(0)};
}

}  // namespace

std::string render_volume_memory(const core::volume_memory& remembered) {
  json::object object{{"cluster_id", remembered.cluster_id},
                      {"run_id", remembered.run_id},
                      {"history", render_lineage(remembered.history)},
                      {"keys", remembered.keys},
                      {"replicas", remembered.replicas},
                      {"is_copying", remembered.is_copying},
                      {"ended_cleanly", remembered.ended_cleanly}};
  if (const auto& end = remembered.last_end) {
    object["last_end"] = json::object{{"run_id", end->run_id},
                                      {"offset", end->offset},
                                      {"replicas", end->replicas},
                                      {"acknowledged", end->acknowledged},
                                      {"unacknowledged_bytes", end->unacknowledged_bytes}};
  }
  return json::serialize(object) + "\n";
}

core::result<core::volume_memory> parse_volume_memory(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !parsed.is_object()) return core::failure{"is no JSON object"};
  const json::object& object = parsed.get_object();
  core::volume_memory read;
  read.history = lineage_at(object, "history");
  const auto keys = integer_at(object, "keys");
  const auto replicas = integer_at(object, "replicas");
  const auto is_copying = truth_at(object, "is_copying");
  const auto ended_cleanly = truth_at(object, "ended_cleanly");
  if (!keys || !replicas || !is_copying || !ended_cleanly) {
    return core::failure{"lacks keys, replicas, is_copying or ended_cleanly"};
  }
  read.cluster_id = text_at(object, "cluster_id");
  read.run_id = text_at(object, "run_id");
  read.keys = *keys;
  read.replicas = *replicas;
  read.is_copying = *is_copying;
  read.ended_cleanly = *ended_cleanly;
  read.last_end = last_end_at(object);
  return read;
}

}  // namespace redis_agent::wire
