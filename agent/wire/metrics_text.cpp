#include "wire/metrics_text.hpp"

#include "wire/metric_families.hpp"
#include "wire/text_exposition.hpp"

namespace redis_agent::wire {
namespace {

// Whoever chose the text: a label is ASCII, since Prometheus refuses all of a scrape for one byte
// that is no UTF-8.
std::string in_ascii(std::string_view text) {
  std::string safe(text);
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return safe;
}

}  // namespace

family::family(families& to, std::string_view name, prometheus::MetricType type,
               std::string_view help)
    : to_(&to), index_(to.size()) {
  to.push_back({std::string(name), std::string(help), type, {}});
}

prometheus::ClientMetric& family::add(std::span<const label> named) {
  // Who has two has many: one for each command, or reason.
  constexpr std::size_t many = 32;
  std::vector<prometheus::ClientMetric>& all = (*to_)[index_].metric;
  if (all.size() == 1) all.reserve(many);
  prometheus::ClientMetric& metric = all.emplace_back();
  metric.label.reserve(named.size());
  for (const label& l : named) metric.label.push_back({std::string(l.name), in_ascii(l.value)});
  return metric;
}

family& family::sample(double value, std::span<const label> named) {
  prometheus::ClientMetric& metric = add(named);
  metric.counter.value = value;
  metric.gauge.value = value;
  return *this;
}

family& family::sample(double value, std::initializer_list<label> named) {
  return sample(value, std::span(named.begin(), named.size()));
}

family& family::summarize(double sum, double count, std::span<const quantile> quantiles,
                          label named) {
  prometheus::ClientMetric& metric = add(std::span(&named, 1));
  metric.summary.sample_sum = sum;
  metric.summary.sample_count = static_cast<std::uint64_t>(count);
  for (const quantile& q : quantiles) metric.summary.quantile.push_back({q.percent, q.value});
  return *this;
}

family gauge(families& to, std::string_view name, std::string_view help) {
  return {to, name, prometheus::MetricType::Gauge, help};
}

family counter(families& to, std::string_view name, std::string_view help) {
  return {to, name, prometheus::MetricType::Counter, help};
}

family summary(families& to, std::string_view name, std::string_view help) {
  return {to, name, prometheus::MetricType::Summary, help};
}

std::string render_metrics(const snapshot& at) {
  constexpr std::size_t enough = 256;
  families all;
  all.reserve(enough);
  add_redis_families(all, at);
  add_agent_families(all, at);
  add_process_families(all, at);
  return text_exposition().Serialize(all);
}

}  // namespace redis_agent::wire
