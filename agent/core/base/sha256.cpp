#include "core/base/sha256.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <openssl/evp.h>

namespace redis_agent::core {

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, 32> hash{};
  std::size_t size = hash.size();
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), hash.data(), &size) !=
      1) {
    throw std::bad_alloc();  // there is no other reason for it to fail
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : hash) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

}  // namespace redis_agent::core
