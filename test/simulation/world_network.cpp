// Who reaches whom, and what DNS says.
#include <algorithm>

#include "core/configuration/identity.hpp"
#include "world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr std::uint16_t anchor_port = 9122;
constexpr const char* stranger_address = "10.9.9.9";
constexpr duration shortest_late_answer = 300ms;
constexpr std::uint64_t late_answer_span_ms = 2600;

}  // namespace

bool world::holds(fault_kind kind, int pod, int other) const {
  return std::ranges::any_of(conditions_, [&](const condition& c) {
    return c.kind == kind && c.pod == pod && (other < 0 || c.other == other);
  });
}

simulated_pod* world::find_pod(const std::string& address) const {
  if (address.empty()) return nullptr;
  const auto found =
      std::ranges::find_if(pods_, [&](const auto& p) { return p->address == address; });
  return found == pods_.end() ? nullptr : found->get();
}

bool world::dns_answers(int from) const {
  return !pods_[static_cast<std::size_t>(from)]->is_cut_off &&
         !(dns_silent_until_ && now_ < *dns_silent_until_);
}

// Without publishNotReadyAddresses who is not ready has no record.
bool world::is_listed(const std::string& name) const {
  if (plan_.dns_ready_only == 0) return true;
  return std::ranges::any_of(current_, [&](int number) {
    const simulated_pod& p = *pods_[static_cast<std::size_t>(number)];
    return p.name == name && p.is_listed_as_ready;
  });
}

std::string world::resolve(const std::string& host) const {
  if (core::is_ip_literal(host)) return host;
  if (dns_silent_until_ && now_ < *dns_silent_until_) return {};
  const auto& records = dns_frozen_until_ && now_ < *dns_frozen_until_ ? frozen_records_ : records_;
  const auto found = records.find(std::string(core::first_label(host)));
  if (found == records.end() || !is_listed(found->first)) return {};
  return found->second;
}

redis_model* world::server_at(const core::endpoint& to) {
  const std::string address = resolve(to.host);
  if (to.port != 6379) return nullptr;
  if (address == stranger_address) return stranger_.get();
  simulated_pod* const p = find_pod(address);
  return p != nullptr ? p->server.get() : nullptr;
}

bool world::may_pass(const simulated_pod& a, const simulated_pod& b) const {
  if (cuts_.contains({a.number, b.number})) return false;
  return a.number == b.number || (!a.is_cut_off && !b.is_cut_off);
}

bool world::reaches(const std::string& from, const std::string& to) {
  const std::string address = resolve(to);
  if (from == stranger_address || address == stranger_address) return true;
  const simulated_pod* const a = find_pod(resolve(from));
  const simulated_pod* const b = find_pod(address);
  return a != nullptr && b != nullptr && may_pass(*a, *b);
}

bool world::admits(const std::string& from, const core::endpoint& to) {
  const simulated_pod* const a = find_pod(from);
  const simulated_pod* const b = find_pod(resolve(to.host));
  return a == nullptr || b == nullptr || !holds(fault_kind::block_redis, a->number, b->number);
}

bool world::is_anchor(const std::string& from, const core::endpoint& to) {
  const simulated_pod* const p = find_pod(to.host);
  return to.port == anchor_port && p != nullptr && p->name == primary_name && p->agent &&
         !holds(fault_kind::block_anchor, 0) && reaches(from, to.host) && reaches(to.host, from);
}

std::optional<std::vector<std::string>> world::find_addresses(int from, const std::string& name) {
  if (!dns_answers(from)) return std::nullopt;
  const std::string address = resolve(name);
  return address.empty() ? std::vector<std::string>() : std::vector<std::string>{address};
}

std::optional<std::vector<std::string>> world::list_pods(int from) {
  if (!dns_answers(from)) return std::nullopt;
  std::vector<std::string> names;
  const auto& records = dns_frozen_until_ && now_ < *dns_frozen_until_ ? frozen_records_ : records_;
  for (const auto& [name, address] : records) {
    const bool is_omitted = std::ranges::any_of(conditions_, [&](const condition& c) {
      return c.kind == fault_kind::omit_from_dns && pod_at(c.pod).name == name;
    });
    if (is_listed(name) && !is_omitted) names.push_back(name);
  }
  const auto most = static_cast<std::size_t>(plan_.dns_max);
  if (most == 0 || names.size() <= most) return names;
  // A server gives its records in turns, and what does not fit is cut off.
  const auto first = static_cast<std::ptrdiff_t>(more_chance_() % names.size());
  std::rotate(names.begin(), names.begin() + first, names.end());
  names.resize(most);
  return names;
}

surroundings::asked world::ask_server(int from, const std::string& address) {
  const simulated_pod& asking = pod_at(from);
  const simulated_pod* const p = find_pod(address);
  if (p == nullptr || !p->server) return {nullptr, core::link_condition::unreachable};
  const bool is_own = p == &asking;
  const bool may_ask = is_own || (may_pass(asking, *p) && may_pass(*p, asking) &&
                                  !holds(fault_kind::block_redis, from, p->number));
  if (!may_ask || p->server->is_paused()) return {nullptr, core::link_condition::timed_out};
  if (!p->server->is_running() || (!is_own && p->server->binds_loopback_only())) {
    return {nullptr, core::link_condition::refused};
  }
  if (!is_own && holds(fault_kind::refuse_questions, p->number)) {
    return {nullptr, core::link_condition::too_many_clients};
  }
  asked found{p->server.get(), core::link_condition::timed_out};
  if (const auto back = p->server->forks_until()) {
    found.late = *back - now_;
  } else if (holds(fault_kind::answer_late, from, p->number)) {
    found.late =
        shortest_late_answer + std::chrono::milliseconds(more_chance_() % late_answer_span_ms);
    found.is_late_here = more_chance_() % 2 == 0;
  }
  if (holds(fault_kind::lose_orders, from)) {
    found.loses_answer = more_chance_() % 2 == 0;
    if (!found.loses_answer && more_chance_() % 2 == 0) found.server = nullptr;
  }
  return found;
}

const core::memory* world::ask_agent(int from, const std::string& address) {
  const simulated_pod& asking = pod_at(from);
  const simulated_pod* const p = find_pod(address);
  if (p == nullptr || !p->agent || p->agent_is_paused) return nullptr;
  if (!may_pass(asking, *p) || !may_pass(*p, asking)) return nullptr;
  if (holds(fault_kind::block_agent, from, p->number)) return nullptr;
  return &p->agent->memory();
}

bool world::refuses_orders(const redis_model& server) {
  const simulated_pod* const p = find_pod(server.address());
  return p != nullptr && holds(fault_kind::refuse_orders, p->number);
}

std::optional<core::rdb_header> world::rdb_on_volume(int pod) {
  const auto& file = pod_at(pod).files.rdb;
  if (!file) return std::nullopt;
  core::rdb_header header;
  header.keys = static_cast<std::int64_t>(file->data.size());
  header.has_functions = !file->data.functions().empty();
  if (!file->has_replication_info) return header;
  header.replid = file->replid;
  header.offset = file->offset;
  return header;
}

}  // namespace redis_agent::simulation
