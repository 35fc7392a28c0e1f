#include "io/process_usage.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace redis_agent::io {
namespace {

constexpr std::size_t bytes_max = 4096;

// Fields 14 and on of proc(5), counted from after the name, which may have blanks in it.
struct process_times {
  double user_ticks = 0;
  double system_ticks = 0;
  double start_ticks = 0;  // since boot
  double virtual_bytes = 0;
  double resident_pages = 0;
};

std::optional<process_times> read_times() {
  std::string text(bytes_max, '\0');
  std::ifstream file("/proc/self/stat");
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  process_times seen;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  fields >> seen.user_ticks >> seen.system_ticks;
  for (int field = 16; field < 22; ++field) fields >> skipped;
  fields >> seen.start_ticks >> seen.virtual_bytes >> seen.resident_pages;
  return fields ? std::optional(seen) : std::nullopt;
}

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  constexpr double nanosecond = 1e-9;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * nanosecond;
}

std::optional<double> limit_of(__rlimit_resource what) {
  rlimit limit{};
  if (getrlimit(what, &limit) != 0) return std::nullopt;
  if (limit.rlim_cur == RLIM_INFINITY) {
    return static_cast<double>(std::numeric_limits<std::uint64_t>::max());
  }
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> count_open_files() {
  std::error_code error;
  double count = -1;  // the one that looks
  for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
       file.increment(error)) {
    ++count;
  }
  return error ? std::nullopt : std::optional(count);
}

}  // namespace

core::process_usage measure_process() {
  core::process_usage usage;
  usage.unix_seconds = seconds_of(CLOCK_REALTIME);
  if (const auto times = read_times()) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const double age = seconds_of(CLOCK_BOOTTIME) - times->start_ticks / ticks;
    usage.cpu_seconds = (times->user_ticks + times->system_ticks) / ticks;
    usage.start_unix_seconds = usage.unix_seconds - age;
    usage.virtual_bytes = times->virtual_bytes;
    usage.resident_bytes = times->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
  }
  usage.virtual_bytes_max = limit_of(RLIMIT_AS);
  usage.open_files_max = limit_of(RLIMIT_NOFILE);
  usage.open_files = count_open_files();
  return usage;
}

}  // namespace redis_agent::io
