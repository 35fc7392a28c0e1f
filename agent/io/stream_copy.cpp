#include "io/stream_copy.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/time.hpp"
#include "core/server/replication.hpp"
#include "io/atomic_file.hpp"
#include "io/rethrow.hpp"
#include "wire/resp.hpp"
#include "wire/stream_scan.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;

constexpr unsigned mode = 0600;
constexpr core::duration patience = std::chrono::seconds(10);  // for the next byte
constexpr std::size_t line_max = 1024;

// So far back it is looked which database the stream is for. Redis names it where it changes.
constexpr std::int64_t look_back_max = std::int64_t{64} << 20;

class copying {
 public:
  copying(asio::io_context& context, const stream_part& part, const std::string& path)
      : stream_(context.get_executor()), part_(part), file_(path, mode) {}

  asio::awaitable<core::result<copied_stream>> run() {
    if (const auto trouble = co_await open(); !trouble.empty()) co_return fail(trouble);
    const std::int64_t begin = std::max(part_.first, part_.from - look_back_max);
    if (const auto trouble = co_await ask_for_stream(begin); !trouble.empty()) {
      co_return fail(trouble);
    }
    std::int64_t before = part_.from - begin;
    std::int64_t wanted = part_.to - part_.from + 1;
    if (before == 0) choose_database();
    while (wanted > 0) {
      std::string_view bytes = co_await read_some();
      if (bytes.empty()) co_return fail("it ends before its last byte: " + trouble_);
      if (before > 0) {
        const auto count = std::min<std::int64_t>(before, static_cast<std::int64_t>(bytes.size()));
        scan_.seek(bytes.substr(0, static_cast<std::size_t>(count)));
        bytes.remove_prefix(static_cast<std::size_t>(count));
        before -= count;
        if (before == 0) choose_database();
      }
      bytes = bytes.substr(
          0, static_cast<std::size_t>(std::min(wanted, static_cast<std::int64_t>(bytes.size()))));
      if (bytes.empty()) continue;
      wanted -= static_cast<std::int64_t>(bytes.size());
      scan_.feed(bytes);
      if (const auto kept = file_.append(bytes); !kept) co_return kept.error();
    }
    co_return finish();
  }

 private:
  static core::failure fail(const std::string& why) {
    return core::failure{"the stream cannot be read: " + why};
  }

  asio::awaitable<std::string> open() {
    stream_.expires_after(patience);
    const auto trouble = co_await stream_.reach(part_.server);
    if (trouble) {
      const std::string_view condition = core::to_text(trouble->condition);
      co_return trouble->detail.empty() ? std::string(condition) : trouble->detail;
    }
    // Where no password is set this is refused, and needless.
    if (!part_.as.password.empty()) co_await ask(wire::auth_command(part_.as));
    wire::command question{"INFO", "keyspace"};
    const auto keyspace = co_await ask(std::move(question));
    if (!keyspace) co_return trouble_;
    if (!keyspace->is_text()) co_return keyspace->text;
    only_database_ = core::parse_only_database(keyspace->text);
    co_return "";
  }

  asio::awaitable<std::optional<wire::resp_value>> ask(wire::command question) {
    co_await send(question);
    wire::resp_reader reader;
    while (true) {
      if (auto reply = reader.next()) co_return reply;
      const std::string_view bytes = co_await read_some();
      if (bytes.empty() || reader.trouble() != wire::resp_trouble::none) co_return std::nullopt;
      reader.feed(bytes);
    }
  }

  asio::awaitable<void> send(wire::command question) {
    const std::string bytes = wire::format_command(question);
    stream_.expires_after(patience);
    (void)co_await stream_.write(bytes);
  }

  // What comes behind its answer is the stream. It may be preceded by newlines.
  asio::awaitable<std::string> ask_for_stream(std::int64_t begin) {
    wire::command question{"PSYNC", part_.history_id, std::to_string(begin)};
    co_await send(std::move(question));
    std::string answer;
    while (answer.size() < line_max) {
      const std::string_view bytes = co_await read_some();
      if (bytes.empty()) co_return trouble_;
      answer += bytes;
      answer.erase(0, std::min(answer.find_first_not_of("\r\n"), answer.size()));
      const auto end = answer.find("\r\n");
      if (end == std::string::npos) continue;
      if (!answer.starts_with("+CONTINUE")) co_return answer.substr(0, end);
      rest_ = answer.substr(end + 2);
      co_return "";
    }
    co_return "its answer to PSYNC is none";
  }

  // Empty: it has ended, or nothing came in time.
  asio::awaitable<std::string_view> read_some() {
    if (!rest_.empty()) {
      held_ = std::exchange(rest_, "");
      co_return held_;
    }
    stream_.expires_after(patience);
    const auto [error, count] = co_await stream_.read_some(asio::buffer(room_));
    trouble_ = error ? error.message() : "";
    co_return std::string_view(room_.data(), error ? 0 : count);
  }

  void choose_database() {
    (void)scan_.begin();
    const auto database = scan_.database() ? scan_.database() : only_database_;
    copied_.is_for_known_database = database.has_value();
    if (database.value_or(0) == 0) return;
    (void)file_.append(wire::format_command({"SELECT", std::to_string(*database)}));
  }

  core::result<copied_stream> finish() {
    copied_.commands = scan_.commands();
    if (scan_.is_whole() && copied_.commands == 0) return copied_;
    if (const auto kept = file_.commit(); !kept) return kept.error();
    return copied_;
  }

  redis_stream stream_;
  const stream_part& part_;
  replacement file_;
  wire::stream_scan scan_;
  copied_stream copied_;
  std::optional<std::int64_t> only_database_;
  std::string trouble_;
  std::string rest_;
  std::string held_;
  std::array<char, 65536> room_{};
};

}  // namespace

core::result<copied_stream> copy_stream(const stream_part& part, const std::string& path) {
  asio::io_context context(1);
  copying work(context, part, path);
  core::result<copied_stream> outcome = core::failure{"it was not begun"};
  const auto take = [&](const std::exception_ptr& failed, core::result<copied_stream> what) {
    rethrow(failed);
    outcome = std::move(what);
    context.stop();  // the stream would be waited for until its patience is over
  };
  asio::co_spawn(context, work.run(), take);
  context.run();
  return outcome;
}

}  // namespace redis_agent::io
