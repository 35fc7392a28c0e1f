#include "io/web_terms.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <utility>

#include "core/base/sha256.hpp"
#include "core/reporting/web_access.hpp"
#include "io/atomic_file.hpp"
#include "io/certificate_files.hpp"
#include "wire/web_config_yaml.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using core::client_certificates;

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;  // a Secret's limit

std::string folder_of(const std::string& file) {
  return std::filesystem::path(file).parent_path().string();
}

// ca.crt beside tls.crt: as cert-manager's Secrets have it.
std::string agent_authorities_file(const core::settings& s, const core::web_config& config) {
  return s.web_ca_file.empty() ? folder_of(config.certificate_file) + "/ca.crt" : s.web_ca_file;
}

core::result<web_files> read_tls_files(const core::settings& s, web_files files) {
  const core::web_config& config = files.config;
  auto certificate = read_file(config.certificate_file, file_bytes_max);
  if (!certificate) return core::failure{"cert_file: " + certificate.error().text};
  auto key = read_file(config.key_file, file_bytes_max);
  if (!key) return core::failure{"key_file: " + key.error().text};
  auto authorities = read_file(agent_authorities_file(s, config), file_bytes_max);
  if (!authorities) {
    return core::failure{
        "the authority of other agents' certificates: " + authorities.error().text +
        "; expected it in --web-ca-file, or as ca.crt beside cert_file"};
  }
  files.certificate = std::move(*certificate);
  files.key = core::secret(std::move(*key));
  files.agent_authorities = std::move(*authorities);
  if (config.clients == client_certificates::none) return files;
  auto clients = read_file(config.client_authorities_file, file_bytes_max);
  if (!clients) return core::failure{"client_ca_file: " + clients.error().text};
  files.client_authorities = std::move(*clients);
  return files;
}

core::result<core::secret> read_login(const core::settings& s) {
  if (s.web_login_file.empty()) {
    return core::failure{
        "it has basic_auth_users, and agents ask each other: expected --web-login-file, a file "
        "with NAME:PASSWORD of one of them"};
  }
  auto text = read_file(s.web_login_file, file_bytes_max);
  if (!text) return core::failure{"--web-login-file: " + text.error().text};
  const auto login = core::parse_web_login(std::move(*text), s.web_login_file);
  if (!login) return login.error();
  return core::write_authorization(*login);
}

std::string digest_of(const std::string& text, const web_files& files) {
  std::string all;
  for (const std::string_view part :
       {std::string_view(text), std::string_view(files.certificate), files.key.reveal(),
        std::string_view(files.client_authorities), std::string_view(files.agent_authorities),
        files.authorization.reveal()}) {
    all += core::sha256_of(part);
  }
  return core::sha256_of(all);
}

class terms_maker {
 public:
  explicit terms_maker(asio::ssl::context::method method)
      : made_(std::make_shared<asio::ssl::context>(method)) {
    // A key with a passphrase is refused; nobody is there to be asked for it.
    made_->set_password_callback(
        [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, error_);
  }

  void show(const web_files& files) {
    made_->use_certificate_chain(asio::buffer(files.certificate), error_);
    note("cert_file");
    const std::string_view key = files.key.reveal();
    made_->use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem, error_);
    note("key_file");
  }

  void trust(const std::string& authorities, const char* name) {
    made_->add_certificate_authority(asio::buffer(authorities), error_);
    note(name);
    made_->set_verify_mode(asio::ssl::verify_peer, error_);
    // As clients in Go do: whatever is in the file is trusted, be it the root or not.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(made_->native_handle()),
                                X509_V_FLAG_PARTIAL_CHAIN);
  }

  core::result<tls_terms> make(core::tls_version least) {
    if (!trouble_.empty()) return core::failure{trouble_};
    const bool is_13 = least == core::tls_version::tls13;
    SSL_CTX_set_min_proto_version(made_->native_handle(), is_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    // Who is trusted no more is not let in by an earlier session.
    SSL_CTX_set_session_cache_mode(made_->native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(made_->native_handle(), SSL_OP_NO_TICKET);
    return made_;
  }

 private:
  void note(const char* what) {
    ERR_clear_error();
    if (error_ && trouble_.empty()) trouble_ = std::string(what) + ": " + error_.message();
  }

  tls_terms made_;
  boost::system::error_code error_;
  std::string trouble_;
};

std::int64_t end_of_shown(const tls_terms& shown) {
  return end_of(SSL_CTX_get0_certificate(shown->native_handle()));
}

}  // namespace

core::result<web_files> read_web_files(const core::settings& s) {
  const std::string named = "--web-config-file=" + s.web_config_file + ": ";
  const auto text = read_file(s.web_config_file, file_bytes_max);
  if (!text) return core::failure{named + text.error().text};
  auto config = wire::parse_web_config(*text, folder_of(s.web_config_file));
  if (!config) return core::failure{named + config.error().text};
  web_files files{.config = std::move(*config)};
  if (files.config.is_encrypted()) {
    auto with_tls = read_tls_files(s, std::move(files));
    if (!with_tls) return core::failure{named + with_tls.error().text};
    files = std::move(*with_tls);
  }
  if (!files.config.users.empty()) {
    auto authorization = read_login(s);
    if (!authorization) return core::failure{named + authorization.error().text};
    files.authorization = std::move(*authorization);
  }
  files.digest = digest_of(*text, files);
  return files;
}

core::result<web_terms> make_web_terms(const web_files& files) {
  web_terms terms{
      .config = files.config, .authorization = files.authorization, .digest = files.digest};
  if (!files.config.is_encrypted()) return terms;
  const bool asks_clients = files.config.clients != client_certificates::none;
  terms_maker as_server(asio::ssl::context::tls_server);
  as_server.show(files);
  if (asks_clients) as_server.trust(files.client_authorities, "client_ca_file");
  terms_maker as_client(asio::ssl::context::tls_client);
  if (asks_clients) as_client.show(files);
  as_client.trust(files.agent_authorities, "the authority of other agents' certificates");
  auto server = as_server.make(files.config.least);
  if (!server) return server.error();
  auto client = as_client.make(files.config.least);
  if (!client) return client.error();
  terms.server = std::move(*server);
  terms.client = std::move(*client);
  terms.certificate_until = end_of_shown(terms.server);
  return terms;
}

}  // namespace redis_agent::io
