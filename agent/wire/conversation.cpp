#include "wire/conversation.hpp"

#include <utility>

namespace redis_agent::wire {
namespace {

using core::link_condition;

// What a server says to AUTH if it has no password: before and since 6.0.
bool says_no_password_is_set(std::string_view error) {
  return error.starts_with("ERR Client sent AUTH, but no password is set") ||
         error.starts_with("ERR AUTH <password> called without any password configured");
}

command auth_command(const login& as) {
  command auth = {"AUTH"};
  if (!as.username.empty()) auth.push_back(as.username);
  auth.emplace_back(as.password.reveal());
  return auth;
}

}  // namespace

std::vector<conversation::question> conversation::questions(bool with_details) const {
  if (who_ == core::peer::primary) return {question::replication};
  std::vector<question> asked = {question::replication, question::loading, question::stage,
                                 question::ping};
  if (with_details) {
    asked.insert(asked.end(), {question::server, question::keyspace, question::stats});
  }
  return asked;
}

std::string conversation::open(const login& as, core::instant now) {
  std::vector<question> asked;
  if (!as.password.empty()) asked.push_back(question::auth);
  asked.push_back(question::name);
  for (const question q : questions(true)) asked.push_back(q);
  return put(std::move(asked), as, now);
}

std::string conversation::ask(bool with_details, core::instant now) {
  return put(questions(with_details), {}, now);
}

command conversation::command_for(question asked, const login& as) {
  switch (asked) {
    case question::auth: return auth_command(as);
    case question::name: return {"CLIENT", "SETNAME", as.client_name};
    case question::replication: return {"INFO", "replication"};
    case question::loading: return {"INFO", "persistence"};
    case question::stage: return {"ROLE"};
    case question::ping: return {"PING"};
    case question::server: return {"INFO", "server"};
    case question::keyspace: return {"INFO", "keyspace"};
    case question::stats: return {"INFO", "stats"};
  }
  return {"PING"};
}

std::string conversation::put(std::vector<question> asked, const login& as, core::instant now) {
  std::string bytes;
  for (const question q : asked) bytes += format_command(command_for(q, as));
  asked_ = std::move(asked);
  replies_.clear();
  asked_at_ = now;
  return bytes;
}

core::event conversation::fail(link_condition condition, std::string detail) const {
  return core::failed{who_, condition, std::move(detail)};
}

std::optional<core::event> conversation::outcome() {
  while (replies_.size() < asked_.size()) {
    auto reply = reader_.next();
    if (!reply && reader_.trouble() == resp_trouble::none) return std::nullopt;
    if (!reply) {
      is_usable_ = false;
      return fail(reader_.trouble() == resp_trouble::too_large ? link_condition::reply_too_large
                                                               : link_condition::not_redis,
                  reader_.trouble_text());
    }
    replies_.push_back(std::move(*reply));
  }
  if (reader_.has_leftover()) {
    is_usable_ = false;
    return fail(link_condition::not_redis, "answered what was not asked");
  }
  return judge(replies_);
}

// An error that decides the poll, if the reply is one.
std::optional<core::failed> conversation::refusal(question asked, const resp_value& reply) {
  if (!reply.is_error()) return std::nullopt;
  // Nameless is no harm, and PING is asked for what clients hear, not for the agent's own sake.
  if (asked == question::name || asked == question::ping) return std::nullopt;
  if (asked == question::auth) {
    if (says_no_password_is_set(reply.text)) return std::nullopt;
    is_usable_ = false;
  }
  const link_condition condition = core::condition_of_error(reply.text);
  if (condition == link_condition::password_required) is_usable_ = false;
  return core::failed{who_, condition, reply.text};
}

core::event conversation::judge(const std::vector<resp_value>& replies) {
  core::poll_report report;
  report.asked_at = asked_at_;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const resp_value& reply = replies[i];
    if (auto refused = refusal(asked_[i], reply)) return std::move(*refused);
    switch (asked_[i]) {
      case question::auth:
      case question::name: break;
      case question::replication: {
        auto parsed = core::parse_replication(reply.text);
        if (!reply.is_text() || !parsed) {
          is_usable_ = false;
          return fail(link_condition::not_redis, "no answer to INFO replication");
        }
        report.replication = std::move(*parsed);
        break;
      }
      case question::loading: report.loading = core::parse_loading(reply.text); break;
      case question::stage:
        if (reply.items.size() > 3) report.stage = core::parse_link_stage(reply.items[3].text);
        break;
      case question::ping:
        if (core::condition_of_error(reply.text) == link_condition::primary_down) {
          report.read_refusal = reply.text;
        }
        break;
      case question::server:
        if (auto parsed = core::parse_server(reply.text)) report.server = std::move(*parsed);
        break;
      case question::keyspace:
        report.details.emplace().keys = core::parse_key_count(reply.text);
        break;
      case question::stats:
        if (report.details) report.details->resyncs = core::parse_resync_counters(reply.text);
        break;
    }
  }
  return core::reported{who_, std::move(report)};
}

}  // namespace redis_agent::wire
