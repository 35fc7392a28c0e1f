// One GET to one address, for `redis-agent status`. No redirects, no keep-alive, no names: the
// caller has resolved the address.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/reporting/http.hpp"

namespace redis_agent::io {

// At most 1 MiB of body. The failure says what was asked of whom and what went wrong:
// "GET http://10.0.0.7:9121/status: connection refused".
boost::asio::awaitable<core::result<core::http_answer>> http_get(core::endpoint address,
                                                                 std::string target,
                                                                 core::duration timeout);

}  // namespace redis_agent::io
