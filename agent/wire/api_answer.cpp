#include "wire/api_answer.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/text.hpp"
#include "wire/json_fields.hpp"
#include "wire/kubernetes_json.hpp"

namespace redis_agent::wire {
namespace {

using core::lock_trouble;

constexpr std::size_t shown_max = 200;
constexpr std::int64_t retry_seconds_max = 3600;

lock_trouble trouble_of(unsigned status) {
  switch (status) {
    case 401: return lock_trouble::unauthorized;
    case 403: return lock_trouble::forbidden;
    case 404: return lock_trouble::missing;
    case 409: return lock_trouble::conflict;
    case 429: return lock_trouble::throttled;
    default: break;
  }
  if (status >= 500) return lock_trouble::unavailable;
  return status >= 400 ? lock_trouble::refused : lock_trouble::malformed;
}

// Not within a character of more bytes.
void cut_short(std::string& text) {
  if (text.size() <= shown_max) return;
  std::size_t end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  text += "...";
}

// "Conflict: Operation cannot be fulfilled on leases ..."
std::string describe_status(const std::string& body, const core::secret& token) {
  if (body.size() > object_bytes_max) return {};
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object() || text_at(parsed.get_object(), "kind") != "Status") return {};
  const std::string reason = text_at(parsed.get_object(), "reason");
  const std::string message = text_at(parsed.get_object(), "message");
  std::string text = reason + (reason.empty() || message.empty() ? "" : ": ") + message;
  if (!token.empty() && text.find(token.reveal()) != std::string::npos) return {};
  cut_short(text);
  return core::printable(std::move(text));
}

// Seconds; a date would have to be compared with a clock that is not the server's.
std::optional<core::duration> parse_retry_after(std::string_view text) {
  const auto seconds = parse_count(text);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::min(*seconds, retry_seconds_max));
}

bool is_json(std::string_view content_type) {
  return core::to_lower(content_type.substr(0, content_type.find(';'))) == "application/json";
}

}  // namespace

api_answer judge(api_reply reply, const core::secret& token) {
  api_answer answer;
  const std::string number = std::to_string(reply.status);
  if (reply.status >= 200 && reply.status < 300) {
    if (is_json(reply.content_type) && reply.body.starts_with('{')) {
      answer.object = std::move(reply.body);
    } else {
      answer.trouble = lock_trouble::malformed;
      answer.text = "answered " + number + " without an object of Kubernetes";
    }
    return answer;
  }
  answer.trouble = trouble_of(reply.status);
  answer.retry_after = parse_retry_after(reply.retry_after);
  const std::string said = describe_status(reply.body, token);
  answer.text = "answered " + number + (said.empty() ? "" : " " + said);
  return answer;
}

}  // namespace redis_agent::wire
