#include "command/volume.hpp"

#include <array>
#include <filesystem>
#include <random>
#include <sys/stat.h>

#include "io/atomic_file.hpp"
#include "io/logging.hpp"
#include "wire/rdb_header.hpp"
#include "wire/volume_json.hpp"

namespace redis_agent::command {
namespace {

constexpr std::size_t bytes_max = std::size_t{64} * 1024;
constexpr unsigned mode = 0600;

std::string decision_path(const std::string& data_dir) {
  return data_dir + "/redis-agent.decision";
}

}  // namespace

volume::volume(const std::string& data_dir)
    : path_(data_dir + "/" + core::volume_memory_file),
      rdb_path_(data_dir + "/" + core::rdb_file) {}

std::optional<core::volume_memory> volume::read() {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) return std::nullopt;
  const auto text = io::read_file(path_, bytes_max);
  if (!text) {
    about_memory_.add(text.error().text);
    return std::nullopt;
  }
  known_ = identify();
  auto remembered = wire::parse_volume_memory(*text);
  if (remembered) return *remembered;
  about_memory_.add(path_ + ": " + remembered.error().text);
  return std::nullopt;
}

void volume::write(const core::volume_memory& remembered) {
  const auto written = io::replace_file(path_, wire::render_volume_memory(remembered), mode);
  known_ = written ? identify() : std::nullopt;
  about_memory_.add(written ? "" : written.error().text);
}

std::optional<core::rdb_header> volume::read_rdb() {
  std::error_code ignored;
  if (!std::filesystem::exists(rdb_path_, ignored)) return std::nullopt;
  const auto bytes = io::read_beginning(rdb_path_, wire::rdb_header_bytes_max);
  if (!bytes) {
    about_rdb_.add(bytes.error().text);
    return std::nullopt;
  }
  const auto header = wire::parse_rdb_header(*bytes);
  about_rdb_.add(header ? "" : rdb_path_ + " " + header.error().text);
  return header ? std::optional(*header) : std::nullopt;
}

bool volume::is_untouched() const { return known_ && known_ == identify(); }

std::optional<volume::identity> volume::identify() const {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return std::nullopt;
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  return identity{status.st_ino, status.st_ctim.tv_sec * ns_per_s + status.st_ctim.tv_nsec};
}

void volume::complaints::add(const std::string& trouble) {
  if (!trouble.empty() && trouble != last) {
    io::write_log({core::log_level::warning, subject, {{"detail", trouble}}});
  }
  last = trouble;
}

core::result<std::string> leave_decision(const std::string& data_dir, const std::string& kept) {
  return io::replace_file(decision_path(data_dir), kept, mode);
}

std::optional<std::string> take_decision(const std::string& data_dir) {
  const std::string path = decision_path(data_dir);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  const auto kept = io::read_file(path, bytes_max);
  // One that cannot be taken away would be taken again at the next start, for another hold.
  if (!std::filesystem::remove(path, error) || error || !kept) return std::nullopt;
  return *kept == "mine" || *kept == "theirs" ? std::optional(*kept) : std::nullopt;
}

std::string new_cluster_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device chance;
  std::uniform_int_distribution<std::size_t> digit(0, digits.size() - 1);
  std::string id;
  for (int i = 0; i < 32; ++i) id += digits[digit(chance)];
  return id;
}

}  // namespace redis_agent::command
