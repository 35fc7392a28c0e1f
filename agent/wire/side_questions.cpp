#include "wire/side_questions.hpp"

#include <array>
#include <utility>

#include "core/server/link.hpp"
#include "wire/quoted_error.hpp"

namespace redis_agent::wire {
namespace {

using core::link_condition;

std::vector<command> logged_in(const login& as) {
  std::vector<command> asked;
  if (!as.password.empty()) asked.push_back(auth_command(as));
  return asked;
}

// Of the last three replies; "" where the directive does not exist.
std::optional<std::string> value_of(const resp_value& reply) {
  if (reply.type != resp_value::kind::array) return std::nullopt;
  return reply.items.size() == 2 ? reply.items[1].text : std::string();
}

std::string user_of(const own_login& own) {
  return own.username.empty() ? "the default user" : "the user " + own.username;
}

// What a replica takes for an answer to its PING (replication.c, syncWithMaster).
bool goes_on_after_ping(const std::string& error) {
  constexpr std::array<std::string_view, 3> tolerated = {"NOAUTH", "NOPERM",
                                                         "ERR operation not permitted"};
  for (const std::string_view beginning : tolerated) {
    if (error.starts_with(beginning)) return true;
  }
  return false;
}

}  // namespace

command question_without_login() { return {"DBSIZE"}; }

std::optional<bool> lets_everybody_in(const replies& said) {
  if (said.empty()) return std::nullopt;
  const resp_value& reply = said.front();
  if (!reply.is_error()) return true;
  // Whoever may not come in hears that before all else.
  switch (core::condition_of_error(reply.text)) {
    case link_condition::password_required:
    case link_condition::not_permitted: return false;
    case link_condition::loading:
    case link_condition::primary_down:
    case link_condition::disk_failing: return true;
    default: return std::nullopt;
  }
}

std::vector<command> questions_about_own_login(const login& as) {
  std::vector<command> asked = logged_in(as);
  for (const char* const directive : {"masteruser", "masterauth", "tls-replication"}) {
    asked.push_back({"CONFIG", "GET", directive});
  }
  return asked;
}

std::optional<own_login> read_own_login(const replies& said) {
  if (said.size() < 3) return std::nullopt;
  const resp_value* const configured = &said[said.size() - 3];
  auto user = value_of(configured[0]);
  auto password = value_of(configured[1]);
  const auto tls = value_of(configured[2]);
  if (!user || !password || !tls) return std::nullopt;
  return own_login{std::move(*user), core::secret(std::move(*password)), *tls == "yes"};
}

std::vector<command> questions_of_a_replica(const own_login& own) {
  std::vector<command> asked = {{"PING"}};
  if (!own.password.empty()) asked.push_back(auth_command(own.as_login()));
  return asked;
}

std::string judge_own_login(const own_login& own, const replies& said) {
  if (said.empty()) return {};
  const resp_value& ping = said.front();
  if (ping.is_error() && !goes_on_after_ping(ping.text)) return ping.text;
  if (own.password.empty()) {
    const bool is_shut_out = ping.is_error() && ping.text.starts_with("NOAUTH");
    return is_shut_out ? "it has no masterauth, and the primary wants a password" : "";
  }
  if (said.size() < 2 || !said[1].is_error()) return {};
  return show_error(said[1].text, quotable_of_auth()) + " (masterauth, for " + user_of(own) + ")";
}

std::vector<command> questions_about_rights(const login& as, const own_login& own) {
  std::vector<command> asked = logged_in(as);
  const std::string user = own.username.empty() ? "default" : own.username;
  asked.push_back({"ACL", "DRYRUN", user, "PSYNC", "?", "-1"});
  return asked;
}

std::string judge_rights(const own_login& own, const replies& said) {
  if (said.empty() || !said.back().is_text()) return {};
  return "NOPERM " + said.back().text + " (masteruser, " + user_of(own) + ")";
}

std::vector<command> questions_about_plain_port(const login& as) {
  std::vector<command> asked = logged_in(as);
  asked.push_back({"CONFIG", "GET", "port"});
  return asked;
}

std::optional<std::string> read_plain_port(const replies& said) {
  if (said.empty()) return std::nullopt;
  auto port = value_of(said.back());
  return port && !port->empty() ? std::move(port) : std::nullopt;
}

std::vector<command> orders_of_plain_port(const login& as, std::uint16_t port) {
  std::vector<command> asked = logged_in(as);
  asked.push_back({"CONFIG", "SET", "port", std::to_string(port)});
  return asked;
}

std::string judge_plain_port(const login& as, const replies& said) {
  if (!said.empty() && said.back().is_error()) {
    return show_error(said.back().text, quotable_of_auth());
  }
  return said.size() < orders_of_plain_port(as, 0).size() ? "no answer" : "";
}

}  // namespace redis_agent::wire
