#include "io/logging.hpp"

#include <csignal>
#include <memory>
#include <optional>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <string>

#include "core/reporting/log_limit.hpp"
#include "io/clock.hpp"
#include "wire/log_text.hpp"

namespace redis_agent::io {
namespace {

// The time is spdlog's part, %v is ours.
constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})";

class log {
 public:
  log() : logger_("", std::make_shared<spdlog::sinks::stderr_sink_st>()) {
    configure(core::log_format::text, core::log_level::info, "");
  }

  void configure(core::log_format format, core::log_level level, std::string_view pod) {
    is_json_ = format == core::log_format::json;
    pod_ = pod;
    logger_.set_level(severity(level));
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        is_json_ ? json_pattern : text_pattern, spdlog::pattern_time_type::utc));
  }

  void write(const core::log_line& line) {
    if (!logger_.should_log(severity(line.level))) return;
    if (!limit_) return put(line);
    if (const auto admitted = limit_->admit(line, now())) put(*admitted);
  }

  void limit() { limit_.emplace(); }

  void tell_what_was_left_out() {
    if (!limit_) return;
    for (const core::log_line& line : limit_->take_stock(now())) put(line);
  }

 private:
  void put(const core::log_line& line) {
    logger_.log(severity(line.level),
                is_json_ ? wire::render_log_members(line, pod_) : wire::render_log_text(line));
  }

  static spdlog::level::level_enum severity(core::log_level level) {
    switch (level) {
      case core::log_level::debug: return spdlog::level::debug;
      case core::log_level::info: return spdlog::level::info;
      case core::log_level::warning: return spdlog::level::warn;
      case core::log_level::error: return spdlog::level::err;
    }
    return spdlog::level::err;
  }

  spdlog::logger logger_;
  std::optional<core::log_limit> limit_;
  std::string pod_;
  bool is_json_ = false;
};

log& the_log() {
  static log instance;
  return instance;
}

}  // namespace

void configure_logging(core::log_format format, core::log_level level, std::string_view pod) {
  // A log collector that has gone must not take the agent with it.
  std::signal(SIGPIPE, SIG_IGN);
  the_log().configure(format, level, pod);
}

void write_log(const core::log_line& line) { the_log().write(line); }

void limit_log() { the_log().limit(); }

void tell_what_was_left_out() { the_log().tell_what_was_left_out(); }

}  // namespace redis_agent::io
