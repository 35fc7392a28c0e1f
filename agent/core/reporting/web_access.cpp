#include "core/reporting/web_access.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

#include "core/base/base64.hpp"
#include "core/base/sha256.hpp"
#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

constexpr std::string_view scheme = "basic ";

std::optional<web_login> split_login(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return web_login{std::string(text.substr(0, colon)), secret(std::string(text.substr(colon + 1)))};
}

http_answer text_answer(unsigned status, std::string text) {
  http_answer answer;
  answer.status = status;
  answer.body = std::move(text) + "\n";
  return answer;
}

}  // namespace

std::optional<web_login> read_authorization(const secret& value) {
  const std::string_view text = value.reveal();
  if (to_lower(text.substr(0, scheme.size())) != scheme) return std::nullopt;
  auto decoded = decode_base64(text.substr(scheme.size()));
  if (!decoded) return std::nullopt;
  const secret kept(std::move(*decoded));
  // For bcrypt a password would end there.
  if (kept.reveal().find('\0') != std::string_view::npos) return std::nullopt;
  return split_login(kept.reveal());
}

secret write_authorization(const web_login& as) {
  const secret both(as.user + ":" + std::string(as.password.reveal()));
  return secret("Basic " + encode_base64(both.reveal()));
}

result<web_login> parse_web_login(std::string text, std::string_view source) {
  const auto line = accept_password(std::move(text), source);
  if (!line) return line.error();
  auto login = split_login(line->reveal());
  if (!login || login->user.empty() || login->password.empty()) {
    return failure{std::string(source) + ": expected one line NAME:PASSWORD"};
  }
  return std::move(*login);
}

password_question question_of(const web_config& config, const web_login& login,
                              std::string_view salt) {
  const auto known = config.users.find(login.user);
  password_question question;
  question.is_known = known != config.users.end();
  if (question.is_known) {
    question.hash = known->second;
  } else if (!config.users.empty()) {
    // Not the same for all: where users differ in cost, so do those who are not there.
    const std::string drawn = sha256_of(std::string(salt) + login.user);
    const auto number = std::stoul(drawn.substr(0, 7), nullptr, 16) % config.users.size();
    question.hash = std::next(config.users.begin(), static_cast<std::ptrdiff_t>(number))->second;
  }
  const secret all(std::string(salt) + question.hash + login.user + ":" +
                   std::string(login.password.reveal()));
  question.mark = sha256_of(all.reveal());
  return question;
}

std::optional<http_answer> refuse_access(const web_config& config, const http_request& request) {
  if (config.clients == client_certificates::required && !request.is_certified) {
    return text_answer(403, "a client's certificate is needed for this page (client_auth_type)");
  }
  if (!config.users.empty() && !read_authorization(request.authorization)) return refuse_login();
  return std::nullopt;
}

http_answer refuse_login() {
  http_answer answer = text_answer(401, "a user and a password are needed for this page");
  answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"redis-agent\", charset=\"UTF-8\"");
  return answer;
}

http_answer refuse_for_a_while() {
  http_answer answer = text_answer(503, "too many logins are being looked at");
  answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

}  // namespace redis_agent::core
