#include "core/configuration/conf_passwords.hpp"

#include "core/base/text.hpp"
#include "core/configuration/redis_conf_syntax.hpp"

namespace redis_agent::core {
namespace {

constexpr std::string_view mark = "# rotated by redis-agent:";
constexpr std::string_view earlier_mark = "# an earlier password: ";

bool is_default_user(const std::vector<std::string>& words) {
  return words.size() > 1 && to_lower(words[0]) == "user" && words[1] == "default";
}

std::string renew_user(const std::vector<std::string>& words, const passwords_in_file& to_be) {
  std::string line = "user default";
  for (const std::string& hash : to_be.accepted) line += " #" + hash;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (!words[i].starts_with('#') && !words[i].starts_with('>')) line += " " + words[i];
  }
  return line;
}

std::string renew_line(std::string_view line, const rotated_lines& ours,
                       const passwords_in_file& to_be) {
  const auto words = split_arguments(line);
  if (!words || words->empty() || line.starts_with('#')) return std::string(line);
  const std::string name = to_lower(words->front());
  if (ours.requirepass && is_default_user(*words)) {
    return renew_user(*words, to_be);
  }
  if (ours.requirepass && name == "requirepass" && !to_be.required.empty()) {
    return name + " " + quote_secret(to_be.required.reveal());
  }
  if (ours.masterauth && name == "masterauth" && !to_be.link.empty()) {
    return name + " " + quote_secret(to_be.link.reveal());
  }
  return std::string(line);
}

}  // namespace

std::string mark_of(const rotated_lines& lines) {
  std::string text(mark);
  if (lines.requirepass) text += " requirepass";
  if (lines.masterauth) text += " masterauth";
  return text;
}

rotated_lines marked_in(std::string_view redis_conf) {
  rotated_lines lines;
  while (!redis_conf.empty()) {
    const std::string_view line = take_line(redis_conf);
    if (!line.starts_with(mark)) continue;
    lines.requirepass = line.find(" requirepass") != std::string_view::npos;
    lines.masterauth = line.find(" masterauth") != std::string_view::npos;
  }
  return lines;
}

std::vector<std::string> words_of_default_user(const std::vector<std::string>& hashes) {
  std::vector<std::string> words = {"default"};
  for (const std::string& hash : hashes) words.push_back("#" + hash);
  for (const char* const rule : {"on", "~*", "&*", "+@all"}) words.emplace_back(rule);
  return words;
}

std::vector<secret> passwords_in(std::string_view redis_conf) {
  std::vector<secret> found;
  const bool has_link = marked_in(redis_conf).masterauth;
  while (!redis_conf.empty()) {
    std::string_view line = take_line(redis_conf);
    const bool is_earlier = line.starts_with(earlier_mark);
    if (is_earlier) line.remove_prefix(earlier_mark.size());
    auto words = split_arguments(line);
    if (!words || words->empty()) continue;
    const bool is_link = has_link && words->size() > 1 && to_lower(words->front()) == "masterauth";
    if (is_earlier) found.emplace_back(std::move(words->front()));
    if (is_link) found.emplace_back(std::move((*words)[1]));
  }
  return found;
}

std::optional<std::string> renew_passwords(std::string_view redis_conf,
                                           const passwords_in_file& to_be) {
  const rotated_lines ours = marked_in(redis_conf);
  if (!ours.requirepass && !ours.masterauth) return std::nullopt;
  std::string text;
  std::string_view rest = redis_conf;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.starts_with(earlier_mark)) continue;
    text += renew_line(line, ours, to_be) + "\n";
    if (!line.starts_with(mark)) continue;
    for (const secret& one : to_be.earlier) {
      text.append(earlier_mark).append(quote_secret(one.reveal())).append("\n");
    }
  }
  return text == redis_conf ? std::nullopt : std::optional(std::move(text));
}

}  // namespace redis_agent::core
