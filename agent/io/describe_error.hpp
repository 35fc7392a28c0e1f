// What went wrong with a request over HTTP, in words that end a sentence.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

namespace redis_agent::io {

// Answered, and with what no answer may be: no HTTP, or more of it than 1 MiB.
bool is_no_answer(const boost::system::error_code& error);

// "connection refused", "the answer is larger than 1 MiB", "the answer is no HTTP".
std::string describe(const boost::system::error_code& error);

}  // namespace redis_agent::io
