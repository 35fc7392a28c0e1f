// One kept connection to one Redis server, and the rhythm in which it is asked. Tells every outcome
// as an event and judges none. Reconnects at once and then with back-off (core/server/link.hpp).
//
// A reply that is late is reported as timed_out once and then waited for, three budgets in all:
// a server that is merely stopped must not find a queue of dead connections when it goes on. Only
// then is the connection taken for half-open and made anew.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/memory/memory.hpp"
#include "core/orders/remedy.hpp"
#include "io/redis_stream.hpp"
#include "wire/conversation.hpp"

namespace redis_agent::io {

class redis_link {
 public:
  struct rhythm {
    core::duration poll_interval{};
    core::duration detail_interval{};
    core::duration reply_budget{};
    // Between two tries where nobody listens; the least of this and the back-off counts.
    core::duration retry_when_refused = std::chrono::hours(1);
    // A poll in between asks no more than whether the server answers; 0: there is none.
    core::duration whole_interval{};
  };

  struct callbacks {
    // Before each connection, so that a rotated password is found.
    std::function<core::result<wire::login>()> read_login;
    std::function<void(core::event)> tell;
    // In the moment in which an order is sent: whether it still is what is wanted.
    std::function<bool(const core::order&)> is_still_wanted = [](const core::order&) {
      return true;
    };
    // Before each connection, so that a renewed certificate is shown. Over a unix socket nothing is
    // secured.
    std::function<tls_terms()> read_tls = [] { return tls_terms(); };
    // One of which the certificate of the server of that host has to have.
    std::function<std::vector<std::string>(const std::string&)> names_of = [](const std::string&) {
      return std::vector<std::string>();
    };
    // What else a server may take while passwords change, in the order in which it is tried.
    std::function<std::vector<wire::login>()> other_logins = [] {
      return std::vector<wire::login>();
    };
    // Where there are no terms nothing is asked then: a password never goes in plain.
    bool needs_tls = false;
  };

  struct peer_name {
    core::peer who;
    std::string pod{};  // of core::peer::pod
  };

  redis_link(boost::asio::io_context& context, peer_name peer, rhythm pace, callbacks call);

  // Runs as long as the io_context does. The object outlives it.
  boost::asio::awaitable<void> run();

  // Where the server is: IP addresses, or the path of a unix socket. A connection to an address
  // that is no longer among them is given up.
  void aim_at(std::vector<std::string> addresses, std::uint16_t port);

  // One of these its certificate has to have, from the next connection on.
  void expect_names(std::vector<std::string> names) { names_ = std::move(names); }

  // Asks nobody until it is aimed again.
  void rest();

  // Sends the order with the next poll, at once. False while an earlier one is under way: its
  // outcome is to be seen first. One that cannot be sent within the reply budget is dropped, and so
  // is one that is wanted no more when it is sent.
  bool give(core::order order);

  // Asks now, and not when the interval is over.
  void hurry();

  // Asks for what a scrape tells, now; it comes with a report. False while there is no connection.
  bool want_metrics(bool with_latencies);

  // Ends run() for good.
  void stop();

  // A shorter one than before counts at once.
  void set_poll_interval(core::duration interval);

  // From the next poll on.
  void set_detail_interval(core::duration interval) { pace_.detail_interval = interval; }
  void set_whole_interval(core::duration interval) { pace_.whole_interval = interval; }

 private:
  boost::asio::awaitable<bool> connect();
  boost::asio::awaitable<bool> secure();
  boost::asio::awaitable<void> converse();
  boost::asio::awaitable<bool> poll(wire::conversation& talk, const std::string& question);
  core::result<wire::login> choose_login();
  bool has_another_login(const core::event& outcome);
  boost::asio::awaitable<void> wait_for_next_poll();
  bool is_glance_enough() const;
  std::vector<wire::command> take_order();
  void add_addresses(core::event& outcome) const;
  boost::asio::awaitable<void> pause(core::duration length);
  void watch_for_late_reply();
  void watch(core::duration budget, std::function<void()> too_late);
  void end_watch();
  void fail(core::link_condition condition, std::string detail);
  bool is_aimed_at(const std::string& address) const;

  peer_name peer_;
  rhythm pace_;
  callbacks call_;

  redis_stream stream_;
  boost::asio::steady_timer pause_timer_;
  boost::asio::steady_timer watch_timer_;
  std::uint64_t watch_number_ = 0;
  bool is_aimed_ = false;
  std::vector<std::string> addresses_;
  std::vector<std::string> names_;
  std::uint16_t port_ = 0;
  std::string current_address_;
  std::size_t next_address_ = 0;
  unsigned failures_in_a_row_ = 0;
  bool is_refused_ = false;  // nobody listens there
  bool was_secure_ = false;  // TLS has come about once
  core::instant asked_at_;
  core::instant whole_at_;  // of the last poll that asked for all; none after a failure
  bool was_told_late_ = false;
  bool is_talking_ = false;           // over a connection that stands: an order would be heard
  std::optional<core::order> order_;  // waits, or is under way
  core::instant ordered_at_;
  enum class metrics_stage { none, wanted, asked } metrics_ = metrics_stage::none;
  bool metrics_with_latencies_ = false;
  bool is_between_polls_ = false;
  std::size_t login_ = 0;  // the one that was taken last, or is tried now
  std::size_t untried_logins_ = 0;
  bool is_refused_in_silence_ = false;
  bool is_stopped_ = false;
};

}  // namespace redis_agent::io
