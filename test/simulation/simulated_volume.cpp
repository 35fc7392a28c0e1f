#include "simulated_volume.hpp"

#include <utility>

#include "wire/volume_json.hpp"

namespace redis_agent::simulation {

simulated_volume::simulated_volume(int pod, surroundings& around)
    : pod_(pod), around_(around), number_(around.volume_number(pod)) {}

void simulated_volume::read(instant now) {
  begin(core::volume_read{read_file(), around_.rdb_on_volume(pod_)}, now);
}

void simulated_volume::check(instant now) {
  core::volume_checked found{number_ == around_.volume_number(pod_), around_.rdb_on_volume(pod_)};
  if (!found.is_untouched) found.remembered = read_file();
  begin(found, now);
}

void simulated_volume::write(const core::volume_memory& kept, instant now) {
  writes_at_the_end_ = !writes_at_the_end_;
  if (writes_at_the_end_) {
    to_be_written_ = kept;
    begin(core::volume_written{kept}, now);
  } else {
    begin(replace_file(kept), now);
  }
}

std::optional<core::event> simulated_volume::take_outcome(instant now) {
  if (!outcome_ || now < due_) return std::nullopt;
  core::event told = *std::exchange(outcome_, std::nullopt);
  if (const auto kept = std::exchange(to_be_written_, std::nullopt)) return replace_file(*kept);
  return told;
}

void simulated_volume::begin(core::event outcome, instant now) {
  outcome_ = std::move(outcome);
  due_ = now + around_.delay_of_volume(pod_);
}

std::optional<core::volume_memory> simulated_volume::read_file() {
  number_ = around_.volume_number(pod_);
  const auto& text = around_.agent_file(pod_);
  if (!text) return std::nullopt;
  auto read = wire::parse_volume_memory(*text);
  return read ? std::optional(*read) : std::nullopt;
}

core::event simulated_volume::replace_file(const core::volume_memory& kept) {
  if (around_.volume_refuses(pod_)) return core::volume_refused{"no space left on device"};
  number_ = around_.volume_number(pod_);
  around_.agent_file(pod_) = wire::render_volume_memory(kept);
  return core::volume_written{kept};
}

}  // namespace redis_agent::simulation
