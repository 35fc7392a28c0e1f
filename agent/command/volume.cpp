#include "command/volume.hpp"

#include <array>
#include <filesystem>
#include <random>
#include <sstream>
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
    : folder_(data_dir), path_(data_dir + "/" + core::volume_memory_file) {}

std::optional<core::volume_memory> volume::read() {
  io::remove_leftovers_of(path_);
  io::remove_leftovers_of(decision_path(folder_));
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

core::result<std::string> volume::write(const core::volume_memory& remembered) {
  auto written = io::replace_file(path_, wire::render_volume_memory(remembered), mode);
  // What could not be replaced is still what it was.
  if (written) known_ = identify();
  return written;
}

std::optional<core::rdb_header> volume::read_rdb(const std::string& name) {
  const std::string path = folder_ + "/" + name;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const auto bytes = io::read_beginning(path, wire::rdb_header_bytes_max);
  if (!bytes) {
    about_rdb_.add(bytes.error().text);
    return std::nullopt;
  }
  const auto header = wire::parse_rdb_header(*bytes);
  about_rdb_.add(header ? "" : path + " " + header.error().text);
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
