#include "core/configuration/cgroup.hpp"

#include <algorithm>
#include <charconv>

namespace redis_agent::core {
namespace {

// v1 has no word for "none": it shows LONG_MAX rounded down to a page. No machine has that much.
constexpr std::uint64_t largest_believable_limit = std::uint64_t{1} << 60;

// The file in the cgroup itself and in all those above it, up to the root of the mounted tree.
void add_files(std::vector<std::string>& files, const std::string& mount, std::string_view path,
               const std::string& file) {
  while (path.size() > 1) {
    files.push_back(mount + std::string(path) + "/" + file);
    path = path.substr(0, path.rfind('/'));
  }
  files.push_back(mount + "/" + file);
}

bool lists_memory(std::string_view controllers) {
  while (!controllers.empty()) {
    const auto comma = controllers.find(',');
    if (controllers.substr(0, comma) == "memory") return true;
    if (comma == std::string_view::npos) break;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::vector<std::string> memory_limit_files(std::string_view proc_cgroup) {
  std::vector<std::string> files;
  while (!proc_cgroup.empty()) {
    // hierarchy:controllers:path, with an empty list of controllers for version 2
    const std::string_view line = take_line(proc_cgroup);
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (path.empty() || path.front() != '/') continue;
    if (controllers.empty()) add_files(files, "/sys/fs/cgroup", path, "memory.max");
    if (lists_memory(controllers)) {
      add_files(files, "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes");
    }
  }
  return files;
}

std::optional<std::uint64_t> parse_memory_limit(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (bytes > largest_believable_limit) return std::nullopt;
  return bytes;
}

std::optional<std::uint64_t> tightest_memory_limit(const std::vector<std::string>& texts) {
  std::optional<std::uint64_t> tightest;
  for (const std::string& text : texts) {
    const auto limit = parse_memory_limit(text);
    if (limit && (!tightest || *limit < *tightest)) tightest = limit;
  }
  return tightest;
}

}  // namespace redis_agent::core
