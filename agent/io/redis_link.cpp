#include "io/redis_link.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/base/units.hpp"
#include "io/clock.hpp"
#include "wire/order_commands.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using core::link_condition;
using namespace std::chrono_literals;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr int budgets_until_given_up = 3;

}  // namespace

redis_link::redis_link(asio::io_context& context, peer_name peer, rhythm pace, callbacks call)
    : peer_(std::move(peer)),
      pace_(pace),
      call_(std::move(call)),
      stream_(context.get_executor()),
      pause_timer_(context),
      watch_timer_(context) {}

asio::awaitable<void> redis_link::run() {
  while (!is_stopped_) {
    while (!is_aimed_ && !is_stopped_) {
      co_await pause(1h);
    }
    const core::duration wait = core::reconnect_after(failures_in_a_row_);
    co_await pause(is_refused_ ? std::min(wait, pace_.retry_when_refused) : wait);
    if (is_stopped_) break;
    if (!is_aimed_) continue;
    ++failures_in_a_row_;  // until a report says otherwise
    if (addresses_.empty()) {
      fail(link_condition::unresolved, "no address is known");
    } else if (co_await connect()) {
      call_.tell(core::connected{peer_.who, peer_.pod});
      is_talking_ = true;
      co_await converse();
      is_talking_ = false;
      metrics_ = metrics_stage::none;
    }
    stream_.close();
    current_address_.clear();
    order_.reset();
  }
}

bool redis_link::give(core::order order) {
  if (order_ || !is_talking_) return false;
  order_ = std::move(order);
  ordered_at_ = now();
  hurry();
  return true;
}

void redis_link::hurry() { pause_timer_.cancel(); }

void redis_link::set_poll_interval(core::duration interval) {
  const bool is_shorter = interval < pace_.poll_interval;
  pace_.poll_interval = interval;
  if (is_shorter && is_between_polls_) hurry();
}

// Who scrapes often must not have a server asked more often that does not answer, or refuses.
bool redis_link::want_metrics(bool with_latencies) {
  if (!is_talking_) return false;
  if (metrics_ == metrics_stage::none) metrics_ = metrics_stage::wanted;
  metrics_with_latencies_ = with_latencies;
  if (is_between_polls_) hurry();
  return true;
}

void redis_link::stop() {
  is_stopped_ = true;
  stream_.close();
  pause_timer_.cancel();
}

std::vector<wire::command> redis_link::take_order() {
  if (!order_) return {};
  const bool is_too_late = now() - ordered_at_ > pace_.reply_budget;
  if (is_too_late || !call_.is_still_wanted(*order_)) {
    order_.reset();
    return {};
  }
  call_.tell(core::ordered{peer_.who, core::describe(*order_), peer_.pod, order_->pauses_writes(),
                           order_->resumes_writes(), order_->is_about_passwords()});
  return wire::commands_for(*order_);
}

// Which end is which: what the rules need to know whom a server follows.
void redis_link::add_addresses(core::event& outcome) const {
  auto* const told = std::get_if<core::reported>(&outcome);
  if (told == nullptr) return;
  told->report.own_address = stream_.own_address();
  told->report.server_address = current_address_;
}

void redis_link::aim_at(std::vector<std::string> addresses, std::uint16_t port) {
  is_aimed_ = true;
  addresses_ = std::move(addresses);
  port_ = port;
  if (current_address_.empty() || !is_aimed_at(current_address_)) {
    failures_in_a_row_ = 0;
    stream_.close();
    pause_timer_.cancel();
  }
}

void redis_link::rest() {
  if (!is_aimed_) return;
  aim_at({}, 0);
  is_aimed_ = false;
}

bool redis_link::is_aimed_at(const std::string& address) const {
  return std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

asio::awaitable<bool> redis_link::connect() {
  current_address_ = addresses_[next_address_++ % addresses_.size()];
  was_told_late_ = false;
  watch(pace_.reply_budget, [this] {
    was_told_late_ = true;
    fail(link_condition::unreachable,
         "no connection within " + core::describe_duration(pace_.reply_budget));
    stream_.close();
  });
  const auto error = co_await stream_.open(current_address_, port_);
  end_watch();
  is_refused_ = error == asio::error::connection_refused;
  if (!error) {
    const bool is_secure = co_await secure();
    co_return is_secure;
  }
  if (was_told_late_ || !is_aimed_at(current_address_)) co_return false;
  if (error == asio::error::connection_refused) {
    fail(link_condition::refused, "");
  } else {
    fail(link_condition::unreachable, error.message());
  }
  co_return false;
}

// Redis waits for the end of a line: what a client of TLS says to a plain port is never answered.
// Nor is it by a server that is stopped, where there has been TLS before.
asio::awaitable<bool> redis_link::secure() {
  const tls_terms tls = call_.read_tls();
  const bool is_local = current_address_.starts_with('/');
  if (is_local || (!tls && !call_.needs_tls)) co_return true;
  if (!tls) {
    fail(link_condition::tls_failed, "no certificate of ours to show");
    co_return false;
  }
  watch(pace_.reply_budget, [this] {
    was_told_late_ = true;
    fail(was_secure_ ? link_condition::timed_out : link_condition::no_tls,
         "no answer to TLS within " + core::describe_duration(pace_.reply_budget) +
             (was_secure_ ? "" : ": no TLS there?"));
    watch(pace_.reply_budget * (budgets_until_given_up - 1), [this] { stream_.close(); });
  });
  const auto trouble = co_await stream_.shake_hands(tls, names_);
  end_watch();
  was_secure_ = was_secure_ || !trouble;
  if (!trouble) co_return stream_.is_open();
  if (!was_told_late_ && is_aimed_at(current_address_)) fail(trouble->condition, trouble->detail);
  co_return false;
}

asio::awaitable<void> redis_link::converse() {
  wire::conversation talk(peer_.who, peer_.pod);
  core::instant details_at = now();
  std::string question;
  while (true) {
    if (talk.needs_login()) {
      const auto login = choose_login();
      if (!login) {
        fail(link_condition::password_refused, login.error().text);
        co_return;
      }
      question = talk.open(*login, now());
      whole_at_ = now();
    }
    if (!co_await poll(talk, question)) co_return;
    if (metrics_ == metrics_stage::asked) metrics_ = metrics_stage::none;
    if (std::exchange(is_refused_in_silence_, false)) continue;
    if (talk.needs_login()) {
      co_await pause(core::reconnect_after(++failures_in_a_row_));
      if (!stream_.is_open()) co_return;
      continue;
    }
    co_await wait_for_next_poll();
    if (!stream_.is_open()) co_return;
    const std::vector<wire::command> orders = take_order();
    if (order_ && order_->pauses_clients()) {
      question = talk.pause(now(), orders);
      continue;
    }
    if (orders.empty() && is_glance_enough()) {
      question = talk.glance(now());
      continue;
    }
    whole_at_ = now();
    const bool with_details = !orders.empty() || now() - details_at >= pace_.detail_interval;
    if (with_details) details_at = now();
    if (metrics_ == metrics_stage::wanted) {
      talk.add_metrics(metrics_with_latencies_);
      metrics_ = metrics_stage::asked;
    }
    question = talk.ask(with_details, now(), orders);
  }
}

core::result<wire::login> redis_link::choose_login() {
  auto first = call_.read_login();
  const std::vector<wire::login> others = call_.other_logins();
  if (!first || others.empty()) return first;
  const std::size_t chosen = login_ % (others.size() + 1);
  return chosen == 0 ? first : others[chosen - 1];
}

// A server that takes an older or a newer password than the first one is not out of reach: nobody
// is told before all of them are refused.
bool redis_link::has_another_login(const core::event& outcome) {
  const auto* const failed = std::get_if<core::failed>(&outcome);
  const bool is_refused =
      failed != nullptr && failed->condition == link_condition::password_refused;
  if (!is_refused) {
    untried_logins_ = call_.other_logins().size();
    return false;
  }
  ++login_;
  is_refused_in_silence_ = untried_logins_ > 0;
  untried_logins_ = is_refused_in_silence_ ? untried_logins_ - 1 : call_.other_logins().size();
  return is_refused_in_silence_;
}

// To the poll that is nearest to the interval.
bool redis_link::is_glance_enough() const {
  return metrics_ != metrics_stage::wanted &&
         now() - whole_at_ + pace_.poll_interval / 2 < pace_.whole_interval;
}

asio::awaitable<void> redis_link::wait_for_next_poll() {
  if (order_ || metrics_ == metrics_stage::wanted) co_return;
  is_between_polls_ = true;
  co_await pause(pace_.poll_interval - (now() - asked_at_));
  is_between_polls_ = false;
}

// One question and its outcome; false when the connection is of no more use.
asio::awaitable<bool> redis_link::poll(wire::conversation& talk, const std::string& question) {
  asked_at_ = now();
  was_told_late_ = false;
  watch_for_late_reply();
  (void)co_await stream_.write(question);
  std::array<char, std::size_t{16} * 1024> bytes{};
  // Who hangs up at once may have said why: that is read whatever has become of the question.
  boost::system::error_code error;
  std::optional<core::event> outcome;
  while (!error && !outcome) {
    std::size_t count = 0;
    std::tie(error, count) = co_await stream_.read_some(asio::buffer(bytes));
    talk.receive(std::string_view(bytes.data(), count));
    if (!error) outcome = talk.outcome();
  }
  end_watch();
  if (!outcome) outcome = talk.last_words();
  if (!outcome) {
    if (!is_aimed_at(current_address_)) co_return false;  // given up for another address
    if (was_told_late_) co_return false;
    const stream_trouble trouble = redis_stream::judge(error);
    const bool is_about_tls = core::is_about_tls(trouble.condition);
    fail(is_about_tls ? trouble.condition : link_condition::closed,
         is_about_tls ? trouble.detail : error.message());
    co_return false;
  }
  if (has_another_login(*outcome)) co_return talk.is_usable() && !error;
  const bool has_failed = std::holds_alternative<core::failed>(*outcome);
  if (has_failed) whole_at_ = {};
  if (!has_failed) failures_in_a_row_ = 0;
  if (ordered_at_ <= asked_at_) order_.reset();
  add_addresses(*outcome);
  call_.tell(std::move(*outcome));
  co_return talk.is_usable() && !error;
}

void redis_link::watch_for_late_reply() {
  watch(pace_.reply_budget, [this] {
    was_told_late_ = true;
    fail(link_condition::timed_out,
         "no answer within " + core::describe_duration(pace_.reply_budget));
    watch(pace_.reply_budget * (budgets_until_given_up - 1), [this] { stream_.close(); });
  });
}

// A timer that has expired already cannot be cancelled any more: its number tells that it is over.
void redis_link::watch(core::duration budget, std::function<void()> too_late) {
  watch_timer_.expires_after(budget);
  watch_timer_.async_wait([this, number = ++watch_number_,
                           too_late = std::move(too_late)](const boost::system::error_code& error) {
    if (!error && number == watch_number_) too_late();
  });
}

void redis_link::end_watch() {
  ++watch_number_;
  watch_timer_.cancel();
}

asio::awaitable<void> redis_link::pause(core::duration length) {
  if (length <= core::duration::zero()) co_return;
  pause_timer_.expires_after(length);
  (void)co_await pause_timer_.async_wait(as_tuple);
}

void redis_link::fail(link_condition condition, std::string detail) {
  whole_at_ = {};
  call_.tell(core::failed{peer_.who, condition, std::move(detail), peer_.pod});
}

}  // namespace redis_agent::io
