#include "command/volume_worker.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "io/clock.hpp"

namespace redis_agent::command {

volume_worker::volume_worker(boost::asio::io_context& context, const std::string& data_dir,
                             callbacks call)
    : data_dir_(data_dir), call_(std::move(call)), volume_(data_dir), worker_(context) {}

void volume_worker::read(const std::string& rdb_name) {
  begin({}, [this, rdb_name] { return volume_.read(rdb_name); });
}

void volume_worker::check(const std::string& rdb_name) {
  begin({}, [this, rdb_name] { return volume_.check(rdb_name); });
}

void volume_worker::write(const core::volume_memory& remembered) {
  begin({.to_be_written = remembered}, [this, remembered] { return volume_.write(remembered); });
}

void volume_worker::look_for_decision() {
  constexpr core::duration look_interval = std::chrono::seconds(1);
  const core::instant now = io::now();
  if (now - looked_at_ < look_interval || std::exchange(is_looking_, true)) return;
  looked_at_ = now;
  worker_.run([folder = data_dir_] { return take_decision(folder); },
              [this](const std::optional<core::person_decided>& word) {
                is_looking_ = false;
                if (word) call_.hear_person(*word);
              });
}

void volume_worker::begin(const core::volume_asked& asked, std::function<core::event()> job) {
  worker_.run(std::move(job), [this](const core::event& outcome) { call_.tell(outcome); });
  call_.tell(asked);
}

}  // namespace redis_agent::command
