#include "io/kubernetes_client.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <list>
#include <optional>
#include <utility>

#include "core/base/units.hpp"
#include "io/clock.hpp"
#include "io/describe_error.hpp"
#include "io/dns_resolver.hpp"
#include "io/service_account.hpp"
#include "io/tls_connection.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using core::lock_trouble;
using failure = std::optional<core::failure>;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t body_bytes_max = std::uint64_t{1} << 20;
constexpr std::uint32_t header_bytes_max = std::uint32_t{16} << 10;
constexpr std::size_t buffer_bytes_max = std::size_t{2} << 20;

}  // namespace

class kubernetes_client::implementation
    : public std::enable_shared_from_this<kubernetes_client::implementation> {
 public:
  implementation(asio::io_context& context, api_place place, core::duration timeout)
      : context_(context),
        place_(std::move(place)),
        timeout_(timeout),
        resolver_(context, timeout / 4),
        watch_(context) {}

  // `self` keeps this alive for as long as the request lasts.
  asio::awaitable<wire::api_answer> ask(std::shared_ptr<implementation> self,
                                        wire::api_request request);
  void cancel();

 private:
  // A place in the queue, given back however the coroutine ends.
  class turn {
   public:
    explicit turn(implementation& of)
        : of_(of), timer_(of.queue_.emplace(of.queue_.end(), of.context_)) {}
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
      of_.queue_.erase(timer_);
      if (!of_.queue_.empty()) of_.queue_.front().cancel();
    }
    bool has_come() const { return timer_ == of_.queue_.begin(); }
    asio::steady_timer& timer() { return *timer_; }

   private:
    implementation& of_;
    std::list<asio::steady_timer>::iterator timer_;
  };

  asio::awaitable<wire::api_answer> try_once(const wire::api_request& request);
  asio::awaitable<failure> connect();
  asio::awaitable<boost::system::error_code> exchange(const core::secret& bytes,
                                                      wire::api_reply& reply);
  wire::api_answer fail(const std::string& why) const;
  void watch(core::instant end);
  void hang_up();

  asio::io_context& context_;
  api_place place_;
  core::duration timeout_;
  dns_resolver resolver_;
  std::list<asio::steady_timer> queue_;  // the first is the one whose turn it is
  unsigned cancellations_ = 0;

  // Of the request whose turn it is.
  asio::steady_timer watch_;
  std::string interruption_;  // why it was ended from outside
  bool was_sent_ = false;     // since nothing tells how far it came
  bool was_heard_ = false;    // something of an answer has come

  std::optional<tls_connection> connection_;
  bool is_connected_ = false;
  std::size_t failures_ = 0;  // to connect
  beast::flat_buffer received_{buffer_bytes_max};
};

asio::awaitable<wire::api_answer> kubernetes_client::implementation::ask(
    std::shared_ptr<implementation> /*self*/, wire::api_request request) {
  const core::instant end = now() + timeout_;
  const unsigned cancellations = cancellations_;
  const std::string asked = request.method + " https://" +
                            core::to_text(core::endpoint{place_.host, place_.port}) + request.path +
                            ": ";
  wire::api_answer answer;
  turn mine(*this);
  while (!mine.has_come() && now() < end && cancellations == cancellations_) {
    mine.timer().expires_after(end - now());
    (void)co_await mine.timer().async_wait(completion);
  }
  if (!mine.has_come() || now() >= end || cancellations != cancellations_) {
    const bool is_cancelled = cancellations != cancellations_;
    answer = {{},
              lock_trouble::unreachable,
              is_cancelled ? "not sent: cancelled" : "not sent: earlier requests took its time"};
  } else {
    watch(end);
    answer = co_await try_once(request);
    if (answer.trouble == lock_trouble::unauthorized && interruption_.empty()) {
      answer = co_await try_once(request);  // with the token that may have come meanwhile
    }
    watch_.cancel();
  }
  if (answer.trouble) answer.text.insert(0, asked);
  co_return answer;
}

void kubernetes_client::implementation::watch(core::instant end) {
  interruption_.clear();
  watch_.expires_after(end - now());
  watch_.async_wait([weak = weak_from_this()](const boost::system::error_code& ended) {
    const auto self = weak.lock();
    if (ended || !self) return;
    self->interruption_ = "timed out after " + core::describe_duration(self->timeout_);
    self->hang_up();
  });
}

void kubernetes_client::implementation::cancel() {
  ++cancellations_;
  interruption_ = "cancelled";
  for (asio::steady_timer& timer : queue_) timer.cancel();
  hang_up();
}

void kubernetes_client::implementation::hang_up() {
  is_connected_ = false;
  if (connection_) connection_->close();
  resolver_.cancel();
}

wire::api_answer kubernetes_client::implementation::fail(const std::string& why) const {
  const std::string& cause = interruption_.empty() ? why : interruption_;
  if (!was_sent_) return {{}, lock_trouble::unreachable, "not sent: " + cause};
  return {{}, lock_trouble::timed_out, cause + "; what became of it is unknown"};
}

asio::awaitable<wire::api_answer> kubernetes_client::implementation::try_once(
    const wire::api_request& request) {
  was_sent_ = false;
  const auto token = read_token(place_.folder);
  if (!token) co_return fail(token.error().text);
  const core::secret bytes = wire::format_request(
      request, core::to_text(core::endpoint{place_.host, place_.port}), *token);
  while (true) {
    const bool was_kept = is_connected_ && !connection_->is_stale();
    if (!was_kept) {
      const failure unconnected = co_await connect();
      if (unconnected || !interruption_.empty()) {
        hang_up();
        co_return fail(unconnected ? unconnected->text : std::string());
      }
    }
    was_sent_ = true;
    wire::api_reply reply;
    const boost::system::error_code error = co_await exchange(bytes, reply);
    if (!error) {
      wire::api_answer judged = wire::judge(std::move(reply), *token);
      judged.certificate_until = connection_->certificate_until();
      co_return judged;
    }
    hang_up();
    if (interruption_.empty() && is_no_answer(error)) {
      co_return wire::api_answer{{}, lock_trouble::malformed, describe(error)};
    }
    if (!was_kept || was_heard_ || !interruption_.empty()) co_return fail(describe(error));
  }
}

asio::awaitable<failure> kubernetes_client::implementation::connect() {
  hang_up();
  received_.clear();
  auto authorities = read_authorities(place_.folder);
  if (!authorities) co_return authorities.error();
  auto found = co_await resolver_.resolve_addresses(place_.host);
  if (!found) co_return found.error();
  connection_.emplace(context_, std::move(*authorities), core::endpoint{place_.host, place_.port});
  // One that is silent takes all of the time: the next request begins with the next.
  auto& addresses = found->addresses;
  const auto first =
      static_cast<std::ptrdiff_t>(failures_ % std::max<std::size_t>(addresses.size(), 1));
  std::rotate(addresses.begin(), addresses.begin() + first, addresses.end());
  failure unconnected;
  if (interruption_.empty()) unconnected = co_await connection_->connect(addresses);
  is_connected_ = !unconnected && interruption_.empty();
  failures_ += is_connected_ ? 0 : 1;
  co_return unconnected;
}

asio::awaitable<boost::system::error_code> kubernetes_client::implementation::exchange(
    const core::secret& bytes, wire::api_reply& reply) {
  was_heard_ = false;
  auto& stream = connection_->bytes();
  const auto [not_sent, sent] = co_await asio::async_write(
      stream, asio::buffer(bytes.reveal().data(), bytes.reveal().size()), completion);
  if (not_sent) co_return not_sent;
  http::response_parser<http::string_body> parser;
  parser.body_limit(body_bytes_max);
  parser.header_limit(header_bytes_max);
  const auto [not_read, read] = co_await http::async_read(stream, received_, parser, completion);
  was_heard_ = parser.got_some();
  if (not_read) co_return not_read;
  auto& message = parser.get();
  reply.status = message.result_int();
  reply.content_type = message[http::field::content_type];
  reply.retry_after = message[http::field::retry_after];
  reply.body = std::move(message.body());
  // What follows an answer is none of ours.
  if (!message.keep_alive() || received_.size() > 0) hang_up();
  co_return boost::system::error_code();
}

kubernetes_client::kubernetes_client(asio::io_context& context, api_place place,
                                     core::duration timeout)
    : implementation_(std::make_shared<implementation>(context, std::move(place), timeout)) {}

kubernetes_client::~kubernetes_client() { cancel(); }

asio::awaitable<wire::api_answer> kubernetes_client::ask(wire::api_request request) {
  return implementation_->ask(implementation_, std::move(request));
}

void kubernetes_client::cancel() { implementation_->cancel(); }

}  // namespace redis_agent::io
