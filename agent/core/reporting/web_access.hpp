// Who may see a page that is no probe: what a request has to bring by the web configuration, and
// which hash its password is compared with. The comparison itself takes as long as bcrypt is meant
// to (io/password_checks.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/configuration/web_config.hpp"
#include "core/reporting/http.hpp"

namespace redis_agent::core {

struct web_login {
  std::string user;
  secret password;
};

// The value of Authorization by the scheme Basic (RFC 7617), and back.
std::optional<web_login> read_authorization(const secret& value);
secret write_authorization(const web_login& as);

// "NAME:PASSWORD" in one line: the file of --web-login-file. The failure shows nothing of it.
result<web_login> parse_web_login(std::string text, std::string_view source);

struct password_question {
  std::string hash;
  bool is_known = false;  // the user: if not, the hash is another's, and any answer is no
  std::string mark;       // is the same for the same question alone
};

// `salt` is nobody else's. Who is not known costs as much as somebody who is: neither the time nor
// the choice of the hash tells strangers which names there are.
password_question question_of(const web_config& config, const web_login& login,
                              std::string_view salt);

// What stands against the request; nullopt: nothing does, or its login has to be looked at.
std::optional<http_answer> refuse_access(const web_config& config, const http_request& request);

http_answer refuse_login();        // 401
http_answer refuse_for_a_while();  // 503: too many logins are being looked at

// How the files of the web configuration are, for those who read metrics.
struct web_state {
  std::string trouble;                 // why what is in them now is not used; "" if it is
  std::int64_t certificate_until = 0;  // Unix seconds; 0 without TLS
};

}  // namespace redis_agent::core
