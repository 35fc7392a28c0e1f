#include "wire/landing_page.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "wire/page_files.hpp"

namespace redis_agent::wire {
namespace {

constexpr std::string_view folder = "/page/";
constexpr std::string_view start_file = "index.html";

// Nothing but its own files; no text becomes a script, in no way (Trusted Types); in no frame.
constexpr const char* policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

constexpr std::array<std::pair<std::string_view, const char*>, 4> kinds = {{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
}};

const char* kind_of(std::string_view name) {
  const auto* const found = std::find_if(
      kinds.begin(), kinds.end(), [&](const auto& kind) { return name.ends_with(kind.first); });
  return found == kinds.end() ? "application/octet-stream" : found->second;
}

const page_file* find(std::string_view name) {
  for (const page_file& file : page_files()) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

core::http_answer guarded(const page_file& file) {
  core::http_answer answer;
  answer.content_type = kind_of(file.name);
  answer.body = file.bytes;
  answer.headers = {{"Content-Security-Policy", policy},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"}};
  return answer;
}

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

// In one pass: what a text says is not looked at again.
std::string fill(std::string_view form,
                 const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string filled;
  while (true) {
    const auto begin = form.find("{{");
    const auto end = form.find("}}", begin);
    if (end == std::string_view::npos) return filled.append(form);
    const std::string_view name = form.substr(begin + 2, end - begin - 2);
    filled.append(form.substr(0, begin));
    for (const auto& [known, value] : values) {
      if (known == name) filled.append(escape(value));
    }
    form.remove_prefix(end + 2);
  }
}

}  // namespace

core::http_answer answer_page(const core::status_report& report) {
  core::http_answer answer = guarded(*find(start_file));
  answer.body = fill(answer.body, {{"pod", report.pod},
                                   {"role", report.role},
                                   {"ready", report.is_ready ? "ready" : "not ready"},
                                   {"reason", report.reason},
                                   {"explanation", report.explanation},
                                   {"advice", report.advice},
                                   {"version", report.agent_version}});
  return answer;
}

std::optional<core::http_answer> answer_page_file(std::string_view path) {
  if (!path.starts_with(folder)) return std::nullopt;
  const page_file* const file = find(path.substr(folder.size()));
  if (file == nullptr || file->name == start_file) return std::nullopt;
  return guarded(*file);
}

}  // namespace redis_agent::wire
