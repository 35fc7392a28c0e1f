// What Kubernetes' API server has answered, or why it has not: an object, or a trouble with the
// sentence that explains it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/secret.hpp"
#include "core/base/time.hpp"
#include "core/memory/lease.hpp"

namespace redis_agent::wire {

// As it came over HTTP.
struct api_reply {
  unsigned status = 0;
  std::string content_type{};
  std::string retry_after{};  // the header
  std::string body{};
};

struct api_answer {
  std::string object{};  // JSON; "" where there is trouble
  std::optional<core::lock_trouble> trouble{};
  std::string text{};  // what the trouble is, to be logged as it is
  std::optional<core::duration> retry_after{};
  std::optional<std::int64_t> certificate_until{};  // the end of the server's, in Unix seconds
};

// The status decides; of the body only a Status' reason and message are shown, cut short. Nothing
// is shown that has the token in it. After unavailable, timed_out and malformed a write may have
// taken effect all the same.
api_answer judge(api_reply reply, const core::secret& token);

}  // namespace redis_agent::wire
