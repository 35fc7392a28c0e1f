#include "wire/metrics_text.hpp"

#include <prometheus/text_serializer.h>
#include <sstream>

#include "wire/metric_families.hpp"

namespace redis_agent::wire {

family_builder::family_builder(families& into, std::string name, std::string help,
                               prometheus::MetricType type)
    : into_(into), index_(into.size()) {
  into_.push_back({std::move(name), std::move(help), type, {}});
}

family_builder& family_builder::sample(double value, const labels& named) {
  prometheus::MetricFamily& family = into_[index_];
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  for (const auto& [name, text] : named) metric.label.push_back({name, text});
  metric.counter.value = value;
  metric.gauge.value = value;
  return *this;
}

family_builder gauge(families& into, std::string name, std::string help) {
  return {into, std::move(name), std::move(help), prometheus::MetricType::Gauge};
}

family_builder counter(families& into, std::string name, std::string help) {
  return {into, std::move(name), std::move(help), prometheus::MetricType::Counter};
}

std::string render_metrics(const snapshot& at) {
  families all;
  add_redis_families(all, at);
  add_agent_families(all, at);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, all);
  return text.str();
}

}  // namespace redis_agent::wire
