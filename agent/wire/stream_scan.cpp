#include "wire/stream_scan.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/server/info.hpp"

namespace redis_agent::wire {
namespace {

constexpr std::size_t digits_max = 12;
constexpr std::size_t word_max = 16;  // of what is looked at

}  // namespace

void stream_scan::seek(std::string_view bytes) {
  while (!bytes.empty()) {
    if (is_seeking_) {
      const char c = bytes.front();
      const bool may_begin = before_ == '\n' && c == '*';
      before_ = c;
      if (!may_begin) {
        bytes.remove_prefix(1);
        continue;
      }
      is_seeking_ = false;
      is_sound_ = true;
      step_ = step::between;
    }
    while (!bytes.empty() && is_sound_) take(bytes);
    if (is_sound_) continue;
    is_seeking_ = true;
    database_.reset();
  }
}

bool stream_scan::begin() {
  const bool was_whole = !is_seeking_ && is_whole();
  if (!was_whole) database_.reset();
  step_ = step::between;
  is_sound_ = true;
  is_seeking_ = false;
  line_.clear();
  commands_ = 0;
  return was_whole;
}

void stream_scan::feed(std::string_view bytes) {
  while (!bytes.empty() && is_sound_) take(bytes);
}

// At least one byte, but for one that is no command's.
void stream_scan::take(std::string_view& bytes) {
  if (step_ == step::body) {
    const auto count = std::min(bytes.size(), static_cast<std::size_t>(bytes_left_));
    if (item_ < 2) {
      std::string& word = item_ == 0 ? name_ : argument_;
      word += bytes.substr(0, std::min(count, word_max - std::min(word.size(), word_max)));
    }
    before_ = bytes[count - 1];
    bytes.remove_prefix(count);
    bytes_left_ -= static_cast<std::int64_t>(count);
    if (bytes_left_ == 0) step_ = step::end;
    return;
  }
  const char c = bytes.front();
  switch (step_) {
    case step::between:
      if (c != '*') return fail();
      name_.clear();
      argument_.clear();
      item_ = 0;
      step_ = step::count;
      break;
    case step::mark:
      if (c != '$') return fail();
      step_ = step::length;
      break;
    default: take_line(c); break;
  }
  before_ = c;
  bytes.remove_prefix(1);
}

void stream_scan::take_line(char c) {
  line_ += c;
  if (line_.ends_with("\r\n")) return end_line();
  const bool is_digit = c >= '0' && c <= '9' && step_ != step::end;
  const bool is_first_of_end = c == '\r';
  const bool goes_on = line_.size() == 1 || line_[line_.size() - 2] != '\r';
  if ((!is_digit && !is_first_of_end) || !goes_on || line_.size() > digits_max) {
    line_.clear();
    fail();
  }
}

void stream_scan::end_line() {
  line_.resize(line_.size() - 2);
  const auto number = core::parse_number(line_);
  line_.clear();
  switch (step_) {
    case step::count:
      items_left_ = number.value_or(0);
      if (items_left_ <= 0) return fail();
      step_ = step::mark;
      break;
    case step::length:
      if (!number) return fail();
      bytes_left_ = *number;
      step_ = bytes_left_ > 0 ? step::body : step::end;
      break;
    default:
      ++item_;
      --items_left_;
      step_ = items_left_ > 0 ? step::mark : step::between;
      if (items_left_ == 0) end_command();
      break;
  }
}

void stream_scan::end_command() {
  const std::string name = core::to_lower(name_);
  if (name == "select") database_ = core::parse_number(argument_);
  if (name != "ping" && name != "select" && name != "replconf") ++commands_;
}

}  // namespace redis_agent::wire
