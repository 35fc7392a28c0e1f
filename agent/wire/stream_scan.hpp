// Looks through a replication stream as it comes, without keeping it: where its commands end, which
// database they are for, and whether any of them is more than what a primary sends by itself. A
// stream is a row of arrays of texts, one for each command (redis.io/docs/reference/protocol-spec).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redis_agent::wire {

class stream_scan {
 public:
  // The stream may begin within a command: passes over what comes before the first whole one, and
  // begins anew where what it took for one was none.
  void seek(std::string_view bytes);

  // From here on it begins with a command. False: what has been sought in did not end with one, and
  // its database is not known.
  bool begin();

  void feed(std::string_view bytes);

  // Nothing but whole commands has come since begin().
  bool is_whole() const { return is_sound_ && step_ == step::between; }
  // Commands since begin(), but for PING, SELECT and REPLCONF.
  std::int64_t commands() const { return commands_; }
  // That the commands to come are for; nullopt: no SELECT has come.
  std::optional<std::int64_t> database() const { return database_; }

 private:
  enum class step { between, count, mark, length, body, end };
  void take(std::string_view& bytes);
  void take_line(char c);
  void end_line();
  void end_command();
  void fail() { is_sound_ = false; }

  step step_ = step::between;
  bool is_sound_ = true;
  bool is_seeking_ = true;
  char before_ = '\n';
  std::string line_;  // a number that has begun
  std::int64_t items_left_ = 0;
  std::int64_t bytes_left_ = 0;
  std::int64_t item_ = 0;
  std::string name_;      // the beginning of the command's first word
  std::string argument_;  // and of its second
  std::int64_t commands_ = 0;
  std::optional<std::int64_t> database_;
};

}  // namespace redis_agent::wire
