#include "wire/volume_json.hpp"

#include "wire/json_fields.hpp"

namespace redis_agent::wire {

std::string render_volume_memory(const core::volume_memory& remembered) {
  return json::serialize(json::object{{"cluster_id", remembered.cluster_id},
                                      {"run_id", remembered.run_id},
                                      {"history", render_lineage(remembered.history)},
                                      {"keys", remembered.keys},
                                      {"replicas", remembered.replicas},
                                      {"is_copying", remembered.is_copying},
                                      {"ended_cleanly", remembered.ended_cleanly}}) +
         "\n";
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
  return read;
}

}  // namespace redis_agent::wire
