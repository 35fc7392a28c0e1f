#include "wire/landing_page.hpp"

#include "core/base/units.hpp"

namespace redis_agent::wire {
namespace {

constexpr const char* style = R"css(
:root { color-scheme: light dark; --ink: #1d2430; --paper: #f6f7f9; --card: #fff; --line: #dfe3e8;
  --quiet: #667085; --good: #12805c; --bad: #b42318; --link: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --paper: #12161d; --card: #1a2029;
  --line: #2d3541; --quiet: #98a2b3; --good: #3fc48f; --bad: #ff7a6b; --link: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 3rem 1.25rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h1 small { font-weight: 400; color: var(--quiet); font-size: 1rem; margin-left: .5rem; }
.verdict { margin: 1.25rem 0; padding: 1rem 1.25rem; background: var(--card);
  border: 1px solid var(--line); border-left: .35rem solid var(--bad); border-radius: .5rem; }
.verdict.ready { border-left-color: var(--good); }
.verdict b { color: var(--bad); } .verdict.ready b { color: var(--good); }
.verdict code { color: var(--quiet); } .verdict p { margin: .25rem 0 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; }
th, td { text-align: left; padding: .45rem 1.25rem; border-top: 1px solid var(--line);
  overflow-wrap: anywhere; vertical-align: top; }
tr:first-child th, tr:first-child td { border-top: 0; }
th { width: 13.5rem; font-weight: 400; color: var(--quiet); }
nav { margin-top: 1.25rem; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
footer { margin-top: 2rem; color: var(--quiet); font-size: .875rem; }
)css";

std::string escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string row(const std::string& name, const std::string& value) {
  return "<tr><th scope=\"row\">" + name + "</th><td>" + escape(value) + "</td></tr>\n";
}

std::string describe(const core::link_status& link) {
  std::string text = link.endpoint + ": " + link.condition;
  return link.detail.empty() ? text : text + " (" + link.detail + ")";
}

std::string replica_rows(const core::status_report& report) {
  std::string rows;
  if (report.primary) rows += row("Primary", describe(*report.primary));
  if (report.link) rows += row("Replication link", *report.link);
  std::string lag = "unknown";
  if (report.lag_bytes && report.lag_seconds) {
    lag = core::describe_size(static_cast<std::uint64_t>(*report.lag_bytes)) + ", at most " +
          core::describe_seconds(*report.lag_seconds);
  }
  rows += row("Lag", lag);
  if (report.contact_seconds) {
    rows += row("Primary last heard", core::describe_seconds(*report.contact_seconds) + " ago");
  }
  return rows;
}

std::string rows_of(const core::status_report& report) {
  std::string rows = row("Redis", describe(report.redis));
  if (report.version) rows += row("Version", *report.version);
  if (report.keys) rows += row("Keys", std::to_string(*report.keys));
  if (report.offset) rows += row("Replication offset", std::to_string(*report.offset));
  if (report.connected_replicas) {
    rows += row("Connected replicas", std::to_string(*report.connected_replicas));
  }
  if (report.role == "replica") rows += replica_rows(report);
  for (const std::string& warning : report.warnings) rows += row("Warning", warning);
  std::string peers;
  for (const std::string& peer : report.peers) {
    peers += (peers.empty() ? "" : ", ") + std::string(core::first_label(peer));
  }
  return rows + row("Pods in DNS", peers.empty() ? "unknown" : peers);
}

}  // namespace

std::string render_landing_page(const core::status_report& report) {
  const std::string pod = escape(report.pod);
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"refresh\" content=\"2\">\n<title>" +
         pod + (report.is_ready ? "" : " – not ready") + "</title>\n<style>" + style +
         "</style></head>\n<body><main>\n<h1>" + pod + "<small>" + escape(report.role) +
         "</small></h1>\n<section class=\"verdict" + (report.is_ready ? " ready" : "") + "\"><b>" +
         (report.is_ready ? "Ready" : "Not ready") + "</b> <code>" + escape(report.reason) +
         "</code><p>" + escape(report.explanation) + "</p></section>\n<table>\n" + rows_of(report) +
         "</table>\n<nav><a href=\"/readyz?verbose\">readyz</a><a href=\"/livez?verbose\">livez</a>"
         "<a href=\"/startupz?verbose\">startupz</a>"
         "<a href=\"/redis/livez?verbose\">redis/livez</a><a href=\"/metrics\">metrics</a>"
         "<a href=\"/status\">status</a></nav>\n<footer>redis-agent " +
         escape(report.agent_version) + "</footer>\n</main></body></html>\n";
}

}  // namespace redis_agent::wire
