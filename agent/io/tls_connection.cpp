#include "io/tls_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ctime>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <utility>

#include "io/describe_error.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using failure = std::optional<core::failure>;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// What is compared with the certificate; a trailing dot is DNS's alone.
std::string name_of(const core::endpoint& host) {
  return host.host.ends_with('.') ? host.host.substr(0, host.host.size() - 1) : host.host;
}

}  // namespace

tls_connection::tls_connection(asio::io_context& context, std::string authorities,
                               core::endpoint host)
    : host_(std::move(host)) {
  unprepared_ = prepare(authorities);
  stream_.emplace(context, tls_);
}

failure tls_connection::prepare(const std::string& authorities) {
  boost::system::error_code error;
  tls_.add_certificate_authority(asio::buffer(authorities), error);
  if (error) return core::failure{"its authorities' certificates: " + describe(error)};
  tls_.set_verify_mode(asio::ssl::verify_peer, error);
  // As clients in Go do: whatever is in ca.crt is trusted, be it the root or not.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls_.native_handle()), X509_V_FLAG_PARTIAL_CHAIN);
  if (error || SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION) != 1) {
    return core::failure{"TLS 1.2 cannot be asked for"};
  }
  return std::nullopt;
}

asio::awaitable<failure> tls_connection::connect(std::vector<std::string> addresses) {
  if (unprepared_) co_return unprepared_;
  SSL* const session = stream_->native_handle();
  const std::string name = name_of(host_);
  int is_set = 0;
  if (core::is_ip_literal(name)) {
    is_set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name.c_str());
  } else {
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    is_set = SSL_set1_host(session, name.c_str()) == 1 &&
             SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                      const_cast<char*>(name.c_str())) == 1;
  }
  if (is_set != 1) co_return core::failure{"no certificate can be asked for in that name"};

  failure unreached = co_await reach(std::move(addresses));
  if (unreached) co_return unreached;
  const auto [refused] =
      co_await stream_->async_handshake(asio::ssl::stream_base::client, completion);
  if (!refused) co_return std::nullopt;
  const long verdict = SSL_get_verify_result(session);
  if (verdict == X509_V_OK) co_return core::failure{"TLS failed: " + describe(refused)};
  co_return core::failure{std::string("its certificate is not trusted: ") +
                          X509_verify_cert_error_string(verdict)};
}

asio::awaitable<failure> tls_connection::reach(std::vector<std::string> addresses) {
  failure last = core::failure{"no address is known"};
  for (const std::string& address : addresses) {
    if (is_closed_) break;
    boost::system::error_code error;
    const auto literal = asio::ip::make_address(address, error);
    auto& socket = stream_->next_layer();
    boost::system::error_code ignored;
    socket.close(ignored);  // of the address before
    const auto [refused] =
        co_await socket.async_connect(tcp::endpoint(literal, host_.port), completion);
    if (!refused && !is_closed_) {
      socket.set_option(tcp::no_delay(true), ignored);
      co_return std::nullopt;
    }
    last = core::failure{describe(refused)};
  }
  co_return last;
}

bool tls_connection::is_stale() {
  pollfd asked{stream_->next_layer().native_handle(), POLLIN, 0};
  return ::poll(&asked, 1, 0) != 0;
}

std::optional<std::int64_t> tls_connection::certificate_until() {
  const X509* const shown = SSL_get0_peer_certificate(stream_->native_handle());
  std::tm end{};
  if (shown == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(shown), &end) != 1) {
    return std::nullopt;
  }
  return ::timegm(&end);
}

void tls_connection::close() {
  is_closed_ = true;
  boost::system::error_code ignored;
  stream_->next_layer().close(ignored);
}

}  // namespace redis_agent::io
