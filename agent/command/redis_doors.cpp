#include "command/redis_doors.hpp"

#include <utility>

#include "core/configuration/tls_places.hpp"
#include "io/atomic_file.hpp"

namespace redis_agent::command {
namespace {

constexpr std::size_t resolv_conf_bytes_max = std::size_t{64} << 10;

}  // namespace

io::redis_place own_redis(const core::settings& s) {
  if (s.tls == core::tls_mode::off) return {.place = s.redis_host, .port = s.redis_port};
  return {.place = core::own_socket(s)};
}

std::vector<std::string> read_search_domains() {
  const auto text = io::read_file("/etc/resolv.conf", resolv_conf_bytes_max);
  return text ? core::search_domains(*text) : std::vector<std::string>();
}

redis_doors::redis_doors(const core::settings& s)
    : settings_(s), replicates_by_tls_(core::replicates_by_tls(s)) {
  if (replicates_by_tls_) domains_ = read_search_domains();
}

std::string redis_doors::read() {
  const auto files = io::read_certificates(core::own_certificates(settings_));
  if (!files) return files.error().text;
  auto made = io::make_tls(*files);
  if (!made) return made.error().text;
  tls_ = std::move(*made);
  return {};
}

std::vector<std::string> redis_doors::names_of(const std::string& host) const {
  if (!replicates_by_tls_) return {};
  return core::names_in_certificate(host, domains_);
}

}  // namespace redis_agent::command
