// The file of --web-config-file: half of one, another exporter's, anything that is no YAML.
#include "fuzzing.hpp"
#include "wire/web_config_yaml.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const auto config = wire::parse_web_config(fuzz::input(bytes, count), "/folder");
  if (!config) {
    promise(!config.error().text.empty(), "a failure says what is wrong");
    return 0;
  }
  promise(config->certificate_file.empty() == config->key_file.empty(), "a key has a certificate");
  promise((config->clients == core::client_certificates::none) ==
              config->client_authorities_file.empty(),
          "who verifies has an authority");
  promise(config->certificate_file.empty() || config->certificate_file.front() == '/',
          "a file is named by its whole path");
  for (const auto& [name, hash] : config->users) {
    promise(!name.empty() && name.find(':') == std::string::npos, "a user can log in");
    promise(hash.size() == 60 && hash.starts_with("$2"), "a hash is one of bcrypt");
  }
  return 0;
}
