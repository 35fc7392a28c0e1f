#include "core/reporting/check_report.hpp"

#include <algorithm>

#include "core/safety/gate_words.hpp"

namespace redis_agent::core {
namespace {

std::string_view to_text(check_kind kind) {
  switch (kind) {
    case check_kind::fine: return "ok";
    case check_kind::notable: return "warning";
    case check_kind::missing: return "missing";
    case check_kind::wrong: break;
  }
  return "wrong";
}

std::string padded(std::string_view text, std::size_t width) {
  std::string padded(text);
  padded.resize(std::max(width, text.size()), ' ');
  return padded + "  ";
}

std::string count_pods(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " pod" : " pods");
}

}  // namespace

check_kind worst_of(const std::vector<check_line>& lines) {
  check_kind worst = check_kind::fine;
  for (const check_line& line : lines) worst = std::max(worst, line.kind);
  return worst;
}

std::string render_check(const std::vector<check_line>& lines) {
  std::size_t width = 0;
  for (const check_line& line : lines) width = std::max(width, line.subject.size());
  constexpr std::size_t kind_width = 7;
  std::string text;
  for (const check_line& line : lines) {
    text += padded(to_text(line.kind), kind_width) + padded(line.subject, width) + line.text + "\n";
  }
  return text;
}

bool lists_pod(const listing_facts& facts) {
  return facts.answer && lists(*facts.answer, facts.pod);
}

check_line judge_listing(const listing_facts& facts) {
  constexpr const char* subject = "DNS";
  if (!facts.answer && facts.why == absence::unknown) {
    return {check_kind::missing, subject, facts.trouble};
  }
  if (!facts.answer) {
    return {check_kind::missing, subject, facts.service + ": " + describe_unknown(facts.why)};
  }
  const std::string listed = facts.service + " lists " + count_pods(facts.answer->targets.size());
  if (lists_pod(facts)) return {check_kind::fine, subject, listed + ", this one too"};
  if (facts.answer->is_cut) {
    return {check_kind::notable, subject, listed + ": " + describe_unknown(absence::cut)};
  }
  return {check_kind::missing, subject,
          listed + " and not " + facts.pod +
              ": a pod has to be found before it is ready, so the headless Service needs "
              "publishNotReadyAddresses: true, and a selector that the pod's labels match; and the "
              "StatefulSet needs it as its serviceName"};
}

check_line judge_primary(const std::string& name, const result<address_answer>& found) {
  constexpr const char* subject = "primary";
  if (!found) {
    return {check_kind::missing, subject,
            found.error().text +
                "; expected the name of the primary's pod in --primary, like "
                "redis-master-0.redis-headless, and that pod"};
  }
  return {check_kind::fine, subject, name + " is at " + found->addresses.front()};
}

}  // namespace redis_agent::core
