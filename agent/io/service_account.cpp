#include "io/service_account.hpp"

#include <cstddef>
#include <utility>

#include "core/base/address.hpp"
#include "io/atomic_file.hpp"
#include "wire/api_request.hpp"

namespace redis_agent::io {
namespace {

constexpr std::size_t token_bytes_max = std::size_t{16} << 10;
constexpr std::size_t authorities_bytes_max = std::size_t{1} << 20;
constexpr std::size_t namespace_bytes_max = 256;

}  // namespace

core::result<core::secret> read_token(const std::string& folder) {
  const std::string path = folder + "/token";
  auto bytes = read_file(path, token_bytes_max);
  if (!bytes) return bytes.error();
  auto token = wire::accept_token(std::move(*bytes));
  if (!token) return core::failure{path + " " + token.error().text};
  return token;
}

core::result<std::string> read_authorities(const std::string& folder) {
  const std::string path = folder + "/ca.crt";
  auto bytes = read_file(path, authorities_bytes_max);
  if (bytes && bytes->find("-----BEGIN ") == std::string::npos) {
    return core::failure{path + " has no certificate: expected PEM"};
  }
  return bytes;
}

core::result<std::string> read_namespace(const std::string& folder) {
  const std::string path = folder + "/namespace";
  auto bytes = read_file(path, namespace_bytes_max);
  if (!bytes) return bytes.error();
  const std::string name = bytes->substr(0, bytes->find_last_not_of(" \t\r\n") + 1);
  if (!core::is_dns_name(name) || name.find('.') != std::string::npos) {
    return core::failure{path + " is no name of a namespace"};
  }
  return name;
}

}  // namespace redis_agent::io
