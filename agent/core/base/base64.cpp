#include "core/base/base64.hpp"

#include <openssl/evp.h>

namespace redis_agent::core {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  const auto padding = text.find_first_not_of(alphabet);
  const std::size_t padded = padding == std::string_view::npos ? 0 : text.size() - padding;
  const bool is_whole = text.size() % 4 == 0 && padded <= 2;
  if (!is_whole || text.substr(text.size() - padded) != std::string_view("==").substr(0, padded)) {
    return std::nullopt;
  }
  std::string decoded(text.size() / 4 * 3, '\0');
  EVP_DecodeBlock(bytes_of(decoded), bytes_of(text), static_cast<int>(text.size()));
  decoded.resize(decoded.size() - padded);
  return decoded;
}

std::string encode_base64(std::string_view bytes) {
  std::string encoded((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it ends with a NUL
  EVP_EncodeBlock(bytes_of(encoded), bytes_of(bytes), static_cast<int>(bytes.size()));
  encoded.pop_back();
  return encoded;
}

}  // namespace redis_agent::core
