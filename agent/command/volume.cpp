#include "command/volume.hpp"

#include <cerrno>
#include <filesystem>
#include <random>
#include <sstream>
#include <sys/stat.h>
#include <utility>

#include "io/atomic_file.hpp"
#include "wire/rdb_header.hpp"
#include "wire/volume_json.hpp"

namespace redis_agent::command {
namespace {

// A pod takes 200 bytes of it, and a StatefulSet may have thousands.
constexpr std::size_t bytes_max = std::size_t{4} * 1024 * 1024;
constexpr unsigned mode = 0600;

std::string decision_path(const std::string& data_dir) {
  return data_dir + "/redis-agent.decision";
}

// What cannot be asked is not absent.
bool is_absent(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

volume::volume(const std::string& data_dir)
    : folder_(data_dir), path_(data_dir + "/" + core::volume_memory_file) {}

core::event volume::read(const std::string& rdb_name) {
  io::remove_leftovers_of(path_);
  io::remove_leftovers_of(decision_path(folder_));
  auto remembered = read_memory();
  if (!remembered) return core::volume_unreadable{remembered.error().text};
  rdb found = read_rdb(rdb_name);
  return core::volume_read{std::move(*remembered), found.header, std::move(found.trouble)};
}

core::event volume::check(const std::string& rdb_name) {
  core::volume_checked found;
  found.is_untouched = known_ && known_ == identify();
  if (!found.is_untouched) {
    auto remembered = read_memory();
    if (!remembered) return core::volume_unreadable{remembered.error().text};
    found.remembered = std::move(*remembered);
  }
  rdb other = read_rdb(rdb_name);
  found.rdb = other.header;
  found.rdb_trouble = std::move(other.trouble);
  return found;
}

core::event volume::write(const core::volume_memory& remembered) {
  const auto written = io::replace_file(path_, wire::render_volume_memory(remembered), mode);
  // What could not be replaced is still what it was.
  if (!written) return core::volume_refused{written.error().text};
  known_ = identify();
  return core::volume_written{remembered};
}

core::result<std::optional<core::volume_memory>> volume::read_memory() {
  if (is_absent(path_)) return std::optional<core::volume_memory>();
  const auto text = io::read_file(path_, bytes_max);
  if (!text) return text.error();
  known_ = identify();
  auto remembered = wire::parse_volume_memory(*text);
  if (remembered) return std::optional(std::move(*remembered));
  return core::failure{
      path_ + " " + remembered.error().text +
      ": put the right one back; or take it away, and nothing is known of where the "
      "data comes from (between an AOF and a replica the keys are counted then)"};
}

volume::rdb volume::read_rdb(const std::string& name) const {
  const std::string path = folder_ + "/" + name;
  if (is_absent(path)) return {};
  const auto bytes = io::read_beginning(path, wire::rdb_header_bytes_max);
  if (!bytes) return {std::nullopt, bytes.error().text};
  const auto header = wire::parse_rdb_header(*bytes);
  if (!header) return {std::nullopt, path + " " + header.error().text};
  return {*header, ""};
}

std::optional<volume::identity> volume::identify() const {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return std::nullopt;
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  return identity{status.st_ino, status.st_ctim.tv_sec * ns_per_s + status.st_ctim.tv_nsec};
}

core::result<std::string> leave_decision(const std::string& data_dir,
                                         const core::person_decided& word) {
  const std::string content = std::string(core::to_text(word.kept)) + "\n" + word.situation + "\n";
  return io::replace_file(decision_path(data_dir), content, mode);
}

bool decision_waits(const std::string& data_dir) {
  std::error_code error;
  return std::filesystem::exists(decision_path(data_dir), error);
}

std::optional<core::person_decided> take_decision(const std::string& data_dir) {
  if (!decision_waits(data_dir)) return std::nullopt;
  const std::string path = decision_path(data_dir);
  const auto content = io::read_file(path, bytes_max);
  std::error_code error;
  // One that cannot be taken away would be taken again at the next start, for another hold.
  if (!std::filesystem::remove(path, error) || error || !content) return std::nullopt;
  std::istringstream lines(*content);
  std::string whose;
  core::person_decided word;
  std::getline(lines, whose);
  std::getline(lines, word.situation);
  const auto kept = core::parse_keeping(whose);
  if (!kept) return std::nullopt;
  word.kept = *kept;
  return word;
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
