// Authorities and certificates for tests, made on the spot: no files that expire.
#pragma once

#include <cstdint>
#include <ctime>
#include <initializer_list>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>
#include <utility>

#include "io/certificate_files.hpp"

namespace redis_agent::io {

class made_certificate {
 public:
  struct wanted {
    std::string names{};  // "DNS:a,DNS:b"
    bool is_authority = false;
    std::string usages = "serverAuth,clientAuth";
    std::int64_t from = -3600;  // seconds from now
    std::int64_t until = 30 * 24 * 3600;
  };

  // One that has signed itself, or by `above`.
  explicit made_certificate(const wanted& w, const made_certificate* above = nullptr)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), shown_(X509_new(), X509_free) {
    X509* const x = shown_.get();
    static long serial = 0;
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    ends_ = std::time(nullptr) + w.until;
    ASN1_TIME_set(X509_getm_notBefore(x), std::time(nullptr) + w.from);
    ASN1_TIME_set(X509_getm_notAfter(x), ends_);
    const std::string name = (w.is_authority ? "authority " : "pod ") + std::to_string(serial);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const made_certificate& signer = above == nullptr ? *this : *above;
    X509_set_issuer_name(x, X509_get_subject_name(signer.shown_.get()));
    X509_set_pubkey(x, key_.get());
    if (w.is_authority) {
      add(signer, NID_basic_constraints, "critical,CA:TRUE");
      add(signer, NID_key_usage, "keyCertSign");
    } else {
      add(signer, NID_ext_key_usage, w.usages);
    }
    if (!w.names.empty()) add(signer, NID_subject_alt_name, w.names);
    if (X509_sign(x, signer.key_.get(), EVP_sha256()) == 0) throw std::runtime_error("X509_sign");
  }

  std::string text() const {
    return written([&](BIO* to) { PEM_write_bio_X509(to, shown_.get()); });
  }
  std::string key() const {
    return written([&](BIO* to) {
      PEM_write_bio_PrivateKey(to, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  std::int64_t ends() const { return ends_; }

 private:
  void add(const made_certificate& signer, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, signer.shown_.get(), shown_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    if (made == nullptr) throw std::runtime_error("no extension " + value);
    X509_add_ext(shown_.get(), made, -1);
    X509_EXTENSION_free(made);
  }

  template <class Write>
  static std::string written(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> to(BIO_new(BIO_s_mem()), BIO_free_all);
    write(to.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> shown_;
  std::int64_t ends_ = 0;
};

inline made_certificate make_authority(std::int64_t until = 300 * 24 * 3600) {
  return made_certificate({.is_authority = true, .until = until});
}

// As a Secret has them.
inline certificate_files files_of(const made_certificate& own, const made_certificate& authority) {
  return {own.text(), core::secret(own.key()), authority.text()};
}

}  // namespace redis_agent::io
