#include "wire/side_questions.hpp"

#include "core/server/link.hpp"

namespace redis_agent::wire {
namespace {

using core::link_condition;

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

}  // namespace redis_agent::wire
