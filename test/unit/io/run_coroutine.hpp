// Runs an io_context until one coroutine has returned, while whatever else lives on the context
// (servers, timers) goes on. A coroutine that does not return in ten seconds fails the test.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace redis_agent::io {

inline void run_until(boost::asio::io_context& context, const bool& is_done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_done) {
    context.restart();
    context.run_one_until(end);
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the coroutine hangs");
  }
}

template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> coroutine) {
  bool is_done = false;
  std::exception_ptr thrown;
  std::optional<T> returned;
  boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr e, T value) {
    is_done = true;
    thrown = e;
    returned = std::move(value);
  });
  run_until(context, is_done);
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*returned);
}

inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> coroutine) {
  bool is_done = false;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr e) {
    is_done = true;
    thrown = e;
  });
  run_until(context, is_done);
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace redis_agent::io
