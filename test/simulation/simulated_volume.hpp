// An agent's way to its volume: what is asked takes as long as the world says, is done at its
// beginning or at its end, and is told at its end. Stands for command/volume.cpp and its worker.
#pragma once

#include <functional>
#include <optional>

#include "surroundings.hpp"

namespace redis_agent::simulation {

class simulated_volume {
 public:
  simulated_volume(int pod, surroundings& around);

  void read(instant now);
  void check(instant now);
  void write(const core::volume_memory& kept, instant now);

  // What has come of it by now; nullopt while it lasts, or where nothing was asked.
  std::optional<core::event> take_outcome(instant now);

 private:
  std::optional<core::volume_memory> read_file();
  core::event replace_file(const core::volume_memory& kept);
  void begin(core::event outcome, instant now);

  int pod_;
  surroundings& around_;
  int number_;  // of the files that were last read or written
  instant due_{};
  std::optional<core::event> outcome_;
  std::optional<core::volume_memory> to_be_written_;  // at the end
  bool writes_at_the_end_ = false;
};

}  // namespace redis_agent::simulation
