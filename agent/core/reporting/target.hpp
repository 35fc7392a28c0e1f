// The target of a request: its path, and its query's parameters. Percent-encoding is decoded in
// values; what cannot be decoded stays as it is. Who asks by way of a proxy may send all of the URL
// (absolute-form, RFC 9112, 3.2.2): whose it is does not matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redis_agent::core {

class target {
 public:
  explicit target(std::string_view text);

  const std::string& path() const { return path_; }
  // "" for a parameter without a value: ?verbose
  std::optional<std::string> parameter(std::string_view name) const;

 private:
  std::string path_;
  std::string query_;
};

}  // namespace redis_agent::core
