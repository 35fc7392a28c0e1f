// What lies between the servers of a simulated world. The world implements it; redis_model asks.
#pragma once

#include <algorithm>
#include <limits>
#include <string>

#include "core/base/address.hpp"

namespace redis_agent::simulation {

class redis_model;

class network {
 public:
  virtual ~network() = default;

  // The server with that address, whether its process runs or not; nullptr: nobody has it. A server
  // that moves its address must be stopped first. Not asked for loopback addresses.
  virtual redis_model* server_at(const core::endpoint& to) = 0;

  // Packets pass from one address to the other: one way.
  virtual bool reaches(const std::string& from, const std::string& to) = 0;

  // Nothing between the two blocks connections to that port.
  virtual bool admits(const std::string& /*from*/, const core::endpoint& /*to*/) { return true; }

  // A silent fake primary listens there, for one who asks from that address (127.0.0.1 is another
  // place for each). It says +CONTINUE to a PSYNC with an id, -NOMASTERLINK to PSYNC ?, and then
  // nothing. While it answers true the link of a server that follows it stays up.
  virtual bool is_anchor(const std::string& from, const core::endpoint& to) = 0;

  // Time passes for everybody: the life of the keys that were written up to that number is over.
  // A primary drops them then, or when it loads a file that has them; a replica when it is told.
  void expire_up_to(int number) { expired_up_to_ = std::max(expired_up_to_, number); }
  int expired_up_to() const { return expired_up_to_; }

 private:
  int expired_up_to_ = std::numeric_limits<int>::min();
};

// What becomes of a try to connect.
enum class connection { accepted, refused, unreachable };

struct listener {
  connection outcome = connection::unreachable;
  redis_model* server = nullptr;  // where it is accepted
};

// Knows of loopback, processes that do not run, and servers bound to loopback.
listener find_listener(network& n, const std::string& from, const core::endpoint& to);

}  // namespace redis_agent::simulation
