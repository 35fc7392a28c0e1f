#include "command/config_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "core/configuration/redis_conf.hpp"
#include "io/atomic_file.hpp"

namespace redis_agent::command {
namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 20;
constexpr core::duration look_interval = std::chrono::seconds(2);

// What cannot be read says nothing.
std::optional<bool> has_gate(const std::string& path) {
  const auto text = io::read_file(path, bytes_max);
  return text ? std::optional(core::begins_behind_gate(*text)) : std::nullopt;
}

}  // namespace

config_watch::config_watch(boost::asio::io_context& context, std::string path,
                           std::function<void(const core::event&)> tell)
    : context_(context), path_(std::move(path)), tell_(std::move(tell)), worker_(context) {}

boost::asio::awaitable<void> config_watch::run() {
  boost::asio::steady_timer pause(context_);
  while (true) {
    if (!worker_.is_busy()) look();
    pause.expires_after(look_interval);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

void config_watch::look() {
  worker_.run([path = path_] { return has_gate(path); },
              [this](const std::optional<bool>& found) {
                if (found) tell_(core::config_seen{*found});
              });
}

}  // namespace redis_agent::command
