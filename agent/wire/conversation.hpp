// What is said to one Redis server over one connection, without the connection: bytes to send come
// out, bytes received go in, and each poll ends in one event. The first poll of a connection also
// logs in and names itself; polls are answered in order and never overlap.
//
//   open  -> AUTH, CLIENT SETNAME and the first poll, in one write
//   ask   -> the next poll
//   pause -> the last one for a while: an order that pauses clients, this one too
//   receive, outcome -> reported or failed, as soon as all replies are in or an error decides
//
// An order goes before a poll's questions, so that the report shows what has come of it.
// Asks only for what each server from Redis 5 on understands: one section to an INFO.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.hpp"
#include "core/memory/memory.hpp"
#include "wire/login.hpp"
#include "wire/metrics_questions.hpp"
#include "wire/quoted_error.hpp"
#include "wire/resp.hpp"

namespace redis_agent::wire {

class conversation {
 public:
  // `pod` is the name of a pod that is neither the local one nor the primary.
  explicit conversation(core::peer who, std::string pod = {}) : who_(who), pod_(std::move(pod)) {}

  std::string open(const login& as, core::instant now);
  std::string ask(bool with_details, core::instant now, const std::vector<command>& orders = {});
  // No more than whether it answers, and loads.
  std::string glance(core::instant now);
  // The next ask() asks for a scrape's numbers as well.
  void add_metrics(bool with_latencies);
  std::string pause(core::instant now, const std::vector<command>& orders);

  void receive(std::string_view bytes) { reader_.feed(bytes); }
  std::optional<core::event> outcome();

  // The connection has ended without an outcome. An error before that is the server's answer: it
  // has too many clients, or lets in nobody from here.
  std::optional<core::event> last_words() const;

  // False after an outcome that the connection does not survive: an unreadable stream.
  bool is_usable() const { return is_usable_; }

  // The login was refused, or none has been tried. On the same connection, which keeps its place
  // among maxclients.
  bool needs_login() const { return needs_login_; }

 private:
  enum class question {
    auth,
    name,
    order,
    last_replication,  // the last item of a transaction's answer
    replication,
    loading,
    stage,
    bind,
    min_replicas,
    rdb_name,
    stale_data,
    appendfsync,
    no_fsync_on_rewrite,
    repl_timeout,
    users_passwords,
    required_password,
    links_password,
    links_user,
    ping,
    server,
    memory,
    keyspace,
    stats,
    everything,  // a scrape's INFO, for all of a poll's own
    metrics      // one of its others, the last ones of a poll
  };
  command command_for(question asked, const login& as) const;
  std::vector<question> questions(bool with_details) const;
  std::string put(std::vector<question> asked, const login& as, core::instant now);
  core::event judge_glance(const resp_value& reply);
  core::event judge(const std::vector<resp_value>& replies);
  static void take_info(core::poll_report& report, question asked, const std::string& info);
  void take_everything(core::poll_report& report, const std::string& info) const;
  void take_metrics(core::poll_report& report, const std::vector<resp_value>& replies);
  void take_passwords(core::poll_report& report, question asked, const resp_value& reply);
  std::string show(question asked, const std::string& error) const;
  std::optional<core::failed> refusal(question asked, const resp_value& reply);
  core::event fail(core::link_condition condition, std::string detail) const;

  core::peer who_;
  std::string pod_;
  resp_reader reader_;
  std::vector<question> asked_;
  bool is_scraped_ = false;                           // by the next poll
  metrics_wanted metrics_;                            // of the one that was last
  bool with_details_ = false;                         // the poll that is under way
  std::shared_ptr<const core::metrics_report> told_;  // by the last scrape of this connection
  core::instant settings_at_;                         // its settings were asked for
  std::string username_;                              // as whom; "" for the default user
  std::string watched_user_;                          // its passwords are asked for
  bool knows_users_ = true;                           // 6.0 and later
  quotable ordered_;                                  // by the poll that is under way
  std::vector<resp_value> replies_;
  core::instant asked_at_;
  bool is_glance_ = false;
  bool is_usable_ = true;
  bool needs_login_ = true;
};

}  // namespace redis_agent::wire
