// A value or the failure that stands in its place. Expected outcomes ("the replica is behind") are
// values; a failure is an operation that could not be done, and its text names the operation and
// the peer so that it can be logged as it is.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace redis_agent::core {

struct failure {
  std::string text;
};

// boost::system::result asks for this when value() is called on a failure: a broken invariant.
[[noreturn]] inline void throw_exception_from_error(const failure& f,
                                                    const boost::source_location&) {
  throw std::logic_error("value of a failed operation: " + f.text);
}

template <class T>
class [[nodiscard]] result : public boost::system::result<T, failure> {
 public:
  using boost::system::result<T, failure>::result;
  result() = default;
  // A string could be either of the two for Boost, which therefore takes none.
  result(T value)
      : boost::system::result<T, failure>(boost::system::in_place_value, std::move(value)) {}
};

}  // namespace redis_agent::core
