// What DNS tells.
#include <algorithm>

#include "core/memory/observing.hpp"

namespace redis_agent::core {
namespace {

// So long a pod that DNS lists no more is waited for where a primary has begun anew. A node's
// death, and the move to another one, takes less.
constexpr duration unlisted_max = 10min;

template <class Answer>
void take_answer(name_memory<Answer>& name, const Answer& answer, instant now, bool is_another) {
  if (name.answer && is_another) ++name.changes;
  name.answer = answer;
  name.trouble.clear();
  name.answered_at = now;
}

// What a pod was heard to have stays a fact while a gate is closed, listed or not: it may have been
// deleted in just that moment.
void note_unlisted(memory& m, const service_answer& answer, instant now) {
  for (auto& [name, pod] : m.pods) {
    if (lists(answer, name)) {
      pod.unlisted_since.reset();
    } else if (!pod.unlisted_since && !answer.is_cut) {
      pod.unlisted_since = now;
    }
  }
  if (!serves_as_primary(m)) return;
  std::erase_if(m.pods, [&](const auto& known) {
    const auto& since = known.second.unlisted_since;
    return since && now - *since > unlisted_max;
  });
}

bool is_own(const memory& m, const std::string& address) {
  return std::find(m.own_addresses.begin(), m.own_addresses.end(), address) !=
         m.own_addresses.end();
}

}  // namespace

void take_addresses(memory& m, const address_answer& answer, instant now) {
  const auto& known = m.primary_name.answer;
  take_answer(m.primary_name, answer, now, known && known->addresses != answer.addresses);
  if (m.derived == role::replica || m.own_addresses.empty() || answer.addresses.empty()) return;
  const bool leads_here =
      std::any_of(answer.addresses.begin(), answer.addresses.end(),
                  [&](const std::string& address) { return is_own(m, address); });
  if (leads_here) {
    m.led_elsewhere_since.reset();
    m.primary_said.reset();
  } else if (!m.led_elsewhere_since) {
    m.led_elsewhere_since = now;
  }
}

void take_pods(memory& m, const service_answer& told, instant now) {
  const auto& known = m.service_name.answer;
  const service_answer answer = known ? join(*known, told) : told;
  note_unlisted(m, answer, now);
  take_answer(m.service_name, answer, now, known && known->targets != answer.targets);
  m.service_absence = absence::unknown;
}

}  // namespace redis_agent::core
