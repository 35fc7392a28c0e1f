// How a coroutine of the loop ends: what it threw ends the process by way of main. Asio's
// `detached` would swallow it.
#pragma once

#include <exception>

namespace redis_agent::io {

inline void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace redis_agent::io
