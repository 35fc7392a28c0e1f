#include "wire/status_json.hpp"

#include "core/base/text.hpp"
#include "wire/json_fields.hpp"
#include "wire/recent_json.hpp"

namespace redis_agent::wire {
namespace {

// 1 had none, and told an invented history while its server loaded.
constexpr int format = 2;

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::array texts(const std::vector<std::string>& list) {
  json::array array;
  for (const std::string& text : list) array.emplace_back(text);
  return array;
}

json::object render_link(const core::link_status& link) {
  return {{"endpoint", link.endpoint},
          {"addresses", texts(link.addresses)},
          {"condition", link.condition},
          {"detail", link.detail}};
}

std::optional<core::link_status> link_at(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const json::object& link = value->get_object();
  return core::link_status{text_at(link, "endpoint"), texts_at(link, "addresses"),
                           text_at(link, "condition"), text_at(link, "detail")};
}

json::object render_passwords(const core::status_report& report) {
  const core::password_tags& tags = *report.passwords;
  return {{"use", tags.use},
          {"also", tags.also},
          {"link", tags.link},
          {"accepted", texts(tags.accepted)},
          {"phase", report.password_phase},
          {"detail", report.password_detail}};
}

void read_passwords(core::status_report& report, const json::object& object) {
  const json::value* const value = object.if_contains("passwords");
  if (value == nullptr || !value->is_object()) return;
  const json::object& told = value->get_object();
  report.passwords = core::password_tags{text_at(told, "use"), text_at(told, "also"),
                                         text_at(told, "link"), texts_at(told, "accepted")};
  report.password_phase = text_at(told, "phase");
  report.password_detail = text_at(told, "detail");
}

json::object render_report(const core::status_report& report) {
  json::object object = {
      {"format", format},
      {"pod", report.pod},
      {"role", report.role},
      {"ready", report.is_ready},
      {"reason", report.reason},
      {"explanation", report.explanation},
      {"advice", report.advice},
      {"link", or_null(report.link)},
      {"lag_bytes", or_null(report.lag_bytes)},
      {"lag_seconds", or_null(report.lag_seconds)},
      {"contact_seconds", or_null(report.contact_seconds)},
      {"connected_replicas", or_null(report.connected_replicas)},
      {"version", or_null(report.version)},
      {"keys", or_null(report.keys)},
      {"functions", or_null(report.functions)},
      {"offset", or_null(report.offset)},
      {"redis", render_link(report.redis)},
      {"upstream", or_null(report.upstream)},
      {"addresses", texts(report.addresses)},
      {"primary", report.primary ? json::value(render_link(*report.primary)) : json::value()},
      {"decision", report.decision},
      {"situation", report.situation},
      {"answer_to_decision", report.answer_to_decision},
      {"volume", report.volume},
      {"cluster_id", report.cluster_id},
      {"run_id", report.run_id},
      {"history", render_lineage(report.history)},
      {"peers", texts(report.peers)},
      {"peers_are_cut", report.peers_are_cut},
      {"pods", render_pods(report.pods)},
      {"was_in_sync", report.was_in_sync},
      {"warnings", texts(report.warnings)},
      {"tls", report.tls},
      {"agent_version", report.agent_version}};
  if (report.recent) object["recent"] = render_recent(*report.recent);
  if (report.noted) object["noted"] = render_noted(*report.noted);
  if (report.opened) object["opened"] = render_opened(*report.opened);
  if (report.has_untold_aof) object["has_untold_aof"] = true;
  if (report.passwords) object["passwords"] = render_passwords(report);
  if (const auto& lock = report.lock) {
    object["lock"] = {{"holder", lock->holder},
                      {"term", lock->term},
                      {"serves", lock->serves},
                      {"ruling", report.lock_ruling},
                      {"lost", report.lost}};
    if (lock->ends) object["lock"].as_object()["ends"] = true;
    if (!lock->could_take) object["lock"].as_object()["could_take"] = false;
  }
  return object;
}

json::object render_row(const core::topology_row& row, core::instant now) {
  json::object object = row.report ? render_report(*row.report)
                                   : json::object{{"pod", row.pod}, {"error", row.trouble}};
  json::object cells;
  const core::table_cells texts_of_row = core::describe_row(row);
  for (std::size_t i = 0; i < core::table_columns; ++i) {
    cells[core::to_lower(core::table_header[i])] = texts_of_row[i];
  }
  object["cells"] = std::move(cells);
  if (!row.address.empty()) object["asked_at"] = row.address;
  if (row.heard_at) object["heard_seconds"] = core::to_seconds(now - *row.heard_at);
  return object;
}

json::array render_rows(const std::vector<core::topology_row>& rows, core::instant now) {
  json::array pods;
  for (const core::topology_row& row : rows) pods.emplace_back(render_row(row, now));
  return pods;
}

}  // namespace

std::string render_status(const core::status_report& report) {
  return json::serialize(render_report(report)) + "\n";
}

std::string render_topology(const std::vector<core::topology_row>& rows) {
  return json::serialize(json::object{{"pods", render_rows(rows, {})}}) + "\n";
}

std::string render_view(const core::topology_view& view) {
  return json::serialize(json::object{
             {"pod", view.pod},
             {"agent_version", view.agent_version},
             {"lag_seconds_max", view.max_lag_seconds},
             {"lag_bytes_max", view.max_lag_bytes},
             {"trouble", view.trouble},
             {"pods", render_rows(view.rows, view.now)},
         }) +
         "\n";
}

core::result<core::status_report> parse_status(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !parsed.is_object()) return core::failure{"its /status is no JSON object"};
  const json::object& object = parsed.get_object();
  core::status_report report;
  report.pod = text_at(object, "pod");
  report.role = text_at(object, "role");
  report.is_ready = truth_at(object, "ready").value_or(false);
  report.reason = text_at(object, "reason");
  report.explanation = text_at(object, "explanation");
  report.advice = text_at(object, "advice");
  report.upstream = text_if_known(object, "upstream");
  report.addresses = texts_at(object, "addresses");
  report.recent = recent_at(object, "recent");
  report.link = text_if_known(object, "link");
  report.lag_bytes = integer_at(object, "lag_bytes");
  report.lag_seconds = number_at(object, "lag_seconds");
  report.contact_seconds = number_at(object, "contact_seconds");
  report.connected_replicas = integer_at(object, "connected_replicas");
  report.version = text_if_known(object, "version");
  report.keys = integer_at(object, "keys");
  report.functions = integer_at(object, "functions");
  report.offset = integer_at(object, "offset");
  report.redis = link_at(object, "redis").value_or(core::link_status{});
  report.primary = link_at(object, "primary");
  report.decision = text_at(object, "decision");
  report.situation = text_at(object, "situation");
  report.answer_to_decision = text_at(object, "answer_to_decision");
  report.volume = text_at(object, "volume");
  report.cluster_id = text_at(object, "cluster_id");
  report.run_id = text_at(object, "run_id");
  report.history = lineage_at(object, "history");
  report.peers = texts_at(object, "peers");
  report.peers_are_cut = truth_at(object, "peers_are_cut").value_or(false);
  report.pods = pods_at(object, "pods");
  report.noted = noted_at(object, "noted");
  report.opened = opened_at(object, "opened");
  report.was_in_sync = truth_at(object, "was_in_sync").value_or(false);
  report.has_untold_aof = truth_at(object, "has_untold_aof").value_or(false);
  report.warnings = texts_at(object, "warnings");
  if (const json::value* lock = object.if_contains("lock"); lock != nullptr && lock->is_object()) {
    const json::object& told = lock->get_object();
    report.lock = core::lock_view{text_at(told, "holder"), integer_at(told, "term").value_or(-1),
                                  truth_at(told, "serves").value_or(false),
                                  truth_at(told, "ends").value_or(false),
                                  truth_at(told, "could_take").value_or(true)};
    report.lock_ruling = text_at(told, "ruling");
    report.lost = text_at(told, "lost");
  }
  read_passwords(report, object);
  report.tls = text_at(object, "tls");
  report.agent_version = text_at(object, "agent_version");
  return report;
}

}  // namespace redis_agent::wire
