#include "command/agent_report.hpp"

#include <string>
#include <utility>

#include "wire/status_json.hpp"

namespace redis_agent::command {
namespace {

constexpr unsigned http_ok = 200;
constexpr unsigned http_no_login = 401;

core::result<core::status_report> read_answer(const core::result<core::http_answer>& answer) {
  if (!answer) return answer.error();
  if (answer->status != http_ok) {
    const bool is_login = answer->status == http_no_login;
    return core::failure{"its agent answered " + std::to_string(answer->status) +
                         (is_login ? ": it does not take the login of --web-login-file" : "")};
  }
  return wire::parse_status(answer->body);
}

}  // namespace

boost::asio::awaitable<core::result<core::status_report>> ask_agent(agent_places agent,
                                                                    core::duration timeout,
                                                                    std::string target) {
  std::string trouble;
  io::http_line for_this_question;
  io::http_line& line = agent.line != nullptr ? *agent.line : for_this_question;
  for (const std::string& address : agent.addresses) {
    io::http_peer there = agent.doors.to(agent.pod, address);
    const auto answer = co_await line.get(std::move(there), target, timeout);
    auto report = read_answer(answer);
    if (!report) {
      trouble.append(trouble.empty() ? "" : "; ").append(report.error().text);
      continue;
    }
    if (agent.answered_at != nullptr) *agent.answered_at = address;
    co_return report;
  }
  co_return core::failure{std::move(trouble)};
}

}  // namespace redis_agent::command
