#include "io/redis_stream.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <utility>

#include "io/certificate_files.hpp"
#include "io/describe_error.hpp"
#include "io/tls_names.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using core::link_condition;
using any_stream = asio::generic::stream_protocol;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

any_stream::endpoint endpoint_of(const std::string& place, std::uint16_t port) {
  if (place.starts_with('/')) return asio::local::stream_protocol::endpoint(place);
  return tcp::endpoint(asio::ip::make_address(place), port);
}

link_condition condition_of_verdict(long verdict) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return link_condition::certificate_expired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return link_condition::certificate_name;
    case X509_V_ERR_INVALID_PURPOSE: return link_condition::certificate_usage;
    default: return link_condition::certificate_untrusted;
  }
}

// The alerts by which the other side says that it does not take our certificate.
bool is_about_our_certificate(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return true;
    default: return false;
  }
}

bool is_no_tls(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
         reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_UNEXPECTED_MESSAGE;
}

}  // namespace

struct redis_stream::state {
  explicit state(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}
  state(const asio::any_io_executor& executor, tcp::socket accepted)
      : socket(std::move(accepted)), timer(executor) {}

  void close() {
    error_code ignored;
    socket.close(ignored);
  }

  any_stream::socket socket;
  asio::steady_timer timer;
  std::uint64_t timer_number = 0;
  tls_terms terms;  // has to outlive the session
  std::optional<asio::ssl::stream<any_stream::socket&>> tls;
};

redis_stream::redis_stream(const asio::any_io_executor& executor)
    : state_(std::make_shared<state>(executor)) {}

redis_stream::redis_stream(const asio::any_io_executor& executor, tcp::socket accepted)
    : state_(std::make_shared<state>(executor, std::move(accepted))) {}

redis_stream::~redis_stream() {
  if (state_) close();
}
redis_stream::redis_stream(redis_stream&&) noexcept = default;
redis_stream& redis_stream::operator=(redis_stream&&) noexcept = default;

asio::awaitable<error_code> redis_stream::open(const std::string& place, std::uint16_t port) {
  const auto self = state_;
  self->tls.reset();
  const any_stream::endpoint endpoint = endpoint_of(place, port);
  error_code ignored;
  self->socket.open(endpoint.protocol(), ignored);
  auto [error] = co_await self->socket.async_connect(endpoint, completion);
  if (error == boost::system::errc::no_such_file_or_directory) {
    error = asio::error::connection_refused;
  }
  const bool is_lost = !error && !self->socket.is_open();
  if (is_lost) error = asio::error::operation_aborted;
  if (!error && !place.starts_with('/')) self->socket.set_option(tcp::no_delay(true), ignored);
  co_return error;
}

asio::awaitable<std::optional<stream_trouble>> redis_stream::shake_hands(
    tls_terms tls, std::vector<std::string> names) {
  const auto self = state_;
  self->terms = std::move(tls);
  self->tls.emplace(self->socket, *self->terms);
  SSL* const session = self->tls->native_handle();
  // Whoever has some certificate of the authority is not yet the one who is asked for.
  if (names.empty()) {
    co_return stream_trouble{link_condition::tls_failed, "no name is known to ask for"};
  }
  if (!ask_for_names(session, names)) {
    co_return stream_trouble{link_condition::tls_failed,
                             "no certificate can be asked for as " + names.front()};
  }
  const auto [error] =
      co_await self->tls->async_handshake(asio::ssl::stream_base::client, completion);
  if (!error) co_return std::nullopt;
  const long verdict = SSL_get_verify_result(session);
  if (verdict == X509_V_OK) co_return judge(error);
  stream_trouble trouble{condition_of_verdict(verdict), X509_verify_cert_error_string(verdict)};
  if (trouble.condition == link_condition::certificate_name) {
    trouble.detail += ": none of its names is " + names.front();
  }
  co_return trouble;
}

asio::awaitable<std::optional<stream_trouble>> redis_stream::peek(tls_terms tls) {
  const auto self = state_;
  self->terms = std::move(tls);
  self->tls.emplace(self->socket, *self->terms);
  SSL_set_verify(self->tls->native_handle(), SSL_VERIFY_NONE, nullptr);
  const auto [error] =
      co_await self->tls->async_handshake(asio::ssl::stream_base::client, completion);
  if (error) co_return judge(error);
  co_return std::nullopt;
}

asio::awaitable<bool> redis_stream::begins_with_tls() {
  const auto self = state_;
  const auto [error] = co_await self->socket.async_wait(any_stream::socket::wait_read, completion);
  if (error) co_return false;
  constexpr char handshake = 0x16;  // RFC 8446, 5.1
  char first = 0;
  const ssize_t seen = ::recv(self->socket.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  co_return seen == 1 && first == handshake;
}

asio::awaitable<std::optional<stream_trouble>> redis_stream::welcome(tls_terms tls) {
  const auto self = state_;
  self->terms = std::move(tls);
  self->tls.emplace(self->socket, *self->terms);
  const auto [error] =
      co_await self->tls->async_handshake(asio::ssl::stream_base::server, completion);
  if (!error) co_return std::nullopt;
  const long verdict = SSL_get_verify_result(self->tls->native_handle());
  if (verdict == X509_V_OK) co_return judge(error);
  co_return stream_trouble{condition_of_verdict(verdict), X509_verify_cert_error_string(verdict)};
}

asio::awaitable<std::optional<stream_trouble>> redis_stream::reach(redis_place where) {
  const error_code error = co_await open(where.place, where.port);
  if (error) co_return judge(error);
  if (!where.tls) co_return std::nullopt;
  auto trouble = co_await shake_hands(where.tls, where.names);
  co_return trouble;
}

std::string redis_stream::shown_certificate() const {
  if (!state_->tls) return {};
  return fingerprint_of(SSL_get0_peer_certificate(state_->tls->native_handle()));
}

std::int64_t redis_stream::shown_until() const {
  if (!state_->tls) return 0;
  return end_of(SSL_get0_peer_certificate(state_->tls->native_handle()));
}

asio::awaitable<std::tuple<error_code, std::size_t>> redis_stream::read_some(
    asio::mutable_buffer room) {
  const auto self = state_;
  if (self->tls) {
    auto heard = co_await self->tls->async_read_some(room, completion);
    co_return heard;
  }
  auto heard = co_await self->socket.async_read_some(room, completion);
  co_return heard;
}

asio::awaitable<error_code> redis_stream::write(std::string_view bytes) {
  const auto self = state_;
  const auto piece = asio::buffer(bytes.data(), bytes.size());
  if (self->tls) {
    const auto [error, sent] = co_await asio::async_write(*self->tls, piece, completion);
    co_return error;
  }
  const auto [error, sent] = co_await asio::async_write(self->socket, piece, completion);
  co_return error;
}

stream_trouble redis_stream::judge(const error_code& error) {
  if (error == asio::error::connection_refused) return {link_condition::refused, ""};
  if (error.category() == asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned>(error.value()));
    if (is_about_our_certificate(reason)) {
      return {link_condition::certificate_refused, "it refuses ours: " + describe(error)};
    }
    if (is_no_tls(reason)) {
      return {link_condition::no_tls, "no TLS there? " + describe(error)};
    }
    return {link_condition::tls_failed, describe(error)};
  }
  if (error == asio::ssl::error::stream_truncated || error == asio::error::eof ||
      error == asio::error::connection_reset || error == asio::error::operation_aborted) {
    return {link_condition::closed, error.message()};
  }
  return {link_condition::unreachable, error.message()};
}

// A timer that has expired already cannot be cancelled any more: its number tells that it is over.
void redis_stream::expires_after(core::duration time) {
  state_->timer.expires_after(time);
  state_->timer.async_wait([weak = std::weak_ptr<state>(state_),
                            number = ++state_->timer_number](const error_code& ended) {
    const auto self = weak.lock();
    if (!ended && self && self->timer_number == number) self->close();
  });
}

bool redis_stream::is_open() const { return state_->socket.is_open(); }

void redis_stream::close() {
  ++state_->timer_number;
  state_->timer.cancel();
  state_->close();
}

std::string redis_stream::own_address() const {
  error_code error;
  const any_stream::endpoint own = state_->socket.local_endpoint(error);
  if (error || (own.protocol().family() != AF_INET && own.protocol().family() != AF_INET6)) {
    return {};
  }
  tcp::endpoint address;
  address.resize(own.size());
  std::memcpy(address.data(), own.data(), own.size());
  return address.address().to_string();
}

}  // namespace redis_agent::io
