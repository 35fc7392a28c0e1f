#include "wire/volume_json.hpp"

#include <algorithm>
#include <array>

#include "wire/json_fields.hpp"

namespace redis_agent::wire {
namespace {

// 1 had none, nor pods, aof_offset and dismissed_rdb.
constexpr int format = 2;

std::optional<core::end_proof> last_end_at(const json::object& object) {
  const json::value* const found = object.if_contains("last_end");
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const json::object& end = found->get_object();
  return core::end_proof{text_at(end, "run_id"), integer_at(end, "offset").value_or(0),
                         integer_at(end, "replicas").value_or(0),
                         integer_at(end, "acknowledged").value_or(0),
                         integer_at(end, "unacknowledged_bytes").value_or(0)};
}

core::rdb_header rdb_header_at(const json::object& header) {
  core::rdb_header read{text_at(header, "replid"), integer_at(header, "offset").value_or(-1),
                        integer_at(header, "saved_at"), integer_at(header, "keys")};
  read.expiring_keys = integer_at(header, "expiring_keys").value_or(0);
  read.has_functions = truth_at(header, "has_functions").value_or(false);
  return read;
}

json::object render_rdb_header(const core::rdb_header& header) {
  json::object object{{"replid", header.replid},
                      {"offset", header.offset},
                      {"expiring_keys", header.expiring_keys},
                      {"has_functions", header.has_functions}};
  if (header.saved_at) object["saved_at"] = *header.saved_at;
  if (header.keys) object["keys"] = *header.keys;
  return object;
}

json::object render_last_end(const core::end_proof& end) {
  return {{"run_id", end.run_id},
          {"offset", end.offset},
          {"replicas", end.replicas},
          {"acknowledged", end.acknowledged},
          {"unacknowledged_bytes", end.unacknowledged_bytes}};
}

// What a later version of the agent has put there, and may look for when it is back.
std::string unknown_fields_of(const json::object& object) {
  constexpr std::array known = {
      "format",    "cluster_id", "run_id",          "history",    "keys",
      "replicas",  "is_copying", "ended_cleanly",   "aof_offset", "dismissed_rdb",
      "pods",      "last_end",   "aof_is_stale",    "gone_back",  "term",
      "noted",     "opened",     "bounds_revision", "aof_reach",  "aof_is_being_made",
      "functions", "aof_bytes",  "of_run"};
  json::object others;
  for (const auto& [name, value] : object) {
    if (std::find(known.begin(), known.end(), name) == known.end()) others[name] = value;
  }
  return others.empty() ? std::string() : json::serialize(others);
}

bool has_fields_of_its_run(const core::volume_memory& remembered) {
  return remembered.aof_bytes || remembered.aof_reach || remembered.opened;
}

// A version that does not know the run's field has carried it along into a run of its own: then
// nothing that it has noted of an AOF bounds that, and it wins by no number of keys.
void forget_fields_of_another_run(core::volume_memory& read, const json::object& object) {
  const std::string run = text_at(object, "of_run");
  if (run.empty() || run == read.run_id) return;
  read.aof_bytes.reset();
  read.aof_is_being_made = read.aof_is_being_made || read.aof_reach;
  read.opened.reset();
}

}  // namespace

std::string render_volume_memory(const core::volume_memory& remembered) {
  json::object object{{"format", format},
                      {"cluster_id", remembered.cluster_id},
                      {"run_id", remembered.run_id},
                      {"history", render_lineage(remembered.history)},
                      {"keys", remembered.keys},
                      {"replicas", remembered.replicas},
                      {"is_copying", remembered.is_copying},
                      {"ended_cleanly", remembered.ended_cleanly}};
  if (remembered.functions > 0) object["functions"] = remembered.functions;
  if (!remembered.pods.empty()) object["pods"] = render_pods(remembered.pods);
  if (remembered.aof_offset) object["aof_offset"] = *remembered.aof_offset;
  if (remembered.aof_bytes) object["aof_bytes"] = *remembered.aof_bytes;
  if (remembered.aof_is_stale) object["aof_is_stale"] = true;
  if (remembered.aof_reach) object["aof_reach"] = *remembered.aof_reach;
  if (remembered.aof_reach || remembered.aof_is_being_made) {
    object["aof_is_being_made"] = remembered.aof_is_being_made;
  }
  if (has_fields_of_its_run(remembered)) object["of_run"] = remembered.run_id;
  if (remembered.term >= 0) object["term"] = remembered.term;
  if (const auto& back = remembered.gone_back; !back.id.empty()) {
    object["gone_back"] = render_lineage(back);
  }
  if (const auto& rdb = remembered.dismissed_rdb) object["dismissed_rdb"] = render_rdb_header(*rdb);
  if (remembered.noted) object["noted"] = render_noted(*remembered.noted);
  if (remembered.bounds_revision > 0) object["bounds_revision"] = remembered.bounds_revision;
  if (remembered.opened) object["opened"] = render_opened(*remembered.opened);
  if (const auto& end = remembered.last_end) object["last_end"] = render_last_end(*end);
  boost::system::error_code error;
  const json::value others = json::parse(remembered.unknown_fields, error);
  if (!error && others.is_object()) {
    for (const auto& [name, value] : others.get_object()) object.emplace(name, value);
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
  read.functions = integer_at(object, "functions").value_or(0);
  read.replicas = *replicas;
  read.is_copying = *is_copying;
  read.ended_cleanly = *ended_cleanly;
  read.pods = pods_at(object, "pods");
  read.aof_offset = integer_at(object, "aof_offset");
  read.term = integer_at(object, "term").value_or(-1);
  read.gone_back = lineage_at(object, "gone_back");
  read.aof_bytes = integer_at(object, "aof_bytes");
  read.aof_is_stale = truth_at(object, "aof_is_stale").value_or(false);
  read.aof_reach = integer_at(object, "aof_reach");
  // A version that does not say so took both for the same.
  const bool may_be_made = read.aof_is_stale && read.aof_reach;
  read.aof_is_being_made = truth_at(object, "aof_is_being_made").value_or(may_be_made);
  const json::value* const rdb = object.if_contains("dismissed_rdb");
  if (rdb != nullptr && rdb->is_object()) read.dismissed_rdb = rdb_header_at(rdb->get_object());
  read.noted = noted_at(object, "noted");
  read.bounds_revision = integer_at(object, "bounds_revision").value_or(0);
  read.opened = opened_at(object, "opened");
  read.last_end = last_end_at(object);
  forget_fields_of_another_run(read, object);
  read.unknown_fields = unknown_fields_of(object);
  return read;
}

}  // namespace redis_agent::wire
