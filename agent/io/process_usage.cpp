#include "io/process_usage.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace redis_agent::io {
namespace {

constexpr std::size_t bytes_max = 4096;

// A file of proc(5), which is short. Empty if it cannot be read.
std::string read_short(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, bytes_max> bytes{};
  const ssize_t count = read(file, bytes.data(), bytes.size());
  close(file);
  return count < 0 ? std::string() : std::string(bytes.data(), static_cast<std::size_t>(count));
}

std::optional<double> number_at(std::string_view text, std::size_t place) {
  for (; place > 0; --place) text.remove_prefix(std::min(text.size(), text.find(' ') + 1));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(static_cast<double>(number)) : std::nullopt;
}

// Field 22 of proc(5), counted from after the name, which may have blanks in it. Since boot.
std::optional<double> read_start_ticks() {
  const std::string text = read_short("/proc/self/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  return number_at(std::string_view(text).substr(name_end), 20);
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

double seconds_in(const timeval& time) {
  constexpr double microsecond = 1e-6;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * microsecond;
}

std::optional<double> measure_cpu() {
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) != 0) return std::nullopt;
  return seconds_in(used.ru_utime) + seconds_in(used.ru_stime);
}

// Since Linux 6.2 the folder's size says how many there are; to list them takes ten times as long.
std::optional<double> count_open_files() {
  constexpr const char* folder = "/proc/self/fd";
  struct stat seen {};
  if (stat(folder, &seen) == 0 && seen.st_size > 0) return static_cast<double>(seen.st_size);
  std::error_code error;
  double count = -1;  // the one that looks
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    ++count;
  }
  return error ? std::nullopt : std::optional(count);
}

}  // namespace

core::process_usage measure_process() {
  static const std::optional<double> start_ticks = read_start_ticks();
  core::process_usage usage;
  usage.unix_seconds = seconds_of(CLOCK_REALTIME);
  usage.cpu_seconds = measure_cpu();
  if (start_ticks) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    usage.start_unix_seconds =
        usage.unix_seconds - seconds_of(CLOCK_BOOTTIME) + *start_ticks / ticks;
  }
  const std::string pages = read_short("/proc/self/statm");
  const auto bytes_at = [&](std::size_t place) {
    const auto count = number_at(pages, place);
    return count ? std::optional(*count * static_cast<double>(sysconf(_SC_PAGESIZE)))
                 : std::nullopt;
  };
  usage.virtual_bytes = bytes_at(0);
  usage.resident_bytes = bytes_at(1);
  usage.virtual_bytes_max = limit_of(RLIMIT_AS);
  usage.open_files_max = limit_of(RLIMIT_NOFILE);
  usage.open_files = count_open_files();
  return usage;
}

}  // namespace redis_agent::io
