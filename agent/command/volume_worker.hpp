// The sidecar's way to its volume (volume.hpp): asked on the loop, done beside it, told as an
// event. A file operation that hangs keeps those behind it waiting, and nobody else.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>

#include "command/volume.hpp"
#include "core/base/time.hpp"
#include "core/memory/events.hpp"
#include "io/worker.hpp"

namespace redis_agent::command {

class volume_worker {
 public:
  struct callbacks {
    std::function<void(const core::event&)> tell;
    std::function<void(const core::person_decided&)> hear_person;
  };
  volume_worker(boost::asio::io_context& context, const std::string& data_dir, callbacks call);

  // Each tells volume_asked at once, and later what has come of it.
  void read(const std::string& rdb_name);
  void check(const std::string& rdb_name);
  void write(const core::volume_memory& remembered);

  // Whatever a person has left. Not while the last look lasts, nor twice in a second.
  void look_for_decision();

  bool is_busy() const { return worker_.is_busy(); }

 private:
  void begin(const core::volume_asked& asked, std::function<core::event()> job);

  std::string data_dir_;
  callbacks call_;
  volume volume_;  // of the worker's thread alone
  bool is_looking_ = false;
  core::instant looked_at_{};
  io::worker worker_;
};

}  // namespace redis_agent::command
