#include "core/memory/password_memory.hpp"

#include <algorithm>
#include <utility>

#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

bool is_in_files(const password_memory& p, const std::string& hash) {
  return p.use.hash == hash || (p.also && p.also->hash == hash);
}

void keep(password_memory& p, const known_password& what, bool was_used, instant now) {
  if (what.empty() || is_in_files(p, what.hash)) return;
  const auto found = std::find_if(p.kept.begin(), p.kept.end(),
                                  [&](const kept_password& k) { return k.what.hash == what.hash; });
  if (found == p.kept.end()) {
    p.kept.push_back({what, now, was_used});
    return;
  }
  found->was_used = found->was_used || was_used;
  if (found->what.clear.empty()) found->what.clear = what.clear;
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

void take(password_memory& p, const passwords_read& read, instant now) {
  p.trouble = read.trouble;
  if (read.use.empty() || (read.use == p.use && read.also == p.also)) return;
  const known_password was = std::exchange(p.use, read.use);
  const std::optional<known_password> was_also = std::exchange(p.also, read.also);
  std::erase_if(p.kept, [&](const kept_password& k) { return is_in_files(p, k.what.hash); });
  if (was.empty()) return;
  p.changed_at = now;
  keep(p, was, true, now);
  // Nobody was told to use it, or those who did have followed: that is why it was taken away.
  if (was_also) keep(p, *was_also, false, now);
}

void take(password_memory& p, const passwords_recalled& recalled, instant now) {
  p.is_recalled = true;
  keep(p, {{}, recalled.record.use}, true, now);
  keep(p, {{}, recalled.record.also}, false, now);
  for (const auto& other : recalled.record.others) {
    keep(p, {{}, other.hash}, other.was_used, now);
    if (other.is_released) take(p, password_released{other.hash});
  }
  for (const known_password& one : recalled.in_clear) {
    keep(p, one, recalled.record.use.empty(), now);
  }
}

void take(password_memory& p, const password_released& released) {
  for (kept_password& k : p.kept) {
    if (k.what.hash == released.hash) k.is_released = true;
  }
}

void take_own(password_memory& p, const password_report& report) {
  p.own = report;
  if (!report.accepted) return;
  std::erase_if(p.kept, [&](const kept_password& k) {
    return k.is_released && !contains(*report.accepted, k.what.hash);
  });
}

std::vector<known_password> logins_of(const password_memory& p) {
  std::vector<known_password> logins = {p.use};
  if (p.also) logins.push_back(*p.also);
  for (const kept_password& k : p.kept) {
    if (!k.what.clear.empty()) logins.push_back(k.what);
  }
  return logins;
}

password_record record_of(const password_memory& p) {
  password_record record{p.use.hash, p.also ? p.also->hash : std::string(), {}};
  for (const kept_password& k : p.kept)
    record.others.push_back({k.what.hash, k.was_used, k.is_released});
  return record;
}

void take_outcome(record_writing& so_far, const password_record& record, bool is_done,
                  instant now) {
  if (is_done) {
    so_far = {record};
    return;
  }
  ++so_far.refusals;
  so_far.refused_at = now;
}

bool is_to_be_written(const record_writing& so_far, const password_record& record, instant now) {
  if (so_far.written == record) return false;
  if (so_far.refusals == 0) return true;
  constexpr duration longest = std::chrono::minutes(1);
  duration wait = std::chrono::seconds(1);
  for (unsigned i = 1; i < so_far.refusals && wait < longest; ++i) wait *= 2;
  return now - so_far.refused_at >= std::min(wait, longest);
}

std::string render(const password_record& record) {
  std::string text;
  const auto add = [&](std::string_view word, const std::string& hash) {
    if (!hash.empty()) text.append(word).append(" ").append(hash).append("\n");
  };
  add("use", record.use);
  add("also", record.also);
  for (const auto& other : record.others) {
    add(other.is_released ? "released" : other.was_used ? "was" : "known", other.hash);
  }
  return text;
}

result<password_record> parse_password_record(std::string_view text) {
  password_record record;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const auto blank = line.find(' ');
    const std::string_view word = line.substr(0, blank);
    const std::string_view hash =
        blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    if (!is_hash(hash)) return failure{"has a line that is no word and SHA-256"};
    if (word == "use") {
      record.use = hash;
    } else if (word == "also") {
      record.also = hash;
    } else if (word == "was" || word == "known" || word == "released") {
      record.others.push_back({std::string(hash), word == "was", word == "released"});
    }
  }
  return record;
}

}  // namespace redis_agent::core
