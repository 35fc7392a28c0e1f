#include "wire/password_answers.hpp"

#include "core/base/sha256.hpp"
#include "core/server/link.hpp"

namespace redis_agent::wire {
namespace {

// "" for no password.
std::optional<std::string> hash_in(const resp_value& reply) {
  if (reply.items.size() != 2) return std::nullopt;
  const std::string& value = reply.items[1].text;
  return value.empty() ? value : core::sha256_of(value);
}

}  // namespace

core::password_report read_users_passwords(const resp_value& reply) {
  core::password_report report;
  if (reply.is_error()) {
    report.knows_users =
        core::condition_of_error(reply.text) == core::link_condition::not_permitted;
    return report;
  }
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    const resp_value& value = reply.items[i + 1];
    if (reply.items[i].text == "flags") {
      for (const resp_value& flag : value.items) {
        report.takes_any = report.takes_any || flag.text == "nopass";
      }
    }
    if (reply.items[i].text != "passwords") continue;
    report.accepted.emplace();
    for (const resp_value& hash : value.items) report.accepted->push_back(hash.text);
  }
  return report;
}

void take_required_password(core::password_report& report, const resp_value& reply) {
  if (report.knows_users) return;
  const auto required = hash_in(reply);
  if (!required) return;
  report.takes_any = required->empty();
  report.accepted = {*required};
}

std::optional<std::string> read_links_password(const resp_value& reply) { return hash_in(reply); }

std::string read_links_user(const resp_value& reply) {
  return reply.items.size() == 2 ? reply.items[1].text : std::string();
}

std::optional<bool> is_taken(const resp_value& reply) {
  if (!reply.is_error()) return true;
  if (core::condition_of_error(reply.text) == core::link_condition::password_refused) return false;
  return std::nullopt;
}

}  // namespace redis_agent::wire
