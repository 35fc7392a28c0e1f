#include "io/certificate_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "io/atomic_file.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using core::certificate_facts;

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;  // a Secret's limit
constexpr std::string_view folder_mark = ".tls-";

template <auto release>
struct releasing {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};
using bio = std::unique_ptr<BIO, releasing<BIO_free>>;
using certificate = std::unique_ptr<X509, releasing<X509_free>>;
using private_key = std::unique_ptr<EVP_PKEY, releasing<EVP_PKEY_free>>;
using store = std::unique_ptr<X509_STORE, releasing<X509_STORE_free>>;
using store_context = std::unique_ptr<X509_STORE_CTX, releasing<X509_STORE_CTX_free>>;

bio memory_of(std::string_view bytes) {
  return bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// All that are in it, up to the first that is none.
std::vector<certificate> read_all(std::string_view pem) {
  std::vector<certificate> found;
  const bio source = memory_of(pem);
  while (certificate next{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
    found.push_back(std::move(next));
  }
  const unsigned long error = ERR_peek_last_error();
  const bool is_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!is_end) found.clear();
  return found;
}

int refuse_to_ask(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

// As Redis trusts: up to an authority that has signed itself. Dates are looked at by others.
void verify(const std::vector<certificate>& shown, const std::vector<certificate>& trusted,
            certificate_facts& facts) {
  const store authorities(X509_STORE_new());
  for (const certificate& one : trusted) X509_STORE_add_cert(authorities.get(), one.get());
  X509_STORE_set_flags(authorities.get(), X509_V_FLAG_NO_CHECK_TIME);
  STACK_OF(X509)* const between = sk_X509_new_null();
  for (std::size_t i = 1; i < shown.size(); ++i) sk_X509_push(between, shown[i].get());
  const store_context context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), authorities.get(), shown.front().get(), between);
  const bool is_trusted = X509_verify_cert(context.get()) == 1;
  if (!is_trusted) {
    facts.untrusted = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  }
  facts.authority_from = facts.valid_from;
  facts.authority_until = facts.valid_until;
  const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context.get());
  const int length = is_trusted && chain != nullptr ? sk_X509_num(chain) : 0;
  for (int i = length - 1; i > 0; --i) {
    const X509* const above = sk_X509_value(chain, i);
    const bool is_root = i == length - 1;
    const std::int64_t end = seconds_of(X509_get0_notAfter(above));
    if (!is_root && end >= facts.authority_until) continue;
    facts.ends_between = !is_root;
    facts.authority_from = seconds_of(X509_get0_notBefore(above));
    facts.authority_until = end;
  }
  sk_X509_free(between);
  ERR_clear_error();
}

std::string error_text() { return std::strerror(errno); }

core::result<std::string> read_at(int folder, const std::string& path, const char* name) {
  const int file = ::openat(folder, name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return core::failure{"open " + path + "/" + name + ": " + error_text()};
  auto content = read_file("/proc/self/fd/" + std::to_string(file), file_bytes_max);
  ::close(file);
  if (!content) return core::failure{path + "/" + name + ": " + content.error().text};
  return content;
}

// The folder that is there now, and stays the same whatever becomes of the link.
int open_state(const std::string& folder) {
  const int data = ::open((folder + "/..data").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return data >= 0 ? data : ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// All but the two that may be read: this one and the one before.
void remove_older(const fs::path& parent, const std::string& before, const std::string& present) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_old = name.starts_with(folder_mark) && name != before && name != present;
    if (is_old) fs::remove_all(entry.path(), error);
  }
}

core::result<tls_terms> make_terms(asio::ssl::context::method method,
                                   const certificate_files& files) {
  const auto made = std::make_shared<asio::ssl::context>(method);
  boost::system::error_code error;
  const auto fail = [&](const char* what) {
    ERR_clear_error();
    return core::failure{std::string(what) + ": " + error.message()};
  };
  made->use_certificate_chain(asio::buffer(files.certificate), error);
  if (error) return fail("tls.crt");
  const std::string_view key = files.key.reveal();
  made->use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem, error);
  if (error) return fail("tls.key");
  made->add_certificate_authority(asio::buffer(files.authorities), error);
  if (error) return fail("ca.crt");
  made->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, error);
  SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
  // Who is trusted no more is not let in by an earlier session.
  SSL_CTX_set_session_cache_mode(made->native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(made->native_handle(), SSL_OP_NO_TICKET);
  return made;
}

}  // namespace

core::result<certificate_files> read_certificates(const std::string& folder) {
  const int state = open_state(folder);
  if (state < 0) return core::failure{"open " + folder + ": " + error_text()};
  auto shown = read_at(state, folder, "tls.crt");
  auto key = read_at(state, folder, "tls.key");
  auto authorities = read_at(state, folder, "ca.crt");
  ::close(state);
  if (!shown) return shown.error();
  if (!key) return key.error();
  if (!authorities) return authorities.error();
  return certificate_files{std::move(*shown), core::secret(std::move(*key)),
                           std::move(*authorities)};
}

certificate_facts look_into(const certificate_files& files) {
  certificate_facts facts;
  const std::vector<certificate> shown = read_all(files.certificate);
  const std::vector<certificate> trusted = read_all(files.authorities);
  bool is_encrypted = false;
  const bio source = memory_of(files.key.reveal());
  const private_key key(
      PEM_read_bio_PrivateKey(source.get(), nullptr, refuse_to_ask, &is_encrypted));
  ERR_clear_error();
  if (shown.empty()) facts.unread = "tls.crt has no certificate; expected PEM";
  if (trusted.empty()) facts.unread = "ca.crt has no certificate; expected PEM";
  if (!key) facts.unread = "tls.key has no private key; expected PEM";
  if (is_encrypted) facts.unread = "tls.key is encrypted; expected a key without a passphrase";
  if (!facts.unread.empty()) return facts;
  X509* const own = shown.front().get();
  facts.key_fits = X509_check_private_key(own, key.get()) == 1;
  facts.may_serve = X509_check_purpose(own, X509_PURPOSE_SSL_SERVER, 0) == 1;
  facts.may_ask = X509_check_purpose(own, X509_PURPOSE_SSL_CLIENT, 0) == 1;
  facts.valid_from = seconds_of(X509_get0_notBefore(own));
  facts.valid_until = end_of(own);
  facts.fingerprint = fingerprint_of(own);
  verify(shown, trusted, facts);
  return facts;
}

std::vector<std::string> split_authorities(const std::string& authorities) {
  std::vector<std::string> texts;
  for (const certificate& one : read_all(authorities)) {
    const bio to(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(to.get(), one.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to.get(), &bytes);
    texts.emplace_back(bytes, static_cast<std::size_t>(size));
  }
  return texts;
}

core::result<std::string> install_certificates(const std::string& folder,
                                               const certificate_files& files, bool is_for_group) {
  const fs::path parent = fs::path(folder).parent_path();
  std::error_code error;
  fs::create_directories(parent, error);
  std::string fresh = (parent / std::string(folder_mark)).string() + "XXXXXX";
  if (::mkdtemp(fresh.data()) == nullptr) {
    return core::failure{"make the folder " + fresh + ": " + error_text()};
  }
  // What others may read is said by each file's own mode. Where the folder hands its group on (an
  // fsGroup's does), the files in this one are that group's, too.
  struct stat made {};
  const bool is_open = ::stat(fresh.c_str(), &made) == 0 &&
                       ::chmod(fresh.c_str(), 0755 | (made.st_mode & S_ISGID)) == 0;
  const unsigned mode = is_for_group ? 0640 : 0600;
  const auto write = [&](const char* name, std::string_view content) {
    return replace_file(fresh + "/" + name, std::string(content), mode);
  };
  core::result<std::string> done = write("tls.crt", files.certificate);
  if (done) done = write("tls.key", files.key.reveal());
  if (done) done = write("ca.crt", files.authorities);
  if (!done || !is_open) {
    fs::remove_all(fresh, error);
    return done ? core::failure{"set the mode of " + fresh} : core::failure{done.error().text};
  }
  const std::string present = fs::path(fresh).filename().string();
  const std::string before = fs::read_symlink(folder, error).string();
  const std::string link = fresh + ".link";
  const bool is_put =
      ::symlink(present.c_str(), link.c_str()) == 0 && ::rename(link.c_str(), folder.c_str()) == 0;
  if (!is_put) {
    const core::failure why{"rename a link to " + folder + ": " + error_text()};
    fs::remove(link, error);
    fs::remove_all(fresh, error);
    return why;
  }
  remove_older(parent, before, present);
  return std::string();
}

core::result<own_tls> make_tls(const certificate_files& files) {
  auto client = make_terms(asio::ssl::context::tls_client, files);
  if (!client) return client.error();
  auto server = make_terms(asio::ssl::context::tls_server, files);
  if (!server) return server.error();
  return own_tls{*client, *server};
}

std::string fingerprint_of(const x509_st* shown) {
  if (shown == nullptr) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  if (X509_digest(shown, EVP_sha256(), bytes.data(), &length) != 1) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += digits[bytes.at(i) >> 4U];
    text += digits[bytes.at(i) & 15U];
  }
  return text;
}

std::int64_t end_of(const x509_st* shown) {
  return shown == nullptr ? 0 : seconds_of(X509_get0_notAfter(shown));
}

}  // namespace redis_agent::io
