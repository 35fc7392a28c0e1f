// Looks each few seconds at the Secret with the certificates, puts good ones where Redis reads
// them, and looks by a handshake which one Redis shows: nothing else proves that it has read them.
// Before a new authority's is shown, and before the old one is dropped, it tries with the other
// pods' servers how that would go.
// Tells; what Redis is told then is orders/remedy.hpp's business.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "command/certificate_install.hpp"
#include "command/redis_doors.hpp"
#include "core/memory/memory.hpp"
#include "io/worker.hpp"

namespace redis_agent::command {

class certificate_watch {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    const core::settings& settings;
    const core::memory& seen;  // changes with what is told
    redis_doors& doors;
    std::function<void(const core::event&)> tell;
  };

  explicit certificate_watch(surroundings around);

  // Before anything is asked: blocks for as long as the files need, and goes on beside the rest as
  // long as the io_context runs. Nothing of it without --tls. The object outlives it.
  void begin();

  bool is_busy() const { return worker_.is_busy(); }

 private:
  boost::asio::awaitable<void> run();
  void take(const certificate_look& found);
  void take_next(const std::optional<certificate_look::patient_step>& next);
  boost::asio::awaitable<std::string> mark_of_due_step();
  boost::asio::awaitable<std::vector<std::string>> ask_peers(io::tls_terms shown);
  bool is_proof_due() const;
  boost::asio::awaitable<void> look_at_server();

  surroundings around_;
  io::worker worker_;
  core::instant proven_at_{};
  std::optional<certificate_look::patient_step> next_;
  core::instant next_since_{};
  std::vector<std::string> refusals_;
};

}  // namespace redis_agent::command
