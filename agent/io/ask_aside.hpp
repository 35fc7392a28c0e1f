// A few questions to a Redis server on a connection of their own, which ends with their answers.
// For what the kept one (redis_link.hpp) cannot learn. Judges nothing. One after the other:
// Redis 8.0 and Valkey 8.1 swallow the refusal of an AUTH that comes in one piece behind another
// refusal.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "io/redis_stream.hpp"
#include "wire/resp.hpp"

namespace redis_agent::io {

struct aside {
  bool is_connected = false;
  std::string trouble{};                    // why TLS did not come about, where it was to
  std::vector<wire::resp_value> replies{};  // those that came, in the order of the questions
};

// `timeout` is for all steps together.
boost::asio::awaitable<aside> ask_aside(redis_place server, std::vector<wire::command> questions,
                                        core::duration timeout);

}  // namespace redis_agent::io
