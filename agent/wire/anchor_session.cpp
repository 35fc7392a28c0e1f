#include "wire/anchor_session.hpp"

#include <algorithm>
#include <utility>

namespace redis_agent::wire {
namespace {

constexpr const char* ok = "+OK\r\n";
constexpr const char* try_later =
    "-NOMASTERLINK this is redis-agent holding replicas, it has no data to send\r\n";
constexpr const char* unknown =
    "-ERR this is redis-agent holding replicas, it serves no commands\r\n";

constexpr std::size_t words_max = 64;  // of a command; a handshake has five

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// An empty line is no command, and Redis lets it pass.
bool may_begin_a_command(char c) { return c == '*' || c == '\r' || c == '\n' || is_letter(c); }

bool is_word(std::string_view said, std::string_view word) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::equal(said.begin(), said.end(), word.begin(), word.end(),
                    [&](char a, char b) { return upper(a) == b; });
}

command words_of(std::string_view line) {
  constexpr std::string_view between = " \t\r\n";
  command words;
  while (true) {
    const auto begin = line.find_first_not_of(between);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    words.emplace_back(line.substr(0, line.find_first_of(between)));
    line.remove_prefix(words.back().size());
  }
}

}  // namespace

std::string anchor_session::receive(std::string_view bytes) {
  std::string answers;
  while (is_usable_ && !bytes.empty()) {
    const auto newline = bytes.find('\n');
    const auto piece = bytes.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    bytes.remove_prefix(piece.size());
    if (const auto said = take(piece)) answers += answer(*said);
  }
  return answers;
}

// The piece goes to its first newline or has none. An array ends at a CR LF too, so that the reader
// of an array, which gets whole lines only, never swallows what follows: that may be inline.
std::optional<command> anchor_session::take(std::string_view piece) {
  if (command_bytes_ == 0 && !may_begin_a_command(piece.front())) is_usable_ = false;
  command_bytes_ += piece.size();
  if (command_bytes_ > command_bytes_max) is_usable_ = false;
  if (!is_usable_) return std::nullopt;

  line_ += piece;
  const bool is_array = reader_ || line_.front() == '*';
  if (!line_.ends_with(is_array ? "\r\n" : "\n")) return std::nullopt;
  const std::string line = std::exchange(line_, "");
  if (is_array) {
    if (!reader_) reader_.emplace(resp_reader::limits{command_bytes_max, words_max});
    reader_->feed(line);
    return finish_array();
  }
  command_bytes_ = 0;
  return words_of(line);
}

std::optional<command> anchor_session::finish_array() {
  auto value = reader_->next();
  is_usable_ = reader_->trouble() == resp_trouble::none;
  if (!value) return std::nullopt;

  command words;
  is_usable_ = value->type == resp_value::kind::array && !reader_->has_leftover();
  for (resp_value& item : value->items) {
    if (!item.is_text()) is_usable_ = false;
    words.push_back(std::move(item.text));
  }
  reader_.reset();
  command_bytes_ = 0;
  if (!is_usable_) return std::nullopt;
  return words;
}

std::string anchor_session::answer(const command& said) {
  if (is_held_ || said.empty()) return "";
  const std::string& name = said.front();
  if (is_word(name, "PING")) return "+PONG\r\n";
  if (is_word(name, "AUTH")) return ok;
  if (is_word(name, "REPLCONF")) return said.size() > 1 && is_word(said[1], "ACK") ? "" : ok;
  if (is_word(name, "PSYNC")) return answer_psync(said);
  if (is_word(name, "SYNC")) return try_later;
  return unknown;
}

// A fourth word is FAILOVER, which asks the server to become a primary.
std::string anchor_session::answer_psync(const command& said) {
  if (said.size() != 3 || said[1] == "?") return try_later;
  is_held_ = true;
  return "+CONTINUE\r\n";
}

}  // namespace redis_agent::wire
