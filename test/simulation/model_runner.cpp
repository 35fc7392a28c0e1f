// Runs a schedule (its form: model_against_servers.py) from stdin on the model, and prints after
// each "settle" what can be compared with real servers. Arguments: the version, and from where a
// full sync lets the stream flow to a replica that still loads: "any", "disk" or "none".
#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "redis_model.hpp"

namespace redis_agent::simulation {
namespace {

constexpr const char* anchor_host = "anchor";
constexpr int steps_a_second = 20;
constexpr int steps_to_settle = 4 * steps_a_second;

struct server {
  volume files;
  volume kept;
  std::unique_ptr<redis_model> process;
};

using words = std::vector<std::string>;

class world : public network {
 public:
  world(int version, std::string streams_from)
      : version_(version), streams_from_(std::move(streams_from)) {}

  redis_model* server_at(const core::endpoint& to) override {
    const auto found = servers_.find(to.host);
    return found == servers_.end() ? nullptr : found->second.process.get();
  }
  bool reaches(const std::string&, const std::string&) override { return true; }
  bool is_anchor(const std::string&, const core::endpoint& to) override {
    return to.host == anchor_host;
  }

  void run(const words& line) {
    if (line[0] == "servers") return add_servers(line);
    if (line[0] == "settle") return settle();
    if (line[0] == "lives") return;
    if (line[0] == "expire") return expire_up_to(written_);
    if (line[0] == "wait") return advance(std::stoi(line[1]) * steps_a_second);
    const std::string name = line[0].substr(0, line[0].size() - 1);
    server& s = servers_.at(name);
    const std::string said = act(s, words(line.begin() + 1, line.end()));
    if (!said.empty()) std::cout << name << " " << line[1] << ": " << said << "\n";
  }

 private:
  void add_servers(const words& line) {
    for (auto name = line.begin() + 1; name != line.end(); ++name) {
      server& s = servers_[*name];
      s.process = std::make_unique<redis_model>(*name, s.files, *this, chance_);
      order_.push_back(*name);
    }
  }

  void advance(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ += 50ms;
      for (const auto& name : order_) servers_[name].process->advance(now_);
    }
  }

  void settle() {
    advance(steps_to_settle);
    for (const auto& name : order_) {
      if (servers_[name].process->answers()) std::cout << describe(name) << "\n";
    }
    std::cout << "--\n";
  }

  std::string act(server& s, const words& w) {
    redis_model& p = *s.process;
    const std::string& verb = w[0];
    if (verb == "start") return start(s, w), "";
    if (verb == "keep") return s.kept = s.files, "";
    if (verb == "put-back" && !p.is_running()) return s.files = s.kept, "";
    if (verb == "wipe" && !p.is_running()) return s.files = {}, "";
    if (!p.is_running()) return "";
    if (verb == "kill") return p.kill(), "";
    if (verb == "pause") return p.pause(true), "";
    if (verb == "resume") return p.pause(false), "";
    if (p.is_paused()) return "";
    if (verb == "terminate") return terminate(p, w), "";
    return command(p, w);
  }

  void start(server& s, const words& w) {
    if (s.process->is_running()) return;
    server_config c;
    c.version = version_;
    c.saves_at_shutdown = false;
    c.ping_period = 0s;
    c.repl_timeout = c.min_replicas_max_lag = 3600s;
    for (auto word = w.begin() + 1; word != w.end(); ++word) {
      if (*word == "aof") c.appendonly = true;
      if (*word == "loopback") c.binds_loopback_only = true;
      if (*word == "disk-based") c.is_diskless = false;
      if (*word == "slow") slow_down(*++word, c);
      if (*word == "replicaof") c.replicaof = to_endpoint(*++word);
      if (*word == "backlog") c.backlog_bytes = std::stoll(*++word);
      if (*word == "backlog-ttl") c.backlog_ttl = std::stoi(*++word) * 1s;
    }
    c.streams_while_loading = streams_from_ == "any" || (streams_from_ == "disk" && !c.is_diskless);
    s.process->start(now_, c);
  }

  static void slow_down(const std::string& what, server_config& c) {
    constexpr duration slow = 12500ms;
    if (what == "load") c.pace.sync_load = slow;
    if (what == "start") c.pace.start_load = slow;
    // From a disk it is the save that is slow: what slows a transfer down is done to each key.
    if (what == "transfer") (c.is_diskless ? c.pace.sync_transfer : c.pace.sync_delay) = slow;
  }

  // SHUTDOWN SAVE and SHUTDOWN NOSAVE: what the configuration says does not matter.
  void terminate(redis_model& p, const words& w) {
    if (w.size() > 1 && w[1] == "save") p.save();
    p.terminate(now_);
  }

  std::string command(redis_model& p, const words& w) {
    const std::string& verb = w[0];
    if (verb == "write") {
      reply last = reply::ok;
      for (int i = std::stoi(w[1]); i > 0; --i) last = p.write(++written_);
      return to_text(last);
    }
    if (verb == "save") return to_text(p.save());
    if (verb == "replicaof") return to_text(p.replicaof(to_endpoint(w[1])));
    if (verb == "no-one") return to_text(p.replicaof_no_one());
    if (verb == "bind") return to_text(p.set_bind(w[1] == "loopback"));
    if (verb == "min-replicas") return to_text(p.set_min_replicas(std::stoi(w[1])));
    if (verb == "aof") return to_text(p.set_appendonly(w[1] == "on"));
    if (verb == "function") return to_text(p.load_function(std::stoi(w[1])));
    if (verb == "drop-replicas") return to_text(p.kill_replicas());
    return "unknown";
  }

  static core::endpoint to_endpoint(const std::string& name) {
    if (name == "park") return {"127.0.0.1", 1};
    return {name, 6379};
  }

  static std::string to_text(reply r) {
    constexpr std::array texts = {"ok", "READONLY", "LOADING", "NOREPLICAS", "error", "none"};
    return texts[static_cast<std::size_t>(r)];
  }

  // Ids by the order in which they were first seen.
  std::string name_of(const std::string& id) {
    if (id.find_first_not_of('0') == std::string::npos) return "-";
    const auto number = ids_.emplace(id, ids_.size()).first->second;
    return std::to_string(number);
  }

  // Among those who share an id, how many offsets are smaller.
  std::size_t rank_of(const redis_model& p) {
    std::vector<std::int64_t> smaller;
    for (const auto& [name, other] : servers_) {
      const bool counts = other.process->answers() && other.process->replid() == p.replid();
      if (counts && other.process->offset() < p.offset()) {
        smaller.push_back(other.process->offset());
      }
    }
    std::ranges::sort(smaller);
    const auto repeated = std::ranges::unique(smaller);
    return smaller.size() - repeated.size();
  }

  static std::string ranges_of(const dataset& d) {
    std::vector<int> numbers(d.numbers().begin(), d.numbers().end());
    std::ranges::sort(numbers);
    std::string text;
    for (std::size_t i = 0; i < numbers.size();) {
      std::size_t last = i;
      while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
      text += (text.empty() ? "" : ",") + std::to_string(numbers[i]);
      if (last > i) text += "-" + std::to_string(numbers[last]);
      i = last + 1;
    }
    return text;
  }

  std::string describe(const std::string& name) {
    const redis_model& p = *servers_[name].process;
    const core::poll_report told = p.report(now_);
    const auto& r = told.replication;
    std::ostringstream out;
    out << name << " " << (r.link ? "replica" : "primary")
        << " data=" << (p.is_loading() ? "loading" : ranges_of(p.data()))
        << " id=" << name_of(r.replid) << " id2=" << name_of(r.replid2) << " rank=" << rank_of(p)
        << " second=" << (r.second_offset < 0 ? "-" : sign(r.second_offset - 1 - r.offset))
        << " backlog=" << r.backlog_is_active;
    if (r.link) out << " up=" << r.link->is_up << " place=" << (r.link->offset == r.offset);
    const core::resync_counters& c = told.details->resyncs;
    out << " functions=" << (p.is_loading() ? 0 : p.functions());
    out << " replicas=" << r.connected_replicas << " full=" << c.full
        << " partial=" << c.partial_accepted << " denied=" << c.partial_denied;
    return out.str();
  }

  static const char* sign(std::int64_t n) { return n < 0 ? "behind" : n > 0 ? "ahead" : "here"; }

  int version_;
  std::string streams_from_;
  std::mt19937_64 chance_{1};
  instant now_{1h};
  int written_ = 0;
  std::map<std::string, server> servers_;
  words order_;
  std::map<std::string, std::size_t> ids_;
};

}  // namespace
}  // namespace redis_agent::simulation

int main(int count, char** arguments) {
  redis_agent::simulation::world w(count > 1 ? std::atoi(arguments[1]) : 7,
                                   count > 2 ? arguments[2] : "disk");
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream text(line);
    redis_agent::simulation::words words;
    for (std::string word; text >> word;) words.push_back(word);
    if (!words.empty() && words[0][0] != '#') w.run(words);
  }
}
