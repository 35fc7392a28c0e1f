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

// A file that unlinks itself unless it has been renamed.
struct replacement::temporary {
  std::string target;
  std::string path;
  descriptor file;
  bool must_be_unlinked = false;
};

replacement::replacement(const std::string& path, unsigned mode) : trouble_("") {
  std::string name = path + temporary_mark + std::string(chance_length, 'X');
  descriptor file(repeat_when_interrupted([&] { return ::mkostemp(name.data(), O_CLOEXEC); }));
  if (!file.is_open()) trouble_ = failed("create", name);
  const bool is_made = file.is_open();
  // After mkostemp the file is its owner's alone, so nobody can look before the mode is right.
  if (is_made && ::fchmod(file.number(), static_cast<mode_t>(mode)) != 0) {
    trouble_ = failed("set the mode of", name);
  }
  file_ = std::make_unique<temporary>(temporary{path, name, std::move(file), is_made});
}

replacement::~replacement() {
  if (file_->must_be_unlinked) ::unlink(file_->path.c_str());
}

core::result<std::string> replacement::append(std::string_view content) {
  if (trouble_ && !write_whole(file_->file.number(), content)) {
    trouble_ = failed("write", file_->path);
  }
  return trouble_;
}

core::result<std::string> replacement::commit() {
  if (!trouble_) return trouble_;
  if (!synchronize(file_->file.number())) return failed("synchronize", file_->path);
  if (file_->file.close() != 0 && errno != EINTR) return failed("close", file_->path);
  if (::rename(file_->path.c_str(), file_->target.c_str()) != 0) {
    return failed("rename a temporary file to", file_->target);
  }
  file_->must_be_unlinked = false;
  return synchronize_folder_of(file_->target);
}

core::result<std::string> synchronize_folder_of(const std::string& path) {
  const std::string folder = folder_of(path);
  // Only now does a crash leave the new name for certain.
  const descriptor opened_folder = open_for_reading(folder, O_DIRECTORY);
  if (!opened_folder.is_open()) return failed("open the folder", folder);
  if (!synchronize(opened_folder.number())) return failed("synchronize the folder", folder);
  return std::string();
}

core::result<std::string> replace_file(const std::string& path, const std::string& content,
                                       unsigned mode) {
  if (auto made = make_folders(folder_of(path)); !made) return made;
  replacement anew(path, mode);
  if (auto filled = anew.append(content); !filled) return filled;
  return anew.commit();
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
