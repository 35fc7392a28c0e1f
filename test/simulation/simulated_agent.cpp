#include "simulated_agent.hpp"

#include "core/readiness/verdict.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"
#include "wire/volume_json.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration calm_interval = 2s;

std::string bind_of(const redis_model& server) {
  return server.binds_loopback_only() ? "127.0.0.1 -::1" : "* -::*";
}

}  // namespace

simulated_agent::simulated_agent(int pod, const core::settings& s, surroundings& around,
                                 instant now)
    : pod_(pod),
      settings_(s),
      around_(around),
      memory_(core::begin_memory(s, now)),
      next_name_(now),
      next_statement_(now),
      volume_number_(around.volume_number(pod)),
      now_(now) {
  memory_.fresh_cluster_id = around.new_cluster_id();
  redis_.address = "127.0.0.1";
  std::optional<core::volume_memory> remembered;
  if (const auto& text = around_.agent_file(pod)) {
    if (auto read = wire::parse_volume_memory(*text)) remembered = *read;
  }
  take(core::volume_read{remembered, around_.rdb_on_volume(pod)}, now);
}

bool simulated_agent::calls_itself_ready(instant now) const {
  return core::decide(memory_, settings_, now).is_ready;
}

void simulated_agent::advance(instant now) {
  now_ = now;
  look_up_names(now);
  if (now >= redis_.next_poll) poll(core::peer::redis, "", redis_);
  if (memory_.derived == core::role::replica) {
    if (!primary_.address.empty() && now >= primary_.next_poll) {
      poll(core::peer::primary, "", primary_);
    }
  } else {
    for (auto& [name, at] : pods_) {
      if (!at.address.empty() && now >= at.next_poll) poll(core::peer::pod, name, at);
    }
  }
  if (now >= next_statement_) hear_agents(now);
}

duration simulated_agent::interval_of(core::peer who) const {
  const bool is_calm = who == core::peer::pod && !core::gate_is_closed(memory_, settings_);
  return is_calm ? calm_interval : settings_.poll_interval;
}

void simulated_agent::look_up_names(instant now) {
  if (now < next_name_) return;
  const auto listed = around_.list_pods();
  next_name_ = now + (listed ? 1s : 2s);
  if (!listed) {
    take(core::peers_failed{"silent"}, now);
    take(core::addresses_failed{"silent"}, now);
    return;
  }
  core::service_answer answer;
  for (const std::string& name : *listed) answer.targets.push_back({name, 6379});
  if (memory_.derived == core::role::replica) {
    const auto found =
        around_.find_addresses(std::string(core::first_label(settings_.primary.host)));
    if (found && !found->empty()) {
      if (primary_.address != found->front()) primary_ = {found->front(), now, {}, false};
      take(core::addresses_resolved{{*found, 5s}}, now);
    }
    return;
  }
  std::map<std::string, target> kept;
  for (const std::string& name : *listed) {
    if (name == settings_.pod_name) continue;
    const auto found = around_.find_addresses(name);
    target& at = kept[name];
    if (const auto known = pods_.find(name); known != pods_.end()) at = known->second;
    if (found && !found->empty() && at.address != found->front()) {
      at = {found->front(), now, {}, false};
    }
  }
  pods_ = std::move(kept);
  take(core::peers_resolved{std::move(answer)}, now);
}

void simulated_agent::poll(core::peer who, const std::string& pod, target& at) {
  at.next_poll = now_ + interval_of(who);
  const bool is_local = who == core::peer::redis;
  const auto asked = around_.ask_server(pod_, is_local ? around_.address_of(pod_) : at.address);
  if (asked.server == nullptr || (!is_local && around_.loses_a_message())) {
    at.order.reset();
    at.was_up = false;
    if (who == core::peer::primary) redis_.next_poll = now_;
    return take(core::failed{who, asked.otherwise, "", pod}, now_);
  }
  const bool connects = !at.was_up;
  if (connects) {
    at.was_up = true;
    take(core::connected{who, pod}, now_);
  }
  const bool was_ordered = at.order.has_value();
  if (was_ordered) carry_out(*at.order, *asked.server);
  at.order.reset();
  core::poll_report report = asked.server->report(now_);
  report.own_address = is_local ? "127.0.0.1" : around_.address_of(pod_);
  report.server_address = at.address;
  if (is_local) {
    report.bind = bind_of(*asked.server);
    const bool with_details =
        connects || was_ordered ||
        now_ - at.details_at >= core::detail_interval(memory_, settings_, now_);
    if (with_details) {
      at.details_at = now_;
    } else {
      report.details.reset();
    }
  }
  take(core::reported{who, std::move(report), pod}, now_);
}

void simulated_agent::carry_out(const core::order& o, redis_model& server) {
  const bool closes_in_use = o.who == core::peer::redis && o.steps.front() == core::step::follow &&
                             memory_.derived == core::role::primary &&
                             !server.binds_loopback_only() && server.accepts_writes() &&
                             !server.data().empty();
  if (closes_in_use) around_.report_violation(settings_.pod_name + " closes a primary in use");
  around_.note(settings_.pod_name + " tells " + (o.pod.empty() ? "its redis" : o.pod) + ": " +
               core::describe(o) + " (" + o.why + ")");
  for (const core::step s : o.steps) {
    switch (s) {
      case core::step::stand_alone: server.replicaof_no_one(); break;
      case core::step::follow: server.replicaof(o.to); break;
      case core::step::drop_replicas:
      case core::step::pause_clients: break;  // the model's end does not wait
      case core::step::listen_everywhere: server.set_bind(false); break;
    }
  }
}

void simulated_agent::hear_agents(instant now) {
  next_statement_ = now + settings_.poll_interval;
  const auto hear = [&](core::peer who, const std::string& pod, const std::string& address) {
    const core::memory* const other = around_.ask_agent(pod_, address);
    if (other == nullptr || !other->server) return;
    take(core::stated{who,
                      {other->pod, other->remembered ? other->remembered->cluster_id : "",
                       other->server->run_id, core::own_lineage(*other)},
                      pod},
         now);
  };
  if (memory_.derived == core::role::replica) {
    if (memory_.primary.condition != core::link_condition::up) return;
    if (core::decide_rope(memory_, settings_, now).why == core::refusal::none) {
      next_statement_ = now + calm_interval;
    }
    return hear(core::peer::primary, "", memory_.primary_address);
  }
  if (!core::gate_is_closed(memory_, settings_)) next_statement_ = now + calm_interval;
  for (const auto& [name, at] : std::map(pods_)) {
    if (!at.address.empty()) hear(core::peer::pod, name, at.address);
  }
}

void simulated_agent::take(const core::event& happened, instant now) {
  memory_ = core::observe(std::move(memory_), happened, now);
  act(now);
}

void simulated_agent::act(instant now) {
  if (!memory_.volume_is_checked) {
    const bool is_untouched = volume_number_ == around_.volume_number(pod_);
    return take(core::volume_checked{is_untouched, around_.rdb_on_volume(pod_)}, now);
  }
  if (const auto kept = core::choose_memory(memory_, settings_, now);
      kept && core::is_worth_writing(memory_.remembered, *kept, now - memory_.remembered_at)) {
    volume_number_ = around_.volume_number(pod_);
    around_.agent_file(pod_) = wire::render_volume_memory(*kept);
    return take(core::volume_written{*kept}, now);
  }
  for (const core::order& o : core::choose(memory_, settings_, now)) give(o);
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
  at->next_poll = now_ + 1ms;  // the next step
}

}  // namespace redis_agent::simulation
