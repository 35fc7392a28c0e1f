#include "io/bcrypt.hpp"

#include <crypt.h>
#include <cstring>
#include <memory>
#include <openssl/crypto.h>

namespace redis_agent::io {

bool is_password_of(const std::string& hash, const core::secret& password) {
  const auto room = std::make_unique<crypt_data>();  // 32 KiB
  const std::string text(password.reveal());
  const char* const made = ::crypt_r(text.c_str(), hash.c_str(), room.get());
  const bool is_made = made != nullptr && std::strlen(made) == hash.size();
  const bool is_right = is_made && CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(room.get(), sizeof(crypt_data));
  return is_right;
}

}  // namespace redis_agent::io
