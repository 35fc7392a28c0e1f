#include "wire/routes.hpp"

#include <algorithm>
#include <array>

#include "core/base/units.hpp"
#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/readiness/checks.hpp"
#include "core/reporting/status_report.hpp"
#include "core/reporting/target.hpp"
#include "core/safety/ending.hpp"
#include "core/server/info.hpp"
#include "wire/gzip.hpp"
#include "wire/landing_page.hpp"
#include "wire/metrics_text.hpp"
#include "wire/status_json.hpp"

namespace redis_agent::wire {
namespace {

using core::http_answer;
using core::target;

constexpr const char* plain = "text/plain; charset=utf-8";
constexpr std::string_view metrics_path = "/metrics";
constexpr std::string_view promise_path = "/lock/promise";
constexpr std::string_view next_path = "/lock/next";
constexpr std::string_view topology_path = "/topology";
constexpr std::size_t worth_packing = 1024;  // a probe's answer is smaller
constexpr unsigned ok = 200;
constexpr unsigned bad_request = 400;
constexpr unsigned not_found = 404;
constexpr unsigned unavailable = 503;

http_answer text_answer(unsigned status, std::string text) {
  return {status, plain, std::move(text) + "\n"};
}

http_answer answer_probe(const core::probe& probe, std::string_view name, const target& asked) {
  const bool verbose = asked.parameter("verbose").has_value();
  return {probe.passes() ? ok : unavailable, plain, core::render_probe(probe, name, verbose)};
}

http_answer answer_livez(const target& asked, const snapshot& at) {
  return answer_probe(core::check_livez(at.last_turn, at.now), "livez", asked);
}

http_answer answer_readyz(const target& asked, const snapshot& at) {
  return answer_probe(core::check_readyz(at.seen, at.settings, at.now), "readyz", asked);
}

http_answer answer_startupz(const target& asked, const snapshot& at) {
  return answer_probe(core::check_startupz(at.seen, at.settings, at.now), "startupz", asked);
}

http_answer answer_redis_livez(const target& asked, const snapshot& at) {
  return answer_probe(core::check_redis_livez(at.seen, at.settings, at.now), "redis livez", asked);
}

// 200 for a pod of that role that is ready; the reason otherwise.
http_answer answer_role(core::role wanted, const snapshot& at) {
  if (at.seen.derived != wanted) {
    return text_answer(unavailable, "this is a " + std::string(core::to_text(at.seen.derived)));
  }
  const core::verdict v = core::decide(at.seen, at.settings, at.now);
  return text_answer(v.is_ready ? ok : unavailable,
                     v.is_ready ? "ok" : std::string(core::to_text(v.why)) + ": " + v.explanation);
}

http_answer answer_primary(const target&, const snapshot& at) {
  return answer_role(core::role::primary, at);
}

http_answer answer_replica(const target& asked, const snapshot& at) {
  const auto text = asked.parameter("lag");
  if (!text) return answer_role(core::role::replica, at);
  const auto allowed = core::parse_size(*text);
  if (!allowed) {
    return text_answer(bad_request,
                       "lag: got \"" + *text + "\", expected " + std::string(core::size_form));
  }
  http_answer ready = answer_role(core::role::replica, at);
  if (ready.status != ok) return ready;
  const auto measured = core::measure_lag(at.seen, at.now);
  if (!measured) return text_answer(unavailable, "the lag is not known");
  if (static_cast<std::uint64_t>(measured->bytes) > *allowed) {
    return text_answer(unavailable, std::to_string(measured->bytes) + " bytes behind, allowed " +
                                        std::to_string(*allowed));
  }
  return ready;
}

http_answer answer_metrics(const target&, const snapshot& at) {
  if (at.page == nullptr) return {ok, metrics_content_type, metrics_page().render(at)};
  return {ok, metrics_content_type, at.page->render(at)};
}

core::status_report report(const snapshot& at) {
  core::status_report told =
      core::report_status(at.seen, at.settings, at.now, std::string(at.agent_version));
  if (!at.way_trouble.empty()) told.warnings.emplace_back(at.way_trouble);
  return told;
}

core::status_report report_recent(const snapshot& at) {
  core::status_report told = report(at);
  if (at.past != nullptr) told.recent = at.past->tell(at.now);
  return told;
}

http_answer answer_status(const target& asked, const snapshot& at) {
  const bool is_whole = asked.parameter("recent").has_value();
  return {ok, "application/json", render_status(is_whole ? report_recent(at) : report(at))};
}

// redis_exporter asks any server for whoever scrapes it; Prometheus has an address for each pod
// here.
http_answer answer_scrape() {
  return text_answer(not_found,
                     "an agent tells of its own pod's redis alone: have Prometheus scrape /metrics "
                     "of each pod, without target=");
}

http_answer answer_landing_page(const target&, const snapshot& at) {
  return answer_page(report(at));
}

// This pod as of now, the others as they were heard.
http_answer answer_topology(const target&, const snapshot& at) {
  core::topology_view view{at.settings.pod_name, at.now, std::string(at.agent_version)};
  view.max_lag_seconds = core::to_seconds(at.settings.max_lag);
  view.max_lag_bytes = static_cast<std::int64_t>(at.settings.max_lag_bytes);
  view.trouble = at.seen.service_name.trouble;
  view.rows.push_back({at.settings.pod_name, report_recent(at), {}});
  view.rows.back().heard_at = at.now;
  if (at.others != nullptr) {
    for (const auto& [host, row] : *at.others) view.rows.push_back(row);
  }
  core::sort_topology(view.rows);
  return {ok, "application/json", render_view(view)};
}

std::optional<promise_question> read_question(const target& asked) {
  const auto holder = asked.parameter("holder");
  const auto term = core::parse_number(asked.parameter("term").value_or(""));
  if (!holder || !term) return std::nullopt;
  return promise_question{*holder, *term, asked.parameter("turned-away").has_value()};
}

// By the time of the answer it has been given (command/sidecar.cpp), if there is nothing against
// it.
http_answer answer_promise(const target& asked, const snapshot& at) {
  const auto question = read_question(asked);
  if (!question) return text_answer(bad_request, "expected holder=POD/UID and term=NUMBER");
  const std::string why =
      core::refuse_promise(at.seen, question->holder, question->term, question->is_turned_away);
  return why.empty() ? text_answer(ok, "promised") : text_answer(unavailable, why);
}

void compress(http_answer& given) {
  auto packed = compress_gzip(given.body);
  if (!packed) return;
  given.body = std::move(*packed);
  given.headers.emplace_back("Content-Encoding", "gzip");
  given.headers.emplace_back("Vary", "Accept-Encoding");
}

http_answer answer_next(const target& asked, const snapshot& at) {
  const auto term = core::parse_number(asked.parameter("term").value_or(""));
  if (!term) return text_answer(bad_request, "expected term=NUMBER");
  const bool ends = core::end_is_under_way(at.seen, at.settings, at.now);
  if (at.seen.lock.is_used() && ends) {
    return text_answer(unavailable, std::string(core::next_ends));
  }
  const bool is_known = core::knows_that_it_is_next(at.seen, *term);
  return is_known ? text_answer(ok, "known") : text_answer(unavailable, "it is looked at");
}

struct route {
  std::string_view path;
  http_answer (*respond)(const target&, const snapshot&);
  bool is_for_all = false;
};

constexpr std::array routes = {
    route{"/livez", answer_livez, true},
    route{"/readyz", answer_readyz, true},
    route{"/startupz", answer_startupz, true},
    route{"/redis/livez", answer_redis_livez, true},
    route{"/primary", answer_primary, true},
    route{"/replica", answer_replica, true},
    route{metrics_path, answer_metrics},
    route{"/status", answer_status},
    route{"/health", answer_livez, true},
    route{promise_path, answer_promise},
    route{next_path, answer_next},
    route{topology_path, answer_topology},
    route{"/", answer_landing_page},
};

bool asks_for_readiness(const core::http_request& request, const target& asked) {
  const bool names_no_page = asked.path() == "/" || asked.path() == "*";
  return request.method == "OPTIONS" && names_no_page;
}

http_answer respond(const core::http_request& request, const snapshot& at) {
  const target asked(request.target);
  if (asks_for_readiness(request, asked)) return answer_readyz(asked, at);
  if (asked.path() == "/scrape") return answer_scrape();
  if (auto file = answer_page_file(asked.path())) return std::move(*file);
  std::string known;
  for (const route& r : routes) {
    if (r.path == asked.path()) return r.respond(asked, at);
    known += " " + std::string(r.path);
  }
  return text_answer(not_found, "no such page; there are" + known);
}

}  // namespace

http_answer answer(const core::http_request& request, const snapshot& at) {
  http_answer given = respond(request, at);
  if (request.accepts_gzip && given.body.size() >= worth_packing) compress(given);
  return given;
}

bool is_for_all(const core::http_request& request) {
  const target asked(request.target);
  if (asks_for_readiness(request, asked)) return true;
  return std::any_of(routes.begin(), routes.end(),
                     [&](const route& r) { return r.is_for_all && r.path == asked.path(); });
}

bool is_scrape(const core::http_request& request) {
  return target(request.target).path() == metrics_path;
}

std::optional<promise_question> read_promise_question(const core::http_request& request) {
  const target asked(request.target);
  if (request.method != "GET" || asked.path() != promise_path) return std::nullopt;
  return read_question(asked);
}

bool asks_for_a_look(const core::http_request& request) {
  return request.method == "GET" && target(request.target).path() == next_path;
}

bool is_look_at_all(const core::http_request& request) {
  return target(request.target).path() == topology_path;
}

bool is_hook(const core::http_request& request) {
  return request.method == "GET" && target(request.target).path() == "/prestop";
}

std::optional<std::string> read_switchover(const core::http_request& request) {
  const target asked(request.target);
  if (request.method != "GET" || asked.path() != "/switchover") return std::nullopt;
  return asked.parameter("to").value_or("");
}

http_answer answer_hook(const core::http_request& request, const core::memory& seen) {
  if (is_hook(request)) return text_answer(ok, "ok");
  if (const auto to = read_switchover(request)) {
    const std::string why = core::describe_move(seen, *to);
    return text_answer(why.starts_with("done") ? ok : unavailable, why);
  }
  const std::string path = target(request.target).path();
  if (path != "/prestop" && path != "/switchover") {
    return text_answer(not_found, "no such page; there are /prestop and /switchover");
  }
  return text_answer(bad_request, "only GET announces the end of redis, or moves the primary");
}

}  // namespace redis_agent::wire
