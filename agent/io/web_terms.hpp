// On what terms the agent's pages are shown, and other agents asked: the file of --web-config-file
// with all files that it names, read together and made what connections are secured with.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/configuration/settings.hpp"
#include "core/configuration/web_config.hpp"
#include "io/redis_stream.hpp"

namespace redis_agent::io {

struct web_files {
  core::web_config config;
  std::string certificate;  // then intermediate ones
  core::secret key;
  std::string client_authorities;
  std::string agent_authorities;  // of other agents' certificates
  core::secret authorization;     // what other agents are shown: "Basic ..."; "": nothing
  std::string digest;             // of all of it
};

// The failure names the setting or the file.
core::result<web_files> read_web_files(const core::settings& s);

struct web_terms {
  core::web_config config{};
  tls_terms server{};  // nullptr: no TLS
  tls_terms client{};
  core::secret authorization{};
  std::int64_t certificate_until = 0;  // Unix seconds; 0 without TLS
  std::string digest{};                // of the files
};

core::result<web_terms> make_web_terms(const web_files& files);

}  // namespace redis_agent::io
