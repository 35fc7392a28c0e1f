#include "core/configuration/tls_change.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/text.hpp"
#include "core/configuration/redis_conf_syntax.hpp"
#include "core/configuration/settings_words.hpp"
#include "core/configuration/tls_places.hpp"

namespace redis_agent::core {
namespace {

std::string renew_line(std::string_view line, const settings& s) {
  const auto words = split_arguments(line);
  if (!words || words->empty()) return std::string(line);
  const std::string name = to_lower(words->front());
  if (name == "port") return name + " " + std::to_string(plain_port(s));
  if (name == "tls-replication") return name + (replicates_by_tls(s) ? " yes" : " no");
  const std::string left = std::to_string(replicates_by_tls(s) ? s.redis_port : s.tls_port);
  if (name != "replicaof" || words->size() != 3 || words->back() != left) return std::string(line);
  return name + " " + quote_argument((*words)[1]) + " " + std::to_string(replication_port(s));
}

}  // namespace

result<tls_mode> read_tls_mode(std::string_view text) {
  const std::string_view blanks = " \t\r\n";
  const auto begin = std::min(text.find_first_not_of(blanks), text.size());
  const std::string_view word = text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
  for (const tls_mode mode : {tls_mode::allow, tls_mode::both, tls_mode::only}) {
    if (word == to_text(mode)) return mode;
  }
  // Another file may be named by mistake, and hold a secret.
  constexpr std::size_t word_max = 8;
  const std::string got =
      word.size() > word_max ? "something longer" : printable(std::string(word));
  return failure{"got \"" + got +
                 "\", expected allow, both or only; from no TLS to allow pods restart (--tls)"};
}

std::string_view to_text(tls_mode mode) {
  return std::ranges::find(tls_words, mode, [](const auto& word) { return word.second; })->first;
}

tls_mode next_way(tls_mode from, tls_mode to) {
  const bool leads_over_both = from != to && from != tls_mode::both && to != tls_mode::both;
  return leads_over_both ? tls_mode::both : to;
}

settings with_tls(settings s, tls_mode mode) {
  const std::uint16_t before = replication_port(s);
  s.tls = mode;
  if (s.primary.port == before) s.primary.port = replication_port(s);
  return s;
}

std::optional<tls_mode> way_in(std::string_view redis_conf) {
  bool speaks_plain = true;
  bool speaks_tls = false;
  bool follows_by_tls = false;
  for (const directive& said : read_directives(redis_conf)) {
    const std::string value = said.values.empty() ? std::string() : said.values.front();
    if (said.name == "port") speaks_plain = value != "0";
    if (said.name == "tls-port") speaks_tls = value != "0";
    if (said.name == "tls-replication") follows_by_tls = value == "yes";
  }
  if (!speaks_tls) return std::nullopt;
  if (!speaks_plain) return tls_mode::only;
  return follows_by_tls ? tls_mode::both : tls_mode::allow;
}

std::optional<std::string> renew_way(std::string_view redis_conf, const settings& s) {
  std::string text;
  std::string_view rest = redis_conf;
  while (!rest.empty()) text += renew_line(take_line(rest), s) + "\n";
  return text == redis_conf ? std::nullopt : std::optional(std::move(text));
}

}  // namespace redis_agent::core
