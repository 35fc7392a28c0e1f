#include "io/client_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/ssl.h>

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

}  // namespace

client_stream::client_stream(asio::ip::tcp::socket accepted, tls_terms terms)
    : terms_(std::move(terms)), plain_(std::move(accepted)) {
  if (terms_) tls_.emplace(std::move(plain_), *terms_);
}

asio::awaitable<bool> client_stream::welcome() {
  const auto [failed] = co_await tls_->async_handshake(asio::ssl::stream_base::server, completion);
  co_return !failed;
}

asio::awaitable<void> client_stream::say_goodbye() {
  (void)co_await tls_->async_shutdown(completion);
}

bool client_stream::is_certified() {
  return tls_ && SSL_get0_peer_certificate(tls_->native_handle()) != nullptr &&
         SSL_get_verify_result(tls_->native_handle()) == X509_V_OK;
}

void client_stream::shutdown_send() {
  error_code ignored;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void client_stream::cancel() {
  error_code ignored;
  socket().cancel(ignored);
}

void client_stream::close() {
  error_code ignored;
  socket().close(ignored);
}

}  // namespace redis_agent::io
