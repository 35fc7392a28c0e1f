// An authority of a test's own, and certificates of it.
#pragma once

#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>

namespace redis_agent::io {

class test_authority {
 public:
  struct issued {
    std::string certificate;
    std::string key;
  };

  test_authority() : key_(EVP_EC_gen("P-256")), own_(make("authority", key_, nullptr)) {}
  test_authority(const test_authority&) = delete;
  test_authority& operator=(const test_authority&) = delete;
  ~test_authority() {
    X509_free(own_);
    EVP_PKEY_free(key_);
  }

  std::string text() const {
    return pem_of([this](BIO* to) { PEM_write_bio_X509(to, own_); });
  }

  issued issue(const std::string& name) const {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const made = make(name, key, own_);
    issued files{pem_of([&](BIO* to) { PEM_write_bio_X509(to, made); }), pem_of([&](BIO* to) {
                   PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
                 })};
    X509_free(made);
    EVP_PKEY_free(key);
    return files;
  }

 private:
  X509* make(const std::string& name, EVP_PKEY* key, X509* issuer) const {
    X509* const made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -60);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(issuer != nullptr ? issuer : made));
    const std::string other_name = "DNS:" + name;
    X509_EXTENSION* const extension =
        issuer != nullptr
            ? X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, other_name.c_str())
            : X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(made, key_, EVP_sha256());
    return made;
  }

  template <class Write>
  static std::string pem_of(const Write& write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> to(BIO_new(BIO_s_mem()), BIO_free);
    write(to.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }

  EVP_PKEY* const key_;
  X509* const own_;
};

}  // namespace redis_agent::io
