// Settings as lines of name=value, the first line being the hostname.
#include "core/base/units.hpp"
#include "core/configuration/settings.hpp"
#include "fuzzing.hpp"

using namespace redis_agent::core;
using redis_agent::fuzz::promise;
using redis_agent::fuzz::take_line;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  std::string_view text = redis_agent::fuzz::input(bytes, count);
  const std::string_view hostname = take_line(text);
  std::vector<given_value> given;
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const auto sign = line.find('=');
    const std::string name(line.substr(0, sign));
    names.push_back("REDIS_AGENT_" + name);
    if (sign != std::string_view::npos) {
      given.push_back({name, std::string(line.substr(sign + 1)), "--" + name});
    }
  }
  for (const subcommand command : {subcommand::init, subcommand::sidecar, subcommand::status}) {
    const parsed_settings parsed = parse_settings(command, given, hostname);
    for (const std::string& complaint : parsed.complaints) {
      promise(complaint.find("xpected") != std::string::npos, "a complaint says what was expected");
    }
    promise(!parsed.values.listen.empty(), "there is always an address to listen on");
    promise(parsed.values.redis_port != 0, "there is always a port");
    promise(parsed.values.poll_interval >= 50ms, "the interval is bounded from below");
  }
  unknown_variables(names);
  describe_size(parse_size(hostname).value_or(0));
  describe_duration(parse_duration(hostname).value_or(duration{}));
  return 0;
}
