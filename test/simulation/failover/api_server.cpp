#include "api_server.hpp"

#include <algorithm>
#include <utility>

namespace redis_agent::simulation {
namespace {

using namespace std::chrono_literals;

constexpr duration a_minute = 60s;

}  // namespace

api_server::api_server(std::mt19937_64& chance) : chance_(chance) {
  lease_.version = route_.version = "1";
}

duration api_server::draw(duration most) {
  const auto ms = static_cast<std::uint64_t>(most / 1ms);
  return ms == 0 ? duration{} : std::chrono::milliseconds(chance_() % ms);
}

std::optional<instant> api_server::renewed_at(const std::string& holder) const {
  const auto found = renewed_.find(holder);
  return found == renewed_.end() ? std::nullopt : std::optional(found->second);
}

std::uint64_t api_server::ask(int pod, const api_question& q, instant now) {
  pending p{++tickets_, pod, q, std::nullopt, std::nullopt};
  if (weather_.is_down) {
    p.answers_at = now;
    p.reply = api_reply{core::lock_trouble::unreachable};
  } else if (weather_.split.contains(pod)) {
    // The kernel goes on trying for a while after the sender has hung up.
    p.is_stuck = one_in(3);
    if (!p.is_stuck && one_in(2)) p.reply = api_reply{core::lock_trouble::unreachable};
    if (p.reply) p.answers_at = now + 1s;
  } else if (weather_.revoked.contains(pod)) {
    p.answers_at = now;
    p.reply = api_reply{core::lock_trouble::unauthorized};
  } else if (weather_.refuses) {
    refuse(p, now);
  } else {
    send(p, now);
  }
  pending_.push_back(std::move(p));
  return tickets_;
}

// A 5xx says nothing of whether it was carried out.
void api_server::refuse(pending& p, instant now) {
  p.answers_at = now;
  p.reply = api_reply{*weather_.refuses};
  const bool may_be_carried_out = *weather_.refuses == core::lock_trouble::unavailable;
  if (may_be_carried_out && one_in(3)) p.applies_at = now + (one_in(2) ? 0s : draw(a_minute));
}

void api_server::send(pending& p, instant now) {
  if (weather_.applies_late && p.question.kind == api_question::what::lock && one_in(2)) {
    p.applies_at = now + draw(a_minute);
    return;
  }
  p.applies_at = now + draw(weather_.slow_by);
  if (weather_.loses_answers && one_in(2)) return;
  p.answers_at = *p.applies_at + draw(weather_.slow_by);
}

void api_server::set_weather(const api_weather& w, instant now) {
  const api_weather before = std::exchange(weather_, w);
  if (weather_.is_down && !before.is_down) restart();
  for (pending& p : pending_) {
    if (!p.is_stuck || !reaches(p.pod)) continue;
    p.is_stuck = false;
    if (!weather_.revoked.contains(p.pod)) p.applies_at = now + draw(2s);
  }
}

void api_server::restart() {
  std::erase_if(pending_, [](const pending& p) { return !p.reply; });
}

void api_server::advance(instant now) {
  for (pending& p : pending_) {
    if (!p.applies_at || now < *p.applies_at) continue;
    p.applies_at.reset();
    const api_reply made = carry_out(p, now);
    if (!p.reply) p.reply = made;
  }
  std::erase_if(pending_,
                [](const pending& p) { return !p.applies_at && !p.answers_at && !p.is_stuck; });
}

std::optional<api_reply> api_server::take_answer(std::uint64_t ticket, instant now) {
  const auto found = std::ranges::find(pending_, ticket, &pending::ticket);
  if (found == pending_.end() || !found->answers_at || now < *found->answers_at) {
    return std::nullopt;
  }
  const bool is_own_word = found->reply && found->reply->trouble == core::lock_trouble::unreachable;
  if (!found->reply || (!is_own_word && weather_.split.contains(found->pod))) return std::nullopt;
  api_reply answer = *found->reply;
  if (!found->applies_at) {
    pending_.erase(found);
  } else {
    found->answers_at.reset();
  }
  return answer;
}

api_reply api_server::carry_out(const pending& p, instant now) {
  switch (p.question.kind) {
    case api_question::what::lock:
      if (!has_lock_) return {core::lock_trouble::missing};
      if (p.question.lock.writes()) return write_lock(p.question.lock.wanted, now);
      return {std::nullopt, lease_, {}};
    case api_question::what::read_route: return {std::nullopt, {}, route_};
    case api_question::what::move_route: break;
  }
  if (p.question.route.version != route_.version) return {core::lock_trouble::conflict};
  if (p.question.route.term < route_.term) violation_ = "the route goes back to an earlier term";
  const bool is_another = p.question.route.selector != route_.selector;
  if (is_another && !routed_terms_.insert(p.question.route.term).second) {
    violation_ = "two routes of one term";
  }
  route_ = p.question.route;
  route_.version = std::to_string(++version_);
  return {std::nullopt, {}, route_};
}

void api_server::make_lock() {
  has_lock_ = true;
  edit_lock({});
}

void api_server::edit_lock(core::lease edited) {
  lease_ = std::move(edited);
  lease_.version = std::to_string(++version_);
}

api_reply api_server::write_lock(const core::lease& wanted, instant now) {
  if (wanted.version != lease_.version) return {core::lock_trouble::conflict};
  const core::lease before = std::exchange(lease_, wanted);
  lease_.version = std::to_string(++version_);
  if (!lease_.holder.empty()) renewed_[lease_.holder] = now;
  written_ = lease_;
  watch_lock(before);
  return {std::nullopt, lease_, {}};
}

void api_server::watch_lock(const core::lease& before) {
  if (lease_.term < before.term) violation_ = "the term of the lock goes back";
  if (lease_.holder.empty()) return;
  const auto [known, is_new] = holders_.emplace(lease_.term, lease_.holder);
  if (!is_new && known->second != lease_.holder) {
    violation_ = "term " + std::to_string(lease_.term) + " has two holders: " + known->second +
                 " and " + lease_.holder;
  }
}

}  // namespace redis_agent::simulation
