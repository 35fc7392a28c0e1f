// One pod of a simulated world whose primary moves.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/configuration/settings.hpp"
#include "redis_model.hpp"
#include "simulated_agent.hpp"
#include "simulated_keeper.hpp"

namespace redis_agent::simulation {

struct lock_pod {
  int number = 0;
  int index = 0;  // of its name
  std::string name;
  std::string address;  // "" while it does not exist
  core::settings settings;
  volume files;
  volume kept_files;
  int volume_number = 0;
  std::unique_ptr<redis_model> server;
  std::unique_ptr<simulated_agent> agent;
  std::unique_ptr<simulated_keeper> keeper;
  double rate = 1;  // of its agent's clock
  bool agent_is_paused = false;
  bool empties_at_start = false;
  bool restores_at_start = false;
  bool is_forced_out = false;  // another pod has its name
  std::optional<instant> server_starts_at;
  std::optional<instant> agent_starts_at;
  std::optional<instant> server_goes_on_at;
  std::optional<instant> agent_goes_on_at;
  std::optional<instant> comes_back_at;
  std::optional<instant> ends_at;
  instant agent_began_at;
  duration load_time{};  // of its files, at its next start
  bool was_busy = false;

  // Its planned end.
  struct ending {
    instant begun_at;
    instant comes_back_at;
    bool is_announced = false;
    bool is_told = false;  // by SIGTERM
  };
  std::optional<ending> ends{};

  std::optional<core::lock_recalled> left{};  // by the agent before this one, in this pod

  // What the checks keep.
  std::int64_t epoch = -1;       // the term in which its agent made its server a primary
  instant impaired_until{};      // its agent, or its server, did not run, or has only just begun to
  bool was_frozen = false;       // its server: what waits in its sockets is written when it goes on
  std::int64_t noted_term = -1;  // on its volume
  std::string noted_file;
  std::string ruling_told;
  std::map<std::string, instant> promised_at{};  // by the holder to whom
  std::map<int, instant> reached_since{};        // the other pods that it has reached ever since
  std::optional<instant> acknowledged_at;

  std::string identity() const { return name + "/" + settings.pod_uid; }
};

}  // namespace redis_agent::simulation
