// By what way the agent comes to other pods' agents: plainly, or as --web-config-file has it by TLS
// and with a login. Has the terms on which its own pages are shown, too.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/configuration/settings.hpp"
#include "io/http_client.hpp"
#include "io/web_terms.hpp"

namespace redis_agent::command {

class agent_doors {
 public:
  explicit agent_doors(const core::settings& s);

  // Reads the files, and takes them. "" or why not.
  std::string read();
  void take(io::web_terms terms) { terms_ = std::move(terms); }

  const io::web_terms& terms() const { return terms_; }

  // The agent of that pod, by its name or its host's, at one of its addresses.
  io::http_peer to(const std::string& pod, const std::string& address) const;

 private:
  const core::settings& settings_;
  std::vector<std::string> domains_;
  io::web_terms terms_;
};

}  // namespace redis_agent::command
