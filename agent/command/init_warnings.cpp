#include "command/init_warnings.hpp"

#include "core/configuration/redis_conf.hpp"
#include "io/atomic_file.hpp"
#include "io/logging.hpp"

namespace redis_agent::command {
namespace {

constexpr std::size_t redis_conf_bytes_max = std::size_t{1} << 20;

}  // namespace

std::vector<std::string> tell_init_warnings(const core::settings& s) {
  const auto text = io::read_file(s.output, redis_conf_bytes_max);
  if (!text) {
    io::write_log({core::log_level::info,
                   "the warnings of init are not known",
                   {{"because", text.error().text}}});
    return {};
  }
  std::vector<std::string> warnings = core::warnings_in(*text);
  for (const std::string& warning : warnings) {
    io::write_log({core::log_level::warning, "init warns", {{"detail", warning}}});
  }
  return warnings;
}

}  // namespace redis_agent::command
