// What keeps the lock for one agent, in the sidecar's rhythm. Stands for command/lock_keeper.cpp:
// the rules say what is asked, this asks it, and moves the route.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api_server.hpp"
#include "core/failover/divergence.hpp"
#include "simulated_agent.hpp"

namespace redis_agent::simulation {

class lock_surroundings {
 public:
  virtual ~lock_surroundings() = default;
  // nullopt: no answer. The other agent may have promised all the same.
  virtual std::optional<bool> ask_for_promise(int from, const std::string& address,
                                              const core::lease& held) = 0;
  virtual void note(const std::string& line) = 0;
  // Of what the agent leaves for the next one of its pod.
  virtual bool note_is_refused(int pod) = 0;
  // What that pod's server has is in a file beside it, too.
  virtual void lost_was_kept(int pod) = 0;
};

class simulated_keeper {
 public:
  struct place {
    int pod;
    simulated_agent& agent;
    api_server& api;
    lock_surroundings& around;
    // A mistake, to see that it is found: what is written names a version that was read after the
    // decision.
    bool reads_version_late = false;
  };

  explicit simulated_keeper(const place& at) : at_(at) {}

  // What it leaves for the next agent of this pod: the lock as it read or renewed it last, unless
  // it has sent a write since that moves it. It begins with what it finds.
  std::optional<core::lock_recalled> left() const { return left_; }
  void find(const core::lock_recalled& left) { left_ = left; }

  // By the agent's clock, and by the world's.
  void advance(instant now, instant in_world);

 private:
  struct sent {
    std::uint64_t ticket = 0;
    instant at;
  };
  struct promise_on_its_way {
    std::string pod;
    instant asked_at;
    instant due;
    std::int64_t term = 0;
  };

  const core::memory& seen() const { return at_.agent.memory(); }
  const core::settings& settings() const { return at_.agent.settings(); }
  void hear_lock(instant now, instant in_world);
  std::string run_that_may_serve() const;
  void ask_about_lock(instant now, instant in_world);
  void keep_route(instant now, instant in_world);
  void hear_route(instant now, instant in_world);
  void ask_route(api_question q, instant now, instant in_world);
  void end_route(const std::string& trouble, instant now, std::int64_t found_term = -1);
  void ask_for_promises(instant now);
  void hear_promises(instant now);
  void end_move(instant now);
  void keep_lost(instant now);

  place at_;
  std::optional<sent> lock_;
  std::optional<sent> route_;
  bool moves_route_ = false;
  core::lease held_;  // when the route was decided about
  instant next_choice_;
  instant next_route_;
  instant next_promises_;
  std::vector<promise_on_its_way> promises_;
  // command/lost_keeper.hpp: what is being kept, and when that is done.
  std::optional<core::keeping_step> keeping_;
  instant kept_at_;
  std::uint64_t stamps_ = 0;
  std::optional<core::lock_recalled> left_;
};

}  // namespace redis_agent::simulation
