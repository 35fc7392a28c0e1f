#include "io/describe_error.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>

namespace redis_agent::io {
namespace {

namespace http = boost::beast::http;

bool is_cut_off(const boost::system::error_code& error) {
  return error == http::error::end_of_stream || error == http::error::partial_message ||
         error == boost::asio::ssl::error::stream_truncated;
}

}  // namespace

bool is_no_answer(const boost::system::error_code& error) {
  const boost::system::error_code any_of_the_parser = http::error::bad_version;
  return error.category() == any_of_the_parser.category() && !is_cut_off(error);
}

std::string describe(const boost::system::error_code& error) {
  if (error == http::error::body_limit || error == http::error::buffer_overflow) {
    return "the answer is larger than 1 MiB";
  }
  if (is_cut_off(error)) return "the connection was closed before the answer was whole";
  if (is_no_answer(error)) return "the answer is no HTTP";
  std::string text = error.message();
  if (!text.empty()) {
    text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  }
  return text;
}

}  // namespace redis_agent::io
