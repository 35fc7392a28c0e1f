#include "wire/metrics_text.hpp"

#include "wire/metric_families.hpp"

namespace redis_agent::wire {

struct metrics_page::state {
  families of_redis;
  families own;
  std::string redis_text;
  // What that was written of; none: Redis was down.
  std::shared_ptr<const core::metrics_report> report;
  std::optional<core::instant> reported_at;

  void write_redis(const snapshot& at) {
    const bool is_up = is_redis_up(at);
    const bool is_written =
        is_up && report == at.seen.metrics && reported_at == at.seen.redis.reported_at;
    if (is_written) return;
    redis_text.clear();
    of_redis.begin();
    add_redis_families(of_redis, at);
    of_redis.finish(redis_text);
    report = is_up ? at.seen.metrics : nullptr;
    reported_at = at.seen.redis.reported_at;
  }
};

metrics_page::metrics_page() : state_(std::make_unique<state>()) {}
metrics_page::~metrics_page() = default;

std::string metrics_page::render(const snapshot& at) {
  state_->write_redis(at);
  constexpr std::size_t own_bytes = 16384;
  std::string page;
  page.reserve(state_->redis_text.size() + own_bytes);
  page.append(state_->redis_text);
  state_->own.begin();
  add_agent_families(state_->own, at);
  add_process_families(state_->own, at);
  state_->own.finish(page);
  return page;
}

}  // namespace redis_agent::wire
