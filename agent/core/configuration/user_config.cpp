#include "core/configuration/user_config.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

// Redis has no limit and dies of a file that includes itself.
constexpr std::size_t depth_max = 16;
constexpr std::size_t files_max = 1000;
constexpr std::size_t shown_bytes_max = 120;

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != path.npos; }

class reader {
 public:
  reader(const reading& from, const config_files& files)
      : from_(from), files_(files), open_{from.includer} {}

  result<user_config> read() {
    auto text = files_.read(from_.path);
    if (!text) return text.error();
    take(from_.path, *text);
    return std::move(config_);
  }

 private:
  void take(const std::string& path, std::string_view text) {
    open_.push_back(path);
    for (directive& said : read_directives(text)) {
      const user_line line{path, std::move(said)};
      if (line.said.name == "include" && line.said.values.size() == 1) {
        include(line);
        continue;
      }
      // Redis changes its directory at once, and what is relative after that is so to the new one.
      if (line.said.name == "dir" && line.said.values.size() == 1) {
        from_.folder = path_from(from_.folder, line.said.values[0]);
      }
      config_.lines.push_back(line);
    }
    open_.pop_back();
  }

  void include(const user_line& line) {
    const std::string path = path_from(from_.folder, line.said.values[0]);
    if (!is_pattern(line.said.values[0])) return include_file(line, path);
    if (from_.version < redis_version{7, 0}) {
      add(line, false,
          "a pattern is followed from Redis 7.0 on; an older one looks for a file of just that "
          "name and does not start without it");
    }
    const std::vector<std::string> found = files_.expand(path);
    for (const std::string& each : found) include_file(line, each, &each != &found.back());
  }

  void include_file(const user_line& line, const std::string& path, bool another_follows = false) {
    if (is_endless_) return;
    const bool is_open = std::find(open_.begin(), open_.end(), path) != open_.end();
    if (is_open || open_.size() >= depth_max || ++count_ > files_max) {
      is_endless_ = true;  // said once; init does not go on
      return add(line, true,
                 is_open
                     ? "the file includes itself, of which Redis dies; expected each file once"
                     : "there are too many files; expected at most " + std::to_string(files_max) +
                           ", " + std::to_string(depth_max) + " deep");
    }
    const auto text = files_.read(path);
    if (!text) {
      return add(line, false,
                 "init cannot read it and has not judged what it says (" + text.error().text +
                     "); Redis does not start if it cannot either. Mount it in init too");
    }
    if (another_follows && !text->empty() && text->back() != '\n') {
      add(line, false,
          path +
              " has no newline at its end: Redis joins its last line with the first one of the "
              "next file");
    }
    take(path, *text);
  }

  void add(const user_line& line, bool is_refused, std::string why) {
    config_.findings.push_back(finding_of(line, is_refused, std::move(why)));
  }

  reading from_;
  const config_files& files_;
  user_config config_;
  std::vector<std::string> open_;
  std::size_t count_ = 0;
  bool is_endless_ = false;
};

}  // namespace

std::string present_name(std::string_view name) {
  using pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array others = {
      pair("slaveof", "replicaof"),
      pair("primaryauth", "masterauth"),
      pair("primaryuser", "masteruser"),
      pair("min-slaves-to-write", "min-replicas-to-write"),
      pair("min-slaves-max-lag", "min-replicas-max-lag"),
      pair("repl-ping-slave-period", "repl-ping-replica-period"),
      pair("cluster-slave-no-failover", "cluster-replica-no-failover"),
      pair("cluster-slave-validity-factor", "cluster-replica-validity-factor"),
  };
  const auto* const found =
      std::find_if(others.begin(), others.end(), [&](const pair& p) { return p.first == name; });
  if (found != others.end()) return std::string(found->second);
  constexpr std::string_view old = "slave-";
  if (name.starts_with(old)) return "replica-" + std::string(name.substr(old.size()));
  return std::string(name);
}

std::string path_from(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + (folder.ends_with('/') ? "" : "/") + path;
}

std::string shown_text(const directive& d) {
  constexpr std::array secret_values = {
      std::string_view("requirepass"), std::string_view("masterauth"),
      std::string_view("tls-key-file-pass"), std::string_view("tls-client-key-file-pass")};
  // Of these the first value is a name, and what follows is nobody's business.
  constexpr std::array secret_rests = {std::string_view("user"),
                                       std::string_view("rename-command")};
  const auto is_in = [&](const auto& names) {
    return std::find(names.begin(), names.end(), present_name(d.name)) != names.end();
  };
  std::size_t shown = d.values.size();
  if (is_in(secret_rests)) shown = std::min<std::size_t>(shown, 1);
  if (is_in(secret_values)) shown = 0;
  std::string text = d.name;
  for (std::size_t i = 0; i < shown; ++i) text += " " + quote_argument(d.values[i]);
  if (text.size() > shown_bytes_max) text = text.substr(0, shown_bytes_max) + "...";
  return text;
}

std::string to_text(const conf_finding& f) {
  std::string text = f.file;
  if (f.line > 0) text += ", line " + std::to_string(f.line);
  if (!f.directive.empty()) text += ", " + f.directive;
  return printable(text + ": " + f.why);
}

conf_finding finding_of(const user_line& line, bool is_refused, std::string why) {
  return {is_refused, line.file, line.said.line, shown_text(line.said), std::move(why)};
}

result<user_config> read_user_config(const reading& from, const config_files& files) {
  return reader(from, files).read();
}

const user_line* last_of(const std::vector<user_line>& lines, std::string_view name) {
  const auto found = std::find_if(lines.rbegin(), lines.rend(), [&](const user_line& line) {
    return present_name(line.said.name) == name;
  });
  return found == lines.rend() ? nullptr : &*found;
}

}  // namespace redis_agent::core
