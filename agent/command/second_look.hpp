// What the agent finds out beside its kept connections: whether Redis takes commands from somebody
// who has not logged in, why Redis's own link to the primary does not come up, and whether its
// server can be reached where its configuration may not be read. Asks and tells; decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "io/redis_link.hpp"

namespace redis_agent::command {

class second_look {
 public:
  struct ways {
    io::redis_link::callbacks here;       // to its own server
    io::redis_link::callbacks elsewhere;  // to the primary's
  };

  // `seen` is what the agent knows, and changes with what is told.
  second_look(boost::asio::io_context& context, const core::settings& s, const core::memory& seen,
              ways there_are);

  // Runs as long as the io_context does. The object outlives it.
  boost::asio::awaitable<void> run();

  // Something has happened: what is due at once is asked at once.
  void hear(const core::event& happened);

 private:
  boost::asio::awaitable<void> look_for_an_open_door();
  boost::asio::awaitable<void> look_at_own_link();
  boost::asio::awaitable<void> look_from_outside();

  const core::settings& settings_;
  const core::memory& seen_;
  io::redis_link::callbacks call_;
  std::function<core::result<wire::login>()> read_login_elsewhere_;
  boost::asio::steady_timer pause_;
  bool is_due_ = false;
};

}  // namespace redis_agent::command
