#include "simulated_keeper.hpp"

#include <algorithm>
#include <utility>

#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"
#include "core/safety/promotion.hpp"

namespace redis_agent::simulation {
namespace {

// The real one looks each 20 ms, which is as good and takes longer.
constexpr duration turn = 80ms;

// Of the one that keeps what is lost; a file takes as long.
constexpr duration lost_turn = 250ms;

constexpr duration route_timeout = 2s;
constexpr duration route_interval = 2s;

}  // namespace

void simulated_keeper::advance(instant now, instant in_world) {
  hear_lock(now, in_world);
  hear_promises(now);
  end_move(now);
  if (!lock_) ask_about_lock(now, in_world);
  keep_route(now, in_world);
  ask_for_promises(now);
  if (now >= kept_at_) keep_lost(now);
}

void simulated_keeper::hear_lock(instant now, instant in_world) {
  if (!lock_) return;
  if (const auto answer = at_.api.take_answer(lock_->ticket, in_world)) {
    lock_.reset();
    if (answer->trouble) {
      at_.agent.hear(core::lock_failed{*answer->trouble, "said so", {}}, now);
    } else {
      at_.agent.hear(core::lock_answered{answer->seen}, now);
      const auto& lock = seen().lock;
      const bool is_noted = lock.holds() && lock.renewed_at && !at_.around.note_is_refused(at_.pod);
      if (is_noted) left_ = {*lock.seen, *lock.renewed_at, run_that_may_serve()};
      if (!lock.holds() && lock.unsure.empty()) left_ = {*lock.seen, now, ""};
    }
  } else if (now - lock_->at >= settings().lock_renewal) {
    lock_.reset();
    at_.agent.hear(core::lock_failed{core::lock_trouble::timed_out, "no answer", {}}, now);
  }
}

std::string simulated_keeper::run_that_may_serve() const {
  return core::is_being_promoted(seen()) && seen().server ? seen().server->run_id : "";
}

void simulated_keeper::ask_about_lock(instant now, instant in_world) {
  if (now < next_choice_) return;
  auto request = core::choose_request(seen(), settings(), now);
  if (!request) {
    next_choice_ = now + turn;
    return;
  }
  if (request->writes()) {
    const std::string stamp = seen().lock.identity + " " +
                              std::to_string(now.time_since_epoch() / 1ms) + "." +
                              std::to_string(++stamps_);
    request->wanted.renewed_at = stamp;
    if (request->purpose == core::lock_purpose::take) request->wanted.acquired_at = stamp;
    const bool moves_it = request->purpose == core::lock_purpose::take ||
                          request->purpose == core::lock_purpose::give;
    if (moves_it) left_.reset();
    if (request->purpose != core::lock_purpose::renew) {
      at_.around.note(seen().pod +
                      " asks for the lock: " + core::describe_lock(seen(), settings(), now));
    }
  }
  at_.agent.hear(core::lock_asked{*request}, now);
  api_question q{api_question::what::lock, *request};
  if (at_.reads_version_late) q.lock.wanted.version = at_.api.lease().version;
  lock_ = sent{at_.api.ask(at_.pod, q, in_world), now};
}

void simulated_keeper::keep_route(instant now, instant in_world) {
  if (route_) return hear_route(now, in_world);
  if (now < next_route_) return;
  const auto& lock = seen().lock;
  if (core::is_to_be_routed(seen(), settings(), now)) {
    held_ = *lock.seen;
    moves_route_ = false;
    return ask_route({api_question::what::read_route}, now, in_world);
  }
  next_route_ = now;
}

void simulated_keeper::ask_route(api_question q, instant now, instant in_world) {
  route_ = sent{at_.api.ask(at_.pod, q, in_world), now};
}

void simulated_keeper::end_route(const std::string& trouble, instant now, std::int64_t found_term) {
  route_.reset();
  next_route_ = now + (trouble.empty() ? route_interval : 500ms);
  at_.agent.hear(core::route_known{held_.term, trouble, found_term}, now);
}

// Who has lost the lock since it was decided meets the term of who has it now.
void simulated_keeper::hear_route(instant now, instant in_world) {
  const auto answer = at_.api.take_answer(route_->ticket, in_world);
  if (!answer) {
    if (now - route_->at >= route_timeout) end_route("no answer", now);
    return;
  }
  if (answer->trouble) return end_route("refused", now);
  if (std::exchange(moves_route_, true)) {
    at_.around.note(seen().pod + " has the route of term " + std::to_string(held_.term));
    return end_route("", now);
  }
  const core::service_route& route = answer->route;
  if (route.term > held_.term) {
    return end_route("it leads to the holder of a later term", now, route.term);
  }
  if (route.leads_to(seen().pod) && route.term == held_.term) return end_route("", now);
  if (!core::is_to_be_routed(seen(), settings(), now)) {
    route_.reset();
    return;
  }
  api_question move{api_question::what::move_route};
  move.route = {
      route.version, {{std::string(core::pod_name_label), seen().pod}}, held_.term, held_.holder};
  ask_route(move, now, in_world);
}

void simulated_keeper::ask_for_promises(instant now) {
  if (now < next_promises_) return;
  next_promises_ = now + settings().lock_renewal / 2;
  if (!core::needs_promises(seen(), settings(), now)) return;
  const core::lease held = *seen().lock.seen;
  for (const std::string& name : core::who_may_take(seen().lock)) {
    const auto pod = seen().pods.find(name);
    if (pod == seen().pods.end()) continue;
    const auto said = at_.around.ask_for_promise(at_.pod, pod->second.report.server_address, held);
    if (said && *said) promises_.push_back({name, now, now + 50ms, held.term});
  }
}

void simulated_keeper::hear_promises(instant now) {
  std::erase_if(promises_, [&](const promise_on_its_way& p) {
    if (now < p.due) return false;
    const auto& lock = seen().lock;
    const bool is_in_time = now - p.asked_at < settings().lock_renewal;
    if (is_in_time && lock.holds() && lock.seen->term == p.term) {
      at_.agent.hear(core::promise_heard{p.pod, p.asked_at}, now);
    }
    return true;
  });
}

void simulated_keeper::end_move(instant now) {
  if (const auto outcome = core::outcome_of_move(seen(), now)) {
    at_.around.note(seen().pod + ": its move is over: " + (outcome->empty() ? "done" : *outcome));
    at_.agent.hear(core::move_ended{*outcome}, now);
  }
}

// Every fifth time there is no room for it in that form.
void simulated_keeper::keep_lost(instant now) {
  kept_at_ = now + lost_turn;
  if (const auto done = std::exchange(keeping_, std::nullopt)) {
    const auto form = done->act == core::keeping_act::read_stream ? core::kept_form::stream
                                                                  : core::kept_form::rdb;
    if (++stamps_ % 5 == 0) {
      return at_.agent.hear(core::lost_not_kept{done->what, form, "no room"}, now);
    }
    at_.around.note(seen().pod + " has kept what the holder does not carry");
    at_.around.lost_was_kept(at_.pod);
    return at_.agent.hear(core::lost_kept{done->what, {form, "/data/lost", ""}}, now);
  }
  const core::keeping_step next = core::choose_keeping(seen(), settings(), now);
  switch (next.act) {
    case core::keeping_act::none: return;
    case core::keeping_act::hold_at_anchor:
      if (seen().lost.found == next.what) return;
      return at_.agent.hear(core::divergence_found{next.what}, now);
    case core::keeping_act::give_up:
      at_.agent.hear(core::divergence_found{next.what}, now);
      return at_.agent.hear(core::lost_kept{next.what, {core::kept_form::nothing, "", next.why}},
                            now);
    case core::keeping_act::read_stream:
    case core::keeping_act::save_rdb: break;
  }
  at_.agent.hear(core::divergence_found{next.what, true}, now);
  keeping_ = next;
}

}  // namespace redis_agent::simulation
