// The agent's own file on the data volume (core/volume_memory.hpp): read once, written when it is
// told to. What goes wrong is logged, once until it changes, and stops nothing: an agent without a
// memory knows less, and a pod must not stay down because its volume is full.
#pragma once

#include <optional>
#include <string>

#include "core/volume_memory.hpp"

namespace redis_agent::command {

class volume {
 public:
  explicit volume(const std::string& data_dir);

  std::optional<core::volume_memory> read();
  void write(const core::volume_memory& remembered);

 private:
  void complain(const std::string& trouble);

  std::string path_;
  std::string trouble_;
};

// 32 hexadecimal digits of chance.
std::string new_cluster_id();

}  // namespace redis_agent::command
