// The user's own redis.conf as Redis reads it, with all that it includes, and what init has to say
// of a line. Follows includes and globs by the two functions that it is lent; opens no file.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/configuration/redis_conf_syntax.hpp"
#include "core/configuration/redis_version.hpp"

namespace redis_agent::core {

struct user_line {
  std::string file;
  directive said;
};

// Something that is wrong with a line, or that its writer should know.
struct conf_finding {
  bool is_refused = false;  // no pod can be run with it; else a warning
  std::string file;
  std::size_t line = 0;   // 0: the file as a whole
  std::string directive;  // as it stands there, without secrets; "" for the file as a whole
  std::string why;        // and what would be right
};

// "/etc/redis/a.conf, line 3, cluster-enabled yes: ...": one line, nothing that a terminal obeys.
std::string to_text(const conf_finding& f);

// With what it may show: passwords, ACL rules and secret names of commands are left out.
std::string shown_text(const directive& d);

conf_finding finding_of(const user_line& line, bool is_refused, std::string why);

// What io/ lends.
struct config_files {
  std::function<result<std::string>(const std::string& path)> read;
  std::function<std::vector<std::string>(const std::string& pattern)> expand;  // sorted; glob(3)
};

struct user_config {
  std::vector<user_line> lines;  // in the order in which they take effect
  std::vector<conf_finding> findings;
};

struct reading {
  std::string path;
  std::string includer;  // the agent's own file, which Redis reads first
  std::string folder;    // the server's working directory, until a `dir` changes it
  redis_version version;
};

// The failure is that of reading `path` itself. An included file that cannot be read here is a
// warning: Redis may see other mounts than init.
result<user_config> read_user_config(const reading& from, const config_files& files);

// The last line of that name, since the last one wins; nullptr if there is none. Old names count.
const user_line* last_of(const std::vector<user_line>& lines, std::string_view name);

// Both names of a pair set the same thing: slave-announce-ip -> replica-announce-ip. Those with
// slave are older than Redis 5, those with primary came with Valkey 8.
std::string present_name(std::string_view name);

// A path in a configuration file, as a server with that working directory sees it.
std::string path_from(const std::string& folder, const std::string& path);

}  // namespace redis_agent::core
