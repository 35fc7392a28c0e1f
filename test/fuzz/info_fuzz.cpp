// What a server answers to INFO: the texts of any version, or of something that is no Redis.
#include "core/server/info.hpp"
#include "core/server/replication.hpp"
#include "core/server/sync_phase.hpp"
#include "fuzzing.hpp"

using namespace redis_agent::core;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view text = redis_agent::fuzz::input(bytes, count);
  const info_fields fields(text);
  for (const auto& [name, value] : fields.all()) {
    promise(fields.text(name).has_value(), "a field is found under its name");
    promise(name.find('\n') == std::string_view::npos, "a field is one line");
    parse_number(value);
    find_attribute(value, "lag");
  }
  const loading_report loading = parse_loading(text);
  const auto report = parse_replication(text);
  if (report) {
    promise(report->server_role == role::replica || !report->link, "a primary follows nobody");
    if (report->link) phase_of(*report->link, loading, parse_link_stage(text));
  }
  const auto server = parse_server(text);
  promise(server || !server.error().text.empty(), "a failure says what is wrong");
  parse_resync_counters(text);
  parse_key_count(text);
  return 0;
}
