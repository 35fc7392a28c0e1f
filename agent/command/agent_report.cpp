#include "command/agent_report.hpp"

#include <string>
#include <utility>

#include "io/http_client.hpp"
#include "wire/status_json.hpp"

namespace redis_agent::command {
namespace {

constexpr unsigned http_ok = 200;

core::result<core::status_report> read_answer(const core::result<core::http_answer>& answer) {
  if (!answer) return answer.error();
  if (answer->status != http_ok) {
    return core::failure{"its agent answered " + std::to_string(answer->status)};
  }
  return wire::parse_status(answer->body);
}

}  // namespace

boost::asio::awaitable<core::result<core::status_report>> ask_agent(core::endpoint agent,
                                                                    core::duration timeout,
                                                                    std::string target) {
  const auto answer = co_await io::http_get(std::move(agent), std::move(target), timeout);
  co_return read_answer(answer);
}

boost::asio::awaitable<core::result<core::status_report>> ask_agent(agent_places agent,
                                                                    core::duration timeout,
                                                                    std::string target) {
  std::string trouble;
  for (const std::string& address : agent.addresses) {
    core::endpoint there{address, agent.port};
    auto report = co_await ask_agent(std::move(there), timeout, target);
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
