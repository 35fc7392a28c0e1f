// Orders as Redis takes them, and as a person may read them.
#include "core/orders/remedy.hpp"

namespace redis_agent::core {

std::vector<std::string> words_of(step s, const order& of) {
  switch (s) {
    case step::stand_alone: return {"REPLICAOF", "NO", "ONE"};
    case step::follow: return {"REPLICAOF", of.to.host, std::to_string(of.to.port)};
    case step::drop_replicas: return {"CLIENT", "KILL", "TYPE", "replica"};
    case step::drop_clients: return {"CLIENT", "KILL", "TYPE", "normal"};
    case step::pause_writes: {
      const auto length = std::chrono::ceil<std::chrono::milliseconds>(of.length);
      return {"CLIENT", "PAUSE", std::to_string(length.count()), "WRITE"};
    }
    case step::resume_writes: return {"CLIENT", "UNPAUSE"};
    case step::need_replicas:
      return {"CONFIG", "SET", "min-replicas-to-write", std::to_string(of.count)};
    case step::listen_everywhere: return {"CONFIG", "SET", "bind", "* -::*"};
    case step::pause_clients: {
      const auto length = std::chrono::ceil<std::chrono::milliseconds>(of.length);
      return {"CLIENT", "PAUSE", std::to_string(length.count())};
    }
    case step::go_by_tls: return {"CONFIG", "SET", "tls-replication", "yes"};
    case step::go_by_plain_tcp: return {"CONFIG", "SET", "tls-replication", "no"};
    case step::read_certificates: return {"CONFIG", "SET", "tls-cert-file", of.path};
    case step::accept_password: return {"ACL", "SETUSER", of.user, "#" + of.password.hash};
    case step::drop_password: return {"ACL", "SETUSER", of.user, "!" + of.password.hash};
    case step::use_password:
      return {"CONFIG", "SET", "masterauth", std::string(of.password.clear.reveal())};
    case step::require_password:
      return {"CONFIG", "SET", "requirepass", std::string(of.password.clear.reveal())};
  }
  return {};
}

namespace {

bool has_password(step s) {
  return s == step::accept_password || s == step::drop_password || s == step::use_password ||
         s == step::require_password;
}

std::vector<std::string> words_to_show(step s, const order& of) {
  std::vector<std::string> words = words_of(s, of);
  if (!has_password(s)) return words;
  const std::string sign = s == step::drop_password ? "!" : s == step::accept_password ? "#" : "";
  words.back() = sign + "<" + tag_of(of.password.hash) + ">";
  return words;
}

}  // namespace

std::string describe(const order& o) {
  std::string text;
  for (const step s : o.steps) {
    if (!text.empty()) text += "; ";
    std::string_view separator;
    for (const std::string& word : words_to_show(s, o)) {
      const std::string_view quote = word.find(' ') == std::string::npos ? "" : "\"";
      text.append(separator).append(quote).append(word).append(quote);
      separator = " ";
    }
  }
  return text;
}

}  // namespace redis_agent::core
