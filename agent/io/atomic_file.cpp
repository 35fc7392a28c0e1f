#include "io/atomic_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace redis_agent::io {
namespace {

// Others may look at what is in the folder; what they may read is said by each file's own mode.
constexpr mode_t folder_mode = 0755;

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() { close(); }

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

  // On Linux the number is free also after EINTR: a second try could close somebody else's file.
  int close() { return is_open() ? ::close(std::exchange(number_, -1)) : 0; }

 private:
  int number_;
};

template <class Call>
auto repeat_when_interrupted(Call call) {
  auto outcome = call();
  while (outcome == -1 && errno == EINTR) outcome = call();
  return outcome;
}

core::failure failed(std::string_view step, const std::string& path) {
  const int number = errno;
  return core::failure{std::string(step) + " " + path + ": " + std::strerror(number)};
}

descriptor open_for_reading(const std::string& path, int flags) {
  return descriptor(
      repeat_when_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags); }));
}

bool write_whole(int file, std::string_view content) {
  while (!content.empty()) {
    const auto count =
        repeat_when_interrupted([&] { return ::write(file, content.data(), content.size()); });
    if (count < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool synchronize(int file) {
  return repeat_when_interrupted([&] { return ::fsync(file); }) == 0;
}

// "." for a bare file name.
std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The outermost first. What is there and is no folder makes the next step fail.
core::result<std::string> make_folders(const std::string& folder) {
  for (auto end = folder.find('/', 1); true; end = folder.find('/', end + 1)) {
    const std::string part = folder.substr(0, end);
    if (::mkdir(part.c_str(), folder_mode) != 0 && errno != EEXIST) {
      return failed("make the folder", part);
    }
    if (end == std::string::npos) return std::string();
  }
}

// A temporary file's name is the target's, this, and what mkostemp puts in the place of X.
constexpr const char* temporary_mark = ".new-";
constexpr std::size_t chance_length = 6;

// A file that unlinks itself unless it has been renamed.
class temporary_file {
 public:
  explicit temporary_file(const std::string& target)
      : path_(target + temporary_mark + std::string(chance_length, 'X')),
        file_(repeat_when_interrupted([&] { return ::mkostemp(path_.data(), O_CLOEXEC); })),
        must_be_unlinked_(file_.is_open()) {}
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() {
    if (must_be_unlinked_) ::unlink(path_.c_str());
  }

  core::result<std::string> fill(std::string_view content, mode_t mode) {
    if (!file_.is_open()) return failed("create", path_);
    // After mkostemp the file is its owner's alone, so nobody can look before the mode is right.
    if (::fchmod(file_.number(), mode) != 0) return failed("set the mode of", path_);
    if (!write_whole(file_.number(), content)) return failed("write", path_);
    if (!synchronize(file_.number())) return failed("synchronize", path_);
    if (file_.close() != 0 && errno != EINTR) return failed("close", path_);
    return std::string();
  }

  bool take_the_place_of(const std::string& target) {
    must_be_unlinked_ = ::rename(path_.c_str(), target.c_str()) != 0;
    return !must_be_unlinked_;
  }

 private:
  std::string path_;
  descriptor file_;
  bool must_be_unlinked_;
};

}  // namespace

core::result<std::string> read_beginning(const std::string& path, std::size_t bytes_max) {
  const descriptor file = open_for_reading(path, 0);
  if (!file.is_open()) return failed("open", path);
  std::string content;
  std::array<char, 16384> piece{};
  while (content.size() < bytes_max) {
    const std::size_t wanted = std::min(piece.size(), bytes_max - content.size());
    const auto count =
        repeat_when_interrupted([&] { return ::read(file.number(), piece.data(), wanted); });
    if (count < 0) return failed("read", path);
    if (count == 0) break;
    content.append(piece.data(), static_cast<std::size_t>(count));
  }
  return content;
}

core::result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  auto content = read_beginning(path, bytes_max + 1);
  if (content && content->size() > bytes_max) {
    return core::failure{"read " + path + ": larger than " + std::to_string(bytes_max) + " bytes"};
  }
  return content;
}

core::result<std::string> replace_file(const std::string& path, const std::string& content,
                                       unsigned mode) {
  const std::string folder = folder_of(path);
  if (auto made = make_folders(folder); !made) return made;

  temporary_file replacement(path);
  if (auto filled = replacement.fill(content, static_cast<mode_t>(mode)); !filled) return filled;
  if (!replacement.take_the_place_of(path)) return failed("rename a temporary file to", path);

  // Only now does a crash leave the new name for certain.
  const descriptor opened_folder = open_for_reading(folder, O_DIRECTORY);
  if (!opened_folder.is_open()) return failed("open the folder", folder);
  if (!synchronize(opened_folder.number())) return failed("synchronize the folder", folder);
  return std::string();
}

void remove_leftovers_of(const std::string& path) {
  const std::filesystem::path target(path);
  const std::string beginning = target.filename().string() + temporary_mark;
  std::error_code error;
  std::vector<std::filesystem::path> leftovers;
  for (std::filesystem::directory_iterator entry(folder_of(path), error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool is_leftover =
        name.starts_with(beginning) && name.size() == beginning.size() + chance_length;
    if (is_leftover) leftovers.push_back(entry->path());
  }
  for (const auto& leftover : leftovers) std::filesystem::remove(leftover, error);
}

}  // namespace redis_agent::io
