// People: what they are asked, what they decide, and when that arrives.
#include <algorithm>

#include "world.hpp"

namespace redis_agent::simulation {
namespace {

std::vector<int> difference(const dataset& a, const std::vector<bool>& b) {
  std::vector<int> rest;
  for (const int number : a.numbers()) {
    if (!b[static_cast<std::size_t>(number)]) rest.push_back(number);
  }
  return rest;
}

bool refuses(const core::rope_ruling& rope) {
  return rope.why == core::refusal::behind || rope.why == core::refusal::another_history;
}

}  // namespace

// What all others that answer have, or one pod alone.
std::vector<bool> world::numbers_of(const simulated_pod* one, const simulated_pod* all_but) const {
  std::vector<bool> numbers(static_cast<std::size_t>(writes_.count()) + 1);
  for (const auto& p : pods_) {
    const bool counts = one != nullptr ? p.get() == one : p.get() != all_but;
    if (!counts || !p->server) continue;
    for (const int number : p->server->data().numbers()) {
      numbers[static_cast<std::size_t>(number)] = true;
    }
  }
  return numbers;
}

// A person who reads why a pod is not ready gives up one of two histories that have each what the
// other lacks, or accepts that what was there is nowhere any more.
std::optional<world::word> world::look(simulated_pod& p, bool insists_on_mine) {
  if (!p.agent || p.agent_is_paused || !p.server) return std::nullopt;
  const core::gate_ruling gate = core::decide_gate(p.agent->memory(), p.settings, now_);
  const core::rope_ruling rope = core::decide_rope(p.agent->memory(), p.settings, now_);
  const bool gate_holds = gate.act == core::gate_act::hold;
  if (!gate_holds && !refuses(rope)) return std::nullopt;
  for (const auto& each : pods_) each->written_to_until = now_;  // nobody writes to what he decides
  word w{now_, p.number, "theirs", p.agent->describe_situation(now_), false, {}};
  if (gate_holds && (gate.rule == 7 || insists_on_mine)) w.kept = "mine";
  const dataset& own = p.server->data();
  if (gate.rule == 7 && gate_holds) {
    w.accepts_all_loss = true;
  } else if (!gate_holds) {
    w.given_up = difference(own, numbers_of(&pod_at(current_[0]), nullptr));
  } else if (w.kept == "theirs") {
    w.given_up = difference(own, numbers_of(nullptr, &p));
  } else {
    const std::vector<bool> mine = numbers_of(&p, nullptr);
    for (const auto& other : pods_) {
      if (!other->server) continue;
      const auto lost = difference(other->server->data(), mine);
      w.given_up.insert(w.given_up.end(), lost.begin(), lost.end());
    }
  }
  decisions_.insert(gate_holds ? gate.rule : 0);
  note("a person at " + p.name + " sees: " + (gate_holds ? gate.evidence : rope.evidence));
  return w;
}

void world::look_late() {
  std::erase_if(lurking_, [&](const lurking& l) {
    if (l.what.kind != fault_kind::decide_late) return false;
    auto w = look(named(l.what.pod), l.what.other % 2 != 0);
    if (!w) return false;
    w->arrives = now_ + l.what.length;
    words_.push_back(std::move(*w));
    return true;
  });
}

void world::hear_words() {
  std::vector<word> due;
  std::erase_if(words_, [&](word& w) {
    if (now_ < w.arrives) return false;
    due.push_back(std::move(w));
    return true;
  });
  for (const word& w : due) take_word(w);
}

// Whatever becomes of it: what he has seen is lost by his word, and nothing else.
void world::take_word(const word& w) {
  simulated_pod& p = pod_at(w.pod);
  if (!p.agent) return;
  note("a person at " + p.name + " keeps " + w.kept);
  (w.kept == "mine" ? mine_was_kept_ : theirs_was_kept_) = true;
  for (const int number : w.given_up) writes_.give_up(number);
  if (w.accepts_all_loss) {
    std::vector<bool> there(static_cast<std::size_t>(writes_.count()) + 1);
    for (const auto& each : pods_) {
      if (each->server && each->server->is_running()) add_held(*each, there);
    }
    for (int n = 1; n <= writes_.count(); ++n) {
      if (!there[static_cast<std::size_t>(n)]) writes_.give_up(n);
    }
  }
  protected_functions_.clear();
  p.agent->hear_a_person(w.kept, w.situation, now_);
}

std::string world::decide_as_people() {
  for (const int number : current_) {
    simulated_pod& p = pod_at(number);
    if (!p.agent || !p.server) continue;
    const core::gate_ruling gate = core::decide_gate(p.agent->memory(), p.settings, now_);
    const core::rope_ruling rope = core::decide_rope(p.agent->memory(), p.settings, now_);
    std::string violation = question_at_gate(p, gate);
    if (violation.empty() && refuses(rope)) violation = question_at_replica(p, rope);
    if (!violation.empty()) return violation;
    if (plan_.rope == 0 && p.index != 0) let_go_of_the_anchor(p);
    if (const auto w = look(p, false)) take_word(*w);
  }
  return {};
}

// With the rope turned off nobody asks about one that was held and that the primary, which serves
// again, does not carry.
void world::let_go_of_the_anchor(simulated_pod& p) {
  if (!primary().takes_writes || !p.server->answers() || !p.server->is_replica()) return;
  if (p.server->report(now_).replication.link->primary.port != p.settings.anchor_port) return;
  give_up_what_only_it_has(p);
  p.server->replicaof({primary_host, 6379});
}

// Asked to accept a loss while a replica or a volume has it, they would lose it for nothing. Asked
// while all are there and nobody has anything, they have nothing to say.
std::string world::question_of_loss(const simulated_pod& p, const core::gate_ruling& gate) const {
  // Whom DNS does not list nobody can know to have nothing.
  if (plan_.dns_ready_only != 0) return {};
  if (writes_.protected_count() != 0) {
    return "a person is asked to accept a loss that is none: " + gate.evidence;
  }
  const bool is_unread = p.files.rdb && !p.files.rdb->data.empty() && p.server->data().empty();
  const bool somebody_has = std::ranges::any_of(pods_, [](const auto& each) {
    return each->server && (!each->server->data().empty() || each->server->functions() > 0 ||
                            (each->is_promoted_by_hand && each->takes_writes));
  });
  if (is_unread || somebody_has) return {};
  return "a person is asked where nobody who may have data is missing: " + gate.evidence;
}

// Asked to choose where one side has all that the other has.
std::string world::question_at_gate(const simulated_pod& p, const core::gate_ruling& gate) const {
  if (gate.act != core::gate_act::hold) return {};
  if (gate.rule == 7) return question_of_loss(p, gate);
  // Of three histories one may be less than the two others are together.
  const bool one_has_all = std::ranges::any_of(pods_, [&](const auto& whole) {
    const std::vector<bool> its = numbers_of(whole.get(), nullptr);
    return std::ranges::all_of(pods_, [&](const auto& each) {
      return !each->server || std::ranges::all_of(difference(each->server->data(), its),
                                                  [&](int n) { return n <= expired_up_to(); });
    });
  });
  // Nobody can know what an AOF without an agent's memory is, or how far one came before a crash,
  // or what a server did while its agent did not look.
  const bool cannot_know =
      stranger_ || names_change_unseen() || is_anybodys_beginning_unknown(p) ||
      std::ranges::any_of(pods_, [](const auto& each) {
        const bool has_data = each->server && !each->server->data().empty();
        return (each->began_unknown && has_data) ||
               (each->is_promoted_by_hand && each->takes_writes) ||
               each->written_to_until != instant{} ||
               (each->agent && core::own_lineage(each->agent->memory()).is_estimate);
      });
  if ((cannot_know && !ends_are_known()) || !one_has_all) return {};
  return "a person is asked though nothing would be lost: " + gate.evidence;
}

// Nothing but planned ends: how far each came is known to the byte. Where a node is lost its links
// look alive, as those of a replica do that is cut off: there a person may be asked.
bool world::ends_are_known() const {
  const auto count = [&](auto is_one) { return std::ranges::count_if(plan_.faults, is_one); };
  const auto planned =
      count([](const fault& f) { return f.kind == fault_kind::end_planned && f.other < 2; });
  const auto harmless = count(
      [](const fault& f) { return f.kind == fault_kind::load || f.kind == fault_kind::expire; });
  const auto all = static_cast<std::ptrdiff_t>(plan_.faults.size());
  return all == planned + harmless;
}

// Before 7 a primary takes a new name without a trace when its first replica attaches; one that
// ends before its agent's next look has a history that nobody knows.
bool world::names_change_unseen() const {
  return plan_.version < 7 && std::ranges::any_of(plan_.faults, [](const fault& f) {
           return f.kind == fault_kind::restart_often;
         });
}

// A primary takes a new name when its first replica attaches, and may end before its agent's next
// look, or before that has noted it: whoever has a history that begins with it cannot tell what
// came before.
bool world::begins_with_an_unnoted_name(const core::lineage& history) const {
  const std::string& oldest = history.ancestors.empty() ? history.id : history.ancestors.back().id;
  return !history.id.empty() && !noted_streams_.contains(oldest);
}

bool world::is_anybodys_beginning_unknown(const simulated_pod& first) const {
  const core::gate_facts facts = core::assess_gate(first.agent->memory(), first.settings, now_);
  return (facts.has_data() && begins_with_an_unnoted_name(facts.own)) ||
         std::ranges::any_of(facts.pods, [&](const core::pod_facts& pod) {
           return pod.has_data() && begins_with_an_unnoted_name(pod.history);
         });
}

std::string world::question_at_replica(const simulated_pod& p,
                                       const core::rope_ruling& rope) const {
  const redis_model* const first = primary().server.get();
  if (first == nullptr || p.server->data().empty() || p.began_unknown || stranger_) return {};
  const core::lineage own = core::own_lineage(p.agent->memory());
  if (own.is_estimate || begins_with_an_unnoted_name(own)) return {};
  // Who kept one of several histories is asked by those that have another.
  if (theirs_was_kept_ || names_change_unseen()) return {};
  if (first->data().empty() && !mine_was_kept_) {
    return "a person is asked to give up data for an empty primary: " + rope.evidence;
  }
  if (!difference(p.server->data(), numbers_of(&primary(), nullptr)).empty()) return {};
  return "a person is asked though nothing would be lost: " + rope.evidence;
}

}  // namespace redis_agent::simulation
