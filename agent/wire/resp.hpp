// RESP2 by hiredis, without its sockets: commands to bytes, bytes to replies. What a reader may
// hold is limited, since whoever answers on the port need not be Redis: a reply that is too large,
// too wide or no RESP at all is an error of the stream, after which the reader is of no more use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace redis_agent::wire {

struct resp_value {
  enum class kind { status, error, text, integer, nil, array };
  kind type = kind::nil;
  std::string text;  // of status, error, text
  std::int64_t integer = 0;
  std::vector<resp_value> items;  // of array

  bool is_error() const { return type == kind::error; }
  bool is_text() const { return type == kind::text; }
};

using command = std::vector<std::string>;

std::string format_command(const command& arguments);

enum class resp_trouble { none, not_resp, too_large };

class resp_reader {
 public:
  // Bytes that one reply may take on the wire, and values that it may consist of.
  struct limits {
    std::size_t bytes_max = std::size_t{4} << 20;  // INFO of a primary with 1,000 replicas: 100 KiB
    std::size_t values_max = 10'000;
  };

  resp_reader();
  explicit resp_reader(limits allowed);
  ~resp_reader();
  resp_reader(resp_reader&&) noexcept;
  resp_reader& operator=(resp_reader&&) noexcept;

  void feed(std::string_view bytes);
  // The next whole reply, or nullopt: more bytes are needed, or there is trouble.
  std::optional<resp_value> next();

  resp_trouble trouble() const;
  std::string trouble_text() const;
  // Bytes that were fed and belong to no reply that next() has returned.
  bool has_leftover() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace redis_agent::wire
