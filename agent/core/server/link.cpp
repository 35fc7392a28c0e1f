#include "core/server/link.hpp"

#include <algorithm>

namespace redis_agent::core {

std::string_view to_text(link_condition c) {
  switch (c) {
    case link_condition::untried: return "untried";
    case link_condition::up: return "up";
    case link_condition::unresolved: return "unresolved";
    case link_condition::refused: return "refused";
    case link_condition::unreachable: return "unreachable";
    case link_condition::timed_out: return "timed_out";
    case link_condition::closed: return "closed";
    case link_condition::loading: return "loading";
    case link_condition::busy: return "busy";
    case link_condition::primary_down: return "primary_down";
    case link_condition::disk_failing: return "disk_failing";
    case link_condition::too_many_clients: return "too_many_clients";
    case link_condition::password_required: return "password_required";
    case link_condition::password_refused: return "password_refused";
    case link_condition::not_permitted: return "not_permitted";
    case link_condition::error_reply: return "error_reply";
    case link_condition::not_redis: return "not_redis";
    case link_condition::reply_too_large: return "reply_too_large";
    case link_condition::no_tls: return "no_tls";
    case link_condition::tls_failed: return "tls_failed";
    case link_condition::certificate_expired: return "certificate_expired";
    case link_condition::certificate_untrusted: return "certificate_untrusted";
    case link_condition::certificate_usage: return "certificate_usage";
    case link_condition::certificate_name: return "certificate_name";
    case link_condition::certificate_refused: return "certificate_refused";
  }
  return "unknown";
}

bool is_an_answer(link_condition c) {
  switch (c) {
    case link_condition::up:
    case link_condition::loading:
    case link_condition::busy:
    case link_condition::primary_down:
    case link_condition::disk_failing:
    case link_condition::too_many_clients:
    case link_condition::password_required:
    case link_condition::password_refused:
    case link_condition::not_permitted:
    case link_condition::no_tls:
    case link_condition::tls_failed:
    case link_condition::certificate_expired:
    case link_condition::certificate_untrusted:
    case link_condition::certificate_usage:
    case link_condition::certificate_name:
    case link_condition::certificate_refused:
    case link_condition::error_reply: return true;
    default: return false;
  }
}

link_condition condition_of_error(std::string_view error_reply) {
  if (error_reply.starts_with("LOADING")) return link_condition::loading;
  if (error_reply.starts_with("BUSY")) return link_condition::busy;
  if (error_reply.starts_with("MASTERDOWN")) return link_condition::primary_down;
  if (error_reply.starts_with("MISCONF")) return link_condition::disk_failing;
  if (error_reply.starts_with("ERR max number of clients")) {
    return link_condition::too_many_clients;
  }
  if (error_reply.starts_with("NOAUTH")) return link_condition::password_required;
  if (error_reply.starts_with("WRONGPASS")) return link_condition::password_refused;
  if (error_reply.starts_with("ERR invalid password")) {  // before 6.0
    return link_condition::password_refused;
  }
  if (error_reply.starts_with("NOPERM") || error_reply.starts_with("DENIED")) {
    return link_condition::not_permitted;
  }
  return link_condition::error_reply;
}

duration reconnect_after(unsigned failures_in_a_row) {
  if (failures_in_a_row == 0) return 0ns;
  constexpr duration longest = 250ms;
  duration wait = 50ms;
  for (unsigned i = 1; i < failures_in_a_row && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

duration primary_poll_interval(duration poll_interval, std::int64_t replicas) {
  constexpr duration between_two_agents = 5ms;
  constexpr duration longest = 500ms;
  const duration fair = std::min(replicas * between_two_agents, longest);
  return std::max(poll_interval, fair);
}

}  // namespace redis_agent::core
