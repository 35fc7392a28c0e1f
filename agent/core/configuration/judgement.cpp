#include "core/configuration/judgement.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/configuration/directive_table.hpp"

namespace redis_agent::core {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string upper(std::string_view text) {
  std::string raised(text);
  for (char& c : raised) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return raised;
}

// A command that has another name, or none. The agent knows the first one only.
std::optional<conf_finding> judge_rename(const user_line& line, const redis_conf_plan& plan) {
  if (line.said.values.empty()) return std::nullopt;
  const std::string command = upper(line.said.values[0]);
  const bool is_primary = plan.own_role == role::primary;
  const auto refuse = [&](std::string why) { return finding_of(line, true, std::move(why)); };
  const auto warn = [&](std::string why) { return finding_of(line, false, std::move(why)); };
  if (is_one_of(command, {"AUTH", "INFO", "PING", "ROLE"})) {
    return refuse("the agent asks by that command; expected it to keep its name");
  }
  if (is_one_of(command, {"PSYNC", "REPLCONF"})) {
    return refuse("replicas need that command; expected it to keep its name");
  }
  if (command == "CONFIG") {
    return is_primary && plan.gate == gate_choice::bind
               ? refuse(
                     "the gate opens by that command; expected it to keep its name, or "
                     "--gate=nowhere")
               : warn(
                     "the agent cannot ask for dbfilename, bind and min-replicas-to-write: it "
                     "takes the first for dump.rdb");
  }
  if (command == "REPLICAOF") {
    if (is_primary && plan.gate == gate_choice::nowhere) {
      return refuse("the gate opens by that command; expected it to keep its name, or --gate=bind");
    }
    if (!is_primary && plan.is_parked) {
      return refuse(
          "the agent points this replica at its primary by that command; expected it to keep its "
          "name, or --replicaof=name");
    }
  }
  if (is_one_of(command, {"CLIENT", "EXEC", "MULTI", "REPLICAOF"})) {
    return warn(
        "the agent's orders need that command: what it decides about this server is "
        "refused");
  }
  return std::nullopt;
}

void add_by_table(std::vector<conf_finding>& findings, const user_line& line,
                  const redis_conf_plan& plan) {
  const auto rule = find_rule(line.said.name);
  if (!rule) {
    findings.push_back(
        finding_of(line, false, "is no directive that this agent knows, and has not been judged"));
    return;
  }
  const bool may_matter = rule->kind == standing::notable || rule->kind == standing::impossible;
  if (!may_matter || (rule->matters != nullptr && !rule->matters(line.said.values, plan))) return;
  findings.push_back(finding_of(line, rule->kind == standing::impossible, std::string(rule->why)));
}

}  // namespace

std::vector<conf_finding> judge_directives(const std::vector<user_line>& lines,
                                           const redis_conf_plan& plan) {
  std::vector<conf_finding> findings;
  for (const user_line& line : lines) {
    if (line.said.name == "rename-command") {
      if (auto found = judge_rename(line, plan)) findings.push_back(std::move(*found));
      continue;
    }
    if (is_overridden(line, plan)) {
      findings.push_back(finding_of(line, false, "is overridden by the agent's own line"));
    }
    // The last one wins, and an earlier one does no harm. Each replicaof is about the role.
    const std::string name = present_name(line.said.name);
    if (last_of(lines, name) == &line || name == "replicaof") add_by_table(findings, line, plan);
  }
  return findings;
}

}  // namespace redis_agent::core
