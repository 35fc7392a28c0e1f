// Who the pods are, as DNS lists them for the headless Service: asked for as long as the io_context
// runs, and told. Decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>

#include "core/memory/events.hpp"
#include "io/dns_resolver.hpp"

namespace redis_agent::command {

struct service_surroundings {
  boost::asio::io_context& context;
  io::dns_resolver& resolver;
  std::string service;
  std::function<void(const core::event&)> tell;
  std::function<void()> told;  // after each, and once before the first
};

boost::asio::awaitable<void> watch_service(service_surroundings around);

}  // namespace redis_agent::command
