// Lines of a user's redis.conf for tests, as init would read them from /u.conf.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/configuration/redis_conf.hpp"
#include "core/configuration/user_config.hpp"

namespace redis_agent::core {

inline config_files files_of(std::map<std::string, std::string> texts) {
  return {[texts](const std::string& path) -> result<std::string> {
            const auto found = texts.find(path);
            if (found == texts.end()) return failure{"open " + path + ": No such file"};
            return found->second;
          },
          [texts](const std::string& pattern) {
            std::vector<std::string> found;
            for (const auto& [path, text] : texts) {
              if (path.starts_with(pattern.substr(0, pattern.find('*')))) found.push_back(path);
            }
            return found;
          }};
}

inline std::vector<user_line> lines_of(const std::string& text) {
  return read_user_config({"/u.conf", "/redis.conf", "/data", {7, 0}},
                          files_of({{"/u.conf", text}}))
      ->lines;
}

inline redis_conf_plan plan_of(const std::string& pod, const std::string& password = "p") {
  redis_conf_plan plan;
  plan.pod = pod;
  plan.primary = {"redis-master-0.redis-headless", 6379};
  plan.own_role = derive_role(pod, plan.primary);
  plan.data_dir = "/data";
  plan.port = 6379;
  plan.version = {7, 0};
  plan.gate = gate_choice::bind;
  plan.password = secret(password);
  return plan;
}

// "refused line 3: ..." or "warning line 3: ...", without the file.
inline std::vector<std::string> short_texts(const std::vector<conf_finding>& findings) {
  std::vector<std::string> texts;
  for (const conf_finding& f : findings) {
    texts.push_back((f.is_refused ? "refused " : "warning ") + std::to_string(f.line) + " " +
                    f.directive + ": " + f.why);
  }
  return texts;
}

}  // namespace redis_agent::core
