#include "simulated_agent.hpp"

#include <algorithm>
#include <utility>

#include "core/failover/decision.hpp"
#include "core/readiness/verdict.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/remembering.hpp"
#include "core/safety/rope.hpp"
#include "wire/least_rights.hpp"
#include "wire/order_commands.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration calm_interval = 2s;
constexpr duration a_moment = 100ms;
constexpr std::size_t writes_on_their_way = 2;  // since the report that an order goes with

// command/sidecar.cpp
constexpr duration while_redis_starts = 10ms;
constexpr duration turn_interval = 250ms;
constexpr duration reconnect_max = 250ms;

// io/redis_link: told after the first, given up after the second.
constexpr duration late_after = 1s;
constexpr duration gone_after = 3s;

std::string bind_of(const redis_model& server) {
  return server.binds_loopback_only() ? "127.0.0.1 -::1" : "* -::*";
}

std::string run_of(const redis_model& server, instant now) {
  const auto told = server.report(now).server;
  return told ? told->run_id : "";
}

// As the docs have the rights of --peer-username.
bool may_be_said_elsewhere(const core::order& o, bool has_a_lock) {
  const std::vector<wire::command> said = wire::commands_for(o);
  return std::all_of(said.begin(), said.end(), [&](const wire::command& each) {
    return wire::is_allowed(wire::rights_of(wire::acl_role::peer), each) ||
           (has_a_lock && wire::is_allowed(wire::rights_of(wire::acl_role::peer_failover), each));
  });
}

}  // namespace

std::string obey(const core::order& o, redis_model& server) {
  reply last = reply::ok;
  for (const core::step s : o.steps) {
    switch (s) {
      case core::step::stand_alone: last = server.replicaof_no_one(); break;
      case core::step::follow: last = server.replicaof(o.to); break;
      case core::step::listen_everywhere: last = server.set_bind(false); break;
      case core::step::drop_replicas: last = server.kill_replicas(); break;
      case core::step::drop_clients: break;
      case core::step::pause_writes: last = server.pause_writes(o.length); break;
      case core::step::resume_writes: last = server.pause_writes(0s); break;
      case core::step::need_replicas:
        last = server.set_min_replicas(static_cast<int>(o.count));
        break;
      case core::step::pause_clients: last = server.pause_writes(o.length); break;
      default: break;
    }
    if (last == reply::loading) return "LOADING Redis is loading the dataset in memory";
    if (last != reply::ok) return "ERR refused";
  }
  return {};
}

simulated_agent::simulated_agent(int pod, const core::settings& s, surroundings& around,
                                 instant now)
    : pod_(pod),
      settings_(s),
      around_(around),
      memory_(core::begin_memory(s, now)),
      next_name_(now),
      next_statement_(now),
      volume_(pod, around),
      now_(now) {
  memory_.fresh_cluster_id = around.new_cluster_id();
  redis_.address = "127.0.0.1";
  take(core::own_addresses_known{{around_.address_of(pod)}}, now);
}

bool simulated_agent::calls_itself_ready(instant now) const {
  return core::is_ready(core::judge(core::assess(memory_, settings_, now)).why);
}

std::string simulated_agent::describe_decision(instant now) const {
  return core::describe_decision(memory_, settings_, now);
}

bool simulated_agent::has_address(const std::string& address) const {
  return std::ranges::any_of(pods_, [&](const auto& p) { return p.second.address == address; });
}

bool simulated_agent::waits_for(const std::string& address) const {
  return std::ranges::any_of(
      pods_, [&](const auto& p) { return p.second.address == address && p.second.answer; });
}

std::string simulated_agent::describe_situation(instant now) const {
  return core::describe_situation(memory_, settings_, now);
}

void simulated_agent::hear_a_person(const std::string& kept, const std::string& situation,
                                    instant now) {
  now_ = now;
  around_.note(settings_.pod_name + " hears a person: " + kept + ", about: " + situation);
  const core::person_decided word{core::parse_keeping(kept).value_or(core::keeping::undecided),
                                  situation, ""};
  const core::person_decided weighed = core::weigh_decision(memory_, settings_, now, word);
  around_.note(settings_.pod_name + " answers: " + weighed.answer);
  take(weighed, now);
}

void simulated_agent::lose_connections(const std::string& address, instant now) {
  now_ = now;
  const auto lose = [&](const whom& w, target& at) {
    if (at.address != address || !at.was_up) return;
    fail(w, at, core::link_condition::refused);
  };
  if (memory_.derived == core::role::replica) lose({core::peer::primary, ""}, primary_);
  for (auto& [name, at] : pods_) lose({core::peer::pod, name}, at);
}

void simulated_agent::advance(instant now) {
  now_ = now;
  turn();
  hear_volume(now);
  look_up_names(now);
  visit({core::peer::redis, ""}, redis_);
  if (memory_.lock.is_used()) aim_by_lock();
  if (memory_.derived == core::role::replica) visit({core::peer::primary, ""}, primary_);
  if (asks_pods()) visit_pods(now);
  if (now < next_statement_) return;
  const bool is_replica = memory_.derived == core::role::replica;
  const duration wait = is_replica ? core::statement_interval(memory_, settings_, now) : 0s;
  if (now >= heard_at_ + wait) return hear_agents(now);
  next_statement_ = now + settings_.poll_interval;
}

// It decides nothing by that alone here: events come often enough.
void simulated_agent::turn() {
  if (now_ < next_turn_) return;
  next_turn_ = now_ + turn_interval;
  core::observe(memory_, core::turned{}, now_);
}

// command/pod_links: a gate that closes is in a hurry.
void simulated_agent::visit_pods(instant now) {
  const instant at_latest = now + interval_of(core::peer::pod);
  for (auto& [name, at] : pods_) {
    at.next_poll = std::min(at.next_poll, at_latest);
    visit({core::peer::pod, name}, at);
  }
  next_statement_ = std::min(next_statement_, at_latest);
}

void simulated_agent::hear(const core::event& happened, instant now) {
  now_ = now;
  take(happened, now);
}

void simulated_agent::visit(const whom& w, target& at) {
  if (at.address.empty()) return;
  if (at.answer) return go_on_waiting(w, at);
  if (now_ >= at.next_poll) poll(w, at);
}

duration simulated_agent::interval_of(core::peer who) const {
  if (who == core::peer::redis) return core::local_poll_interval(memory_, settings_, now_);
  const bool is_calm = who == core::peer::pod && !core::gate_is_closed(memory_, settings_);
  return is_calm ? calm_interval : settings_.poll_interval;
}

std::string simulated_agent::address_of(const whom& w, const target& at) {
  return w.who == core::peer::redis ? around_.address_of(pod_) : at.address;
}

void simulated_agent::fail(const whom& w, target& at, core::link_condition why) {
  at.order.reset();
  at.answer.reset();
  at.was_up = false;
  const bool is_local = w.who == core::peer::redis;
  at.next_poll = now_ + (is_local ? while_redis_starts : interval_of(w.who));
  // core/server/link.hpp: 250 ms at most.
  if (memory_.lock.is_used()) at.next_poll = std::min(at.next_poll, now_ + reconnect_max);
  if (w.who == core::peer::primary) redis_.next_poll = now_;
  take(core::failed{w.who, why, "", w.pod}, now_);
}

void simulated_agent::poll(const whom& w, target& at) {
  at.next_poll = now_ + interval_of(w.who);
  const std::string address = address_of(w, at);
  const auto asked = around_.ask_server(pod_, address);
  if (asked.server == nullptr) {
    if (at.order && at.was_up && asked.otherwise == core::link_condition::timed_out) {
      around_.leave_order(pod_, address, *at.order);
    }
    return fail(w, at, asked.otherwise);
  }
  if (w.who != core::peer::redis && around_.loses_a_message()) return fail(w, at, asked.otherwise);
  drop_old_order(at, *asked.server);
  // Whose clients are paused answers nobody, the agent neither.
  const bool is_paused = w.who == core::peer::redis && now_ < clients_wait_until_ &&
                         run_of(*asked.server, now_) == paused_run_;
  if (is_paused) return;
  if (asked.loses_answer && at.order) {
    carry_out(*at.order, *asked.server);
    return fail(w, at, core::link_condition::timed_out);
  }
  if (asked.late > 0s && at.was_up) return wait_for_answer(w, at, asked);
  if (!asked.server->answers()) return fail(w, at, core::link_condition::timed_out);
  if (!at.was_up) at.details_at = {};
  core::poll_report report = ask(w, at, *asked.server);
  const bool connects = !at.was_up || at.run_id != report.server->run_id;
  at.was_up = true;
  at.run_id = report.server->run_id;
  if (connects) take(core::connected{w.who, w.pod}, now_);
  take(core::reported{w.who, std::move(report), w.pod}, now_);
  at.next_poll = std::min(at.next_poll, now_ + interval_of(w.who));
}

// An order belongs to a connection, which ends with its server, and to its moment.
void simulated_agent::drop_old_order(target& at, const redis_model& server) const {
  if (!at.order) return;
  const bool is_late = now_ - at.ordered_at > late_after;
  const bool is_wanted = core::is_still_wanted(*at.order, memory_, settings_, now_);
  if (is_late || !is_wanted || run_of(server, now_) != at.run_id) at.order.reset();
}

// One round: an order that waits is carried out, and the report shows what has come of it.
core::poll_report simulated_agent::ask(const whom& w, target& at, redis_model& server) {
  const bool was_ordered = at.order.has_value();
  const bool is_to_pause = was_ordered && at.order->pauses_clients();
  const duration pause = was_ordered ? at.order->length : 0s;
  const std::string refusal = was_ordered ? carry_out(*at.order, server) : "";
  at.order.reset();
  core::poll_report report = server.report(around_.time_of_servers(now_));
  report.asked_at = now_;
  const bool is_local = w.who == core::peer::redis;
  report.took_order = was_ordered;
  report.order_refusal = refusal;
  report.clients_are_paused = is_to_pause && refusal.empty();
  report.own_address = is_local ? "127.0.0.1" : around_.address_of(pod_);
  report.server_address = at.address;
  if (!is_local) return report;
  if (report.clients_are_paused) {  // the transaction tells no more
    clients_wait_until_ = now_ + pause;
    paused_run_ = report.server->run_id;
    report.aof.reset();
    report.details.reset();
    return report;
  }
  report.bind = bind_of(server);
  if (memory_.lock.is_used()) report.min_replicas = server.min_replicas();
  const bool with_details = at.details_at == instant{} || was_ordered ||
                            now_ - at.details_at >= core::detail_interval(memory_, settings_, now_);
  if (with_details) {
    at.details_at = now_;
  } else {
    report.details.reset();
  }
  return report;
}

void simulated_agent::wait_for_answer(const whom& w, target& at, const surroundings::asked& asked) {
  std::optional<core::poll_report> told;
  if (asked.is_late_here) told = ask(w, at, *asked.server);
  at.answer = awaited{now_, now_ + asked.late, run_of(*asked.server, now_),
                      std::exchange(at.order, std::nullopt), std::move(told)};
}

void simulated_agent::go_on_waiting(const whom& w, target& at) {
  const duration so_far = now_ - at.answer->asked_at;
  if (so_far >= gone_after) return fail(w, at, core::link_condition::timed_out);
  if (so_far >= late_after && !at.answer->is_told_late) {
    at.answer->is_told_late = true;
    take(core::failed{w.who, core::link_condition::timed_out, "", w.pod}, now_);
    if (!at.answer) return;
  }
  if (now_ < at.answer->due) return;
  const auto asked = around_.ask_server(pod_, address_of(w, at));
  if (asked.server == nullptr) {
    if (asked.otherwise == core::link_condition::timed_out) return;
    return fail(w, at, asked.otherwise);
  }
  if (!asked.server->answers()) return;
  if (run_of(*asked.server, now_) != at.answer->run_id) {
    return fail(w, at, core::link_condition::refused);
  }
  const awaited waited = *std::exchange(at.answer, std::nullopt);
  // What was ordered meanwhile comes with the next question.
  const auto next = std::exchange(at.order, waited.order);
  core::poll_report report = waited.told ? *waited.told : ask(w, at, *asked.server);
  report.asked_at = waited.asked_at;
  at.order = next;
  at.next_poll = now_ + 1ms;
  take(core::reported{w.who, std::move(report), w.pod}, now_);
}

// What the server says to it, "" if it obeys.
std::string simulated_agent::carry_out(const core::order& o, redis_model& server) {
  // What it decided by was of another moment than the one in which it is carried out.
  const bool is_late = now_ - memory_.redis.reported_at.value_or(now_) > a_moment;
  const bool closes_in_use =
      !is_late && o.who == core::peer::redis && o.steps.front() == core::step::follow &&
      memory_.derived == core::role::primary && !server.binds_loopback_only() &&
      server.accepts_writes() && server.data().size() > writes_on_their_way;
  if (closes_in_use) {
    around_.report_violation(pod_, settings_.pod_name + " closes a primary in use");
  }
  const bool has_a_lock = settings_.failover == core::failover_mode::lease;
  if (o.who != core::peer::redis && !may_be_said_elsewhere(o, has_a_lock)) {
    around_.report_violation(pod_, "the user for other pods may not say " + core::describe(o));
  }
  take(core::ordered{o.who, core::describe(o), o.pod, o.pauses_writes(), o.resumes_writes()}, now_);
  const bool is_refused = around_.refuses_orders(server);
  around_.note(settings_.pod_name + " tells " + (o.pod.empty() ? "its redis" : o.pod) + ": " +
               core::describe(o) + " (" + o.why + ")" + (is_refused ? ", refused" : ""));
  if (is_refused) return "NOPERM this user has no permissions to run it";
  std::string complaint = obey(o, server);
  if (complaint.empty()) around_.order_was_obeyed(pod_, o, server);
  return complaint;
}

void simulated_agent::take(const core::event& happened, instant now) {
  core::observe(memory_, happened, now);
  act(now);
}

void simulated_agent::act(instant now) {
  if (ask_volume(now)) return;
  for (const core::order& o : core::choose(memory_, settings_, now)) give(o);
}

// Whether anything was asked: that is an event of its own.
bool simulated_agent::ask_volume(instant now) {
  if (core::is_to_be_read(memory_, now)) {
    if (memory_.volume_is_read) {
      volume_.check(now);
    } else {
      volume_.read(now);
    }
    take(core::volume_asked{}, now);
  } else {
    const auto kept = core::choose_memory(memory_, settings_, now);
    if (!kept || !core::is_to_be_written(memory_, *kept, now)) return false;
    volume_.write(*kept, now);
    take(core::volume_asked{*kept}, now);
  }
  hear_volume(now);
  return true;
}

void simulated_agent::hear_volume(instant now) {
  if (const auto outcome = volume_.take_outcome(now)) take(*outcome, now);
}

void simulated_agent::give(const core::order& o) {
  target* at = &redis_;
  if (o.who == core::peer::pod) {
    const auto found = pods_.find(o.pod);
    if (found == pods_.end()) return;
    at = &found->second;
  }
  if (at->order || !at->was_up) return;
  at->order = o;
  at->ordered_at = now_;
  at->next_poll = now_ + 1ms;  // the next step
}

}  // namespace redis_agent::simulation
