#include "command/lost_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

#include "core/base/units.hpp"
#include "core/server/info.hpp"
#include "io/atomic_file.hpp"
#include "wire/rdb_header.hpp"

namespace redis_agent::command {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t files_kept = 3;
constexpr std::string_view name_begins = "lost-";

core::failure failed(const std::string& step, const std::string& path) {
  const int number = errno;
  return core::failure{step + " " + path + ": " + std::strerror(number)};
}

bool is_kept_file(const std::string& name) {
  return name.starts_with(name_begins) && (name.ends_with(".resp") || name.ends_with(".rdb"));
}

bool is_leftover(const std::string& name) {
  return name.starts_with(name_begins) && name.find(".new") != std::string::npos;
}

// The later one is the newer: by the term, then by when it got its name.
auto order_of(const fs::path& path) {
  const std::string name = path.filename().string().substr(name_begins.size());
  const auto term = core::parse_number(name.substr(0, name.find_first_of("-.")));
  struct stat status {};
  const bool is_there = stat(path.c_str(), &status) == 0;
  return std::tuple(term.value_or(-1), is_there ? status.st_ctim.tv_sec : 0,
                    is_there ? status.st_ctim.tv_nsec : 0);
}

}  // namespace

lost_files::lost_files(std::string folder, std::string rdb_name)
    : folder_(std::move(folder)), rdb_path_(folder_ + "/" + rdb_name) {}

std::string lost_files::path_of(const core::divergence& what, core::kept_form form) const {
  const std::string begin = folder_ + "/" + std::string(name_begins) + std::to_string(what.term);
  if (form == core::kept_form::rdb) return begin + ".rdb";
  return begin + "-" + std::to_string(what.from) + "-" + std::to_string(what.to) + ".resp";
}

core::result<std::string> lost_files::find_room(std::uint64_t bytes) const {
  struct statvfs space {};
  if (statvfs(folder_.c_str(), &space) != 0) return failed("ask for the room in", folder_);
  const std::uint64_t free = std::uint64_t{space.f_bavail} * space.f_frsize;
  const std::uint64_t wanted = bytes + rdb_size();
  if (free >= wanted) return std::string();
  return core::failure{"the volume has " + core::describe_size(free) + " left, and " +
                       core::describe_size(wanted) + " are needed with the next full sync"};
}

std::uint64_t lost_files::rdb_size() const {
  struct stat status {};
  return stat(rdb_path_.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

bool lost_files::rdb_has(const core::divergence& what) const {
  const auto bytes = io::read_beginning(rdb_path_, wire::rdb_header_bytes_max);
  if (!bytes) return false;
  const auto header = wire::parse_rdb_header(*bytes);
  return header && header->replid == what.history_id && header->offset == what.offset;
}

core::result<std::string> lost_files::link_rdb(const std::string& path) const {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  if (::link(rdb_path_.c_str(), fresh.c_str()) != 0) return failed("link", rdb_path_);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("rename a link to", path);
  ::unlink(fresh.c_str());  // both names are one file already: nothing was renamed
  return io::synchronize_folder_of(path);
}

void lost_files::thin_out() const {
  std::error_code error;
  std::vector<fs::path> kept;
  std::vector<fs::path> removed;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (is_kept_file(name)) kept.push_back(entry->path());
    if (is_leftover(name)) removed.push_back(entry->path());
  }
  std::sort(kept.begin(), kept.end(),
            [](const fs::path& a, const fs::path& b) { return order_of(b) < order_of(a); });
  for (std::size_t i = files_kept; i < kept.size(); ++i) removed.push_back(kept[i]);
  for (const fs::path& path : removed) fs::remove(path, error);
}

}  // namespace redis_agent::command
