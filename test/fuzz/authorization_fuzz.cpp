// The header by which anybody who reaches the agent's port may try to log in.
#include "core/reporting/web_access.hpp"
#include "fuzzing.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const core::web_config config{.users = {{"anna", "a hash"}, {"ben", "another"}}};
  const core::secret value{std::string(fuzz::input(bytes, count))};
  const auto login = core::read_authorization(value);
  const core::http_request request{.method = "GET", .target = "/metrics", .authorization = value};
  promise(core::refuse_access(config, request).has_value() == !login,
          "who shows no login is refused");
  if (!login) return 0;
  promise(login->user.find(':') == std::string::npos, "a name ends at the first colon");
  promise(login->password.reveal().find('\0') == std::string_view::npos, "no password has a NUL");
  const auto again = core::read_authorization(core::write_authorization(*login));
  promise(again && again->user == login->user && again->password == login->password,
          "what is written is read back as it was");
  const auto question = core::question_of(config, *login, "salt");
  promise(question.is_known == (config.users.count(login->user) == 1), "two are known");
  promise(!question.hash.empty(), "there is always something to compare with");
  return 0;
}
