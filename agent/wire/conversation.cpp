#include "wire/conversation.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "core/server/info.hpp"
#include "wire/password_answers.hpp"

namespace redis_agent::wire {
namespace {

using core::link_condition;

// What a server says to AUTH if it has no password: before and since 6.0.
bool says_no_password_is_set(std::string_view error) {
  return error.starts_with("ERR Client sent AUTH, but no password is set") ||
         error.starts_with("ERR AUTH <password> called without any password configured");
}

// Of a command, or of one within a transaction.
std::string error_in(const resp_value& reply) {
  if (reply.is_error()) return reply.text;
  for (const resp_value& item : reply.items) {
    if (item.is_error()) return item.text;
  }
  return {};
}

// The value of a CONFIG GET; nullopt if that says nothing.
std::optional<std::string> value_in(const resp_value& reply) {
  return reply.items.size() == 2 ? std::optional(reply.items[1].text) : std::nullopt;
}

std::optional<std::int64_t> number_in(const resp_value& reply) {
  const auto value = value_in(reply);
  return value ? core::parse_number(*value) : std::nullopt;
}

// The end of a transaction that pauses clients: what the server has then.
void take_last_replication(core::poll_report& report, const resp_value& reply) {
  report.took_order = true;
  report.order_refusal = error_in(reply);
  if (!report.order_refusal.empty() || reply.items.empty()) return;
  auto parsed = core::parse_replication(reply.items.back().text);
  if (!parsed) return;
  report.replication = std::move(*parsed);
  report.clients_are_paused = true;
}

// What can be changed shows within this; a new connection asks at once.
constexpr core::duration settings_interval = std::chrono::minutes(1);

void take_refusals(core::poll_report& report, const resp_value& pong) {
  const link_condition condition = core::condition_of_error(pong.text);
  if (condition == link_condition::primary_down) report.read_refusal = pong.text;
  if (condition == link_condition::disk_failing) report.write_refusal = pong.text;
}

}  // namespace

std::vector<conversation::question> conversation::questions(bool with_details) const {
  std::vector<question> asked = {question::replication};
  const auto add = [&](std::initializer_list<question> more) { asked.insert(asked.end(), more); };
  switch (who_) {
    case core::peer::redis:
      add({question::loading, question::stage, question::bind, question::ping});
      if (with_details) {
        add({question::min_replicas, question::rdb_name, question::stale_data,
             question::appendfsync, question::no_fsync_on_rewrite, question::repl_timeout,
             question::server, question::keyspace, question::memory, question::stats});
      }
      break;
    case core::peer::primary:
      if (with_details) add({question::loading, question::server});
      break;
    case core::peer::pod:
      add({question::loading, question::server, question::keyspace, question::memory});
      break;
  }
  const bool asks_for_passwords = !watched_user_.empty() && with_details;
  if (asks_for_passwords) add({question::users_passwords});
  // In clear, so that nobody is asked for it who need not be.
  if (asks_for_passwords && !knows_users_) add({question::required_password});
  if (asks_for_passwords && who_ == core::peer::redis) {
    add({question::links_password, question::links_user});
  }
  return asked;
}

std::string conversation::open(const login& as, core::instant now) {
  needs_login_ = false;
  username_ = as.username;
  watched_user_ = as.watched_user;
  std::vector<question> asked;
  if (!as.password.empty()) asked.push_back(question::auth);
  asked.push_back(question::name);
  for (const question q : questions(true)) asked.push_back(q);
  return put(std::move(asked), as, now);
}

std::string conversation::ask(bool with_details, core::instant now,
                              const std::vector<command>& orders) {
  std::vector<question> asked = questions(with_details);
  std::vector<command> metrics;
  if (std::exchange(is_scraped_, false)) {
    metrics_.with_settings = told_ == nullptr || now - settings_at_ >= settings_interval;
    if (metrics_.with_settings) settings_at_ = now;
    metrics = metrics_commands(metrics_);
    constexpr std::array of_info = {question::replication, question::loading, question::server,
                                    question::keyspace,    question::memory,  question::stats};
    std::erase_if(asked,
                  [&](question q) { return std::ranges::find(of_info, q) != of_info.end(); });
    asked.insert(asked.begin(), question::everything);
  }
  asked.insert(asked.begin(), orders.size(), question::order);
  ordered_ = quotable_of(orders);
  std::string bytes;
  for (const command& order : orders) bytes += format_command(order);
  if (!metrics.empty()) bytes += format_command(metrics.front());
  bytes += put(std::move(asked), {}, now);
  with_details_ = with_details;
  for (std::size_t i = 1; i < metrics.size(); ++i) bytes += format_command(metrics[i]);
  if (!metrics.empty()) asked_.insert(asked_.end(), metrics.size() - 1, question::metrics);
  return bytes;
}

void conversation::add_metrics(bool with_latencies) {
  is_scraped_ = true;
  metrics_.with_latencies = with_latencies;
}

std::string conversation::glance(core::instant now) {
  std::string bytes = put({question::loading}, {}, now);
  is_glance_ = true;
  return bytes;
}

std::string conversation::pause(core::instant now, const std::vector<command>& orders) {
  std::string bytes = put({question::replication}, {}, now);
  ordered_ = quotable_of(orders);
  for (const command& order : orders) bytes += format_command(order);
  asked_.insert(asked_.end(), orders.size() - 1, question::order);
  asked_.push_back(question::last_replication);
  return bytes;
}

command conversation::command_for(question asked, const login& as) const {
  switch (asked) {
    case question::auth: return auth_command(as);
    case question::name: return {"CLIENT", "SETNAME", as.client_name};
    case question::order:
    case question::everything:
    case question::metrics:
    case question::last_replication: break;  // are formatted by whoever asks them
    case question::replication: return {"INFO", "replication"};
    case question::loading: return {"INFO", "persistence"};
    case question::stage: return {"ROLE"};
    case question::bind: return {"CONFIG", "GET", "bind"};
    case question::min_replicas: return {"CONFIG", "GET", "min-replicas-to-write"};
    case question::rdb_name: return {"CONFIG", "GET", "dbfilename"};
    case question::stale_data: return {"CONFIG", "GET", "replica-serve-stale-data"};
    case question::appendfsync: return {"CONFIG", "GET", "appendfsync"};
    case question::no_fsync_on_rewrite: return {"CONFIG", "GET", "no-appendfsync-on-rewrite"};
    case question::repl_timeout: return {"CONFIG", "GET", "repl-timeout"};
    case question::users_passwords: return {"ACL", "GETUSER", watched_user_};
    case question::required_password: return {"CONFIG", "GET", "requirepass"};
    case question::links_password: return {"CONFIG", "GET", "masterauth"};
    case question::links_user: return {"CONFIG", "GET", "masteruser"};
    case question::ping: return {"PING"};
    case question::server: return {"INFO", "server"};
    case question::keyspace: return {"INFO", "keyspace"};
    case question::memory: return {"INFO", "memory"};
    case question::stats: return {"INFO", "stats"};
  }
  return {"PING"};
}

std::string conversation::put(std::vector<question> asked, const login& as, core::instant now) {
  std::string bytes;
  for (const question q : asked) {
    const bool is_formatted = q == question::order || q == question::everything;
    if (!is_formatted) bytes += format_command(command_for(q, as));
  }
  asked_ = std::move(asked);
  is_glance_ = false;
  replies_.clear();
  asked_at_ = now;
  return bytes;
}

core::event conversation::fail(link_condition condition, std::string detail) const {
  return core::failed{who_, condition, std::move(detail), pod_};
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
  return is_glance_ ? judge_glance(replies_.front()) : judge(replies_);
}

std::optional<core::event> conversation::last_words() const {
  if (replies_.size() != 1 || !replies_.front().is_error()) return std::nullopt;
  const std::string& error = replies_.front().text;
  return fail(core::condition_of_error(error), show(asked_.front(), error));
}

std::string conversation::show(question asked, const std::string& error) const {
  const bool is_order = asked == question::order || asked == question::last_replication;
  std::string shown = error;
  if (asked == question::auth) shown = show_error(error, quotable_of_auth());
  if (is_order) shown = show_error(error, ordered_);
  // Redis does not name whom it refuses, and to other pods the agent may go as another user.
  const bool is_refused = core::condition_of_error(error) == link_condition::password_refused ||
                          error.starts_with("NOPERM");
  if (is_refused && !username_.empty()) shown += " (as the user " + username_ + ")";
  return shown;
}

// An error that decides the poll, if the reply is one.
std::optional<core::failed> conversation::refusal(question asked, const resp_value& reply) {
  if (!reply.is_error()) return std::nullopt;
  // Nameless is no harm, PING is asked for what clients hear, an order's refusal is reported, and
  // who may not see the configuration can still watch.
  constexpr std::array harmless = {question::name,
                                   question::ping,
                                   question::order,
                                   question::last_replication,
                                   question::bind,
                                   question::min_replicas,
                                   question::rdb_name,
                                   question::stale_data,
                                   question::appendfsync,
                                   question::no_fsync_on_rewrite,
                                   question::repl_timeout,
                                   question::users_passwords,
                                   question::required_password,
                                   question::links_password,
                                   question::links_user,
                                   question::metrics};
  if (std::find(harmless.begin(), harmless.end(), asked) != harmless.end()) return std::nullopt;
  if (asked == question::auth) {
    if (says_no_password_is_set(reply.text)) return std::nullopt;
    needs_login_ = true;
  }
  const link_condition condition = core::condition_of_error(reply.text);
  if (condition == link_condition::password_required) needs_login_ = true;
  return core::failed{who_, condition, show(asked, reply.text), pod_};
}

core::event conversation::judge_glance(const resp_value& reply) {
  if (auto refused = refusal(question::loading, reply)) return std::move(*refused);
  if (reply.is_text()) return core::answered{who_, core::parse_loading(reply.text), pod_};
  is_usable_ = false;
  return fail(link_condition::not_redis, "no answer to INFO persistence");
}

// In the order in which they are asked.
void conversation::take_passwords(core::poll_report& report, question asked,
                                  const resp_value& reply) {
  if (asked == question::users_passwords) {
    report.passwords = read_users_passwords(reply);
    knows_users_ = report.passwords->knows_users;
  }
  if (!report.passwords) return;
  if (asked == question::required_password) take_required_password(*report.passwords, reply);
  if (asked == question::links_password) report.passwords->link = read_links_password(reply);
  if (asked == question::links_user) report.passwords->links_user = read_links_user(reply);
}

core::event conversation::judge(const std::vector<resp_value>& replies) {
  core::poll_report report;
  report.asked_at = asked_at_;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const resp_value& reply = replies[i];
    if (auto refused = refusal(asked_[i], reply)) return std::move(*refused);
    switch (asked_[i]) {
      case question::auth:
      case question::metrics:
      case question::name: break;
      case question::order:
        report.took_order = true;
        if (const std::string error = error_in(reply); !error.empty()) {
          report.order_refusal = show(question::order, error);
        }
        break;
      case question::last_replication:
        take_last_replication(report, reply);
        report.order_refusal = show(question::last_replication, report.order_refusal);
        break;
      case question::everything: take_everything(report, reply.text); [[fallthrough]];
      case question::replication: {
        auto parsed = core::parse_replication(reply.text);
        if (!reply.is_text() || !parsed) {
          is_usable_ = false;
          return fail(link_condition::not_redis, "no answer to INFO replication");
        }
        report.replication = std::move(*parsed);
        break;
      }
      case question::stage:
        if (reply.items.size() > 3) report.stage = core::parse_link_stage(reply.items[3].text);
        break;
      case question::bind: report.bind = value_in(reply); break;
      case question::min_replicas: report.min_replicas = number_in(reply); break;
      case question::rdb_name: report.rdb_name = value_in(reply); break;
      case question::stale_data:
        if (const auto value = value_in(reply)) report.serves_stale_data = *value != "no";
        break;
      case question::appendfsync: report.appendfsync = value_in(reply); break;
      case question::no_fsync_on_rewrite: report.no_fsync_on_rewrite = value_in(reply); break;
      case question::repl_timeout: report.repl_timeout_seconds = number_in(reply); break;
      case question::users_passwords:
      case question::required_password:
      case question::links_password:
      case question::links_user: take_passwords(report, asked_[i], reply); break;
      case question::ping: take_refusals(report, reply); break;
      case question::loading:
      case question::server:
      case question::keyspace:
      case question::memory:
      case question::stats: take_info(report, asked_[i], reply.text); break;
    }
  }
  take_metrics(report, replies);
  return core::reported{who_, std::move(report), pod_};
}

void conversation::take_info(core::poll_report& report, question asked, const std::string& info) {
  switch (asked) {
    case question::loading:
      report.loading = core::parse_loading(info);
      report.aof = core::parse_aof(info);
      break;
    case question::server:
      if (auto parsed = core::parse_server(info)) report.server = std::move(*parsed);
      break;
    case question::keyspace: report.details.emplace().keys = core::parse_key_count(info); break;
    case question::memory:
      if (report.details) report.details->functions = core::parse_function_libraries(info);
      break;
    case question::stats:
      if (report.details) report.details->resyncs = core::parse_resync_counters(info);
      break;
    default: break;
  }
}

void conversation::take_everything(core::poll_report& report, const std::string& info) const {
  take_info(report, question::loading, info);
  if (!with_details_) return;
  for (const question of_details :
       {question::server, question::keyspace, question::memory, question::stats}) {
    take_info(report, of_details, info);
  }
}

void conversation::take_metrics(core::poll_report& report, const std::vector<resp_value>& replies) {
  const auto begin = std::find(asked_.begin(), asked_.end(), question::everything);
  if (begin == asked_.end()) return;
  std::vector<resp_value> asked = {replies[static_cast<std::size_t>(begin - asked_.begin())]};
  const auto first = std::find(begin, asked_.end(), question::metrics) - asked_.begin();
  asked.insert(asked.end(), replies.begin() + first, replies.end());
  told_ = std::make_shared<core::metrics_report>(
      read_metrics(metrics_, asked, told_ ? *told_ : core::metrics_report()));
  report.metrics = told_;
}

}  // namespace redis_agent::wire
