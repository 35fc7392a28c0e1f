// Three servers, m, r1 and r2, and the wires between them, for the tests of redis_model.
#pragma once

#include <gtest/gtest.h>
#include <map>
#include <set>
#include <utility>

#include "redis_model.hpp"

namespace redis_agent::simulation {

class world_of_three : public ::testing::Test, public network {
 public:
  struct server {
    server(const std::string& address, world_of_three& w) : process(address, files, w, w.chance_) {}
    volume files;
    redis_model process;
    redis_model* operator->() { return &process; }
  };

  redis_model* server_at(const core::endpoint& to) override {
    for (server* s : {&m, &r1, &r2}) {
      if (s->process.address() == to.host && !vanished_.contains(to.host)) return &s->process;
    }
    return nullptr;
  }
  bool reaches(const std::string& from, const std::string& to) override {
    return !cuts_.contains({from, to});
  }
  bool is_anchor(const std::string&, const core::endpoint& to) override {
    return anchor_listens_ && to == anchor;
  }

 protected:
  static core::endpoint at(const std::string& host) { return {host, 6379}; }

  void run_for(duration d) {
    for (const instant end = now_ + d; now_ < end;) {
      now_ += 50ms;
      for (server* s : {&m, &r1, &r2}) s->process.advance(now_);
    }
  }

  // Starts what does not run: m as a primary, the others as its replicas; m has written 1 to 5.
  void begin() {
    m->start(now_, primary_config);
    run_for(200ms);
    r1->start(now_, replica_config);
    r2->start(now_, replica_config);
    run_for(3s);
    write(5);
    run_for(1s);
  }

  reply write(int count) { return write_to(m, count); }
  reply write_to(server& s, int count) {
    reply last = reply::ok;
    for (int i = 0; i < count; ++i) last = s->write(++written_);
    return last;
  }

  void cut(const std::string& a, const std::string& b) { cuts_ = {{a, b}, {b, a}}; }
  void heal() { cuts_.clear(); }

  core::poll_report report(server& s) { return s->report(now_); }
  core::replication_report told(server& s) { return s->report(now_).replication; }
  core::replica_link link(server& s) { return *told(s).link; }
  static std::size_t keys(server& s) { return s->data().size(); }
  static std::int64_t full(server& s) { return s->resyncs().full; }
  static std::int64_t partial(server& s) { return s->resyncs().partial_accepted; }

  std::mt19937_64 chance_{7};
  instant now_{1h};
  int written_ = 0;
  bool anchor_listens_ = true;
  std::set<std::pair<std::string, std::string>> cuts_;
  std::set<std::string> vanished_;
  const core::endpoint anchor{"127.0.0.1", 7000};
  const core::endpoint park{"127.0.0.1", 1};
  server_config primary_config;
  server_config replica_config{.replicaof = at("10.0.0.1")};
  server m{"10.0.0.1", *this};
  server r1{"10.0.0.2", *this};
  server r2{"10.0.0.3", *this};
};

}  // namespace redis_agent::simulation
