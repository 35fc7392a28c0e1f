#include "wire/metrics_text.hpp"

#include <array>
#include <charconv>
#include <prometheus/text_serializer.h>
#include <sstream>

#include "wire/metric_families.hpp"

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

std::string in_short(std::string_view number) {
  double value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), written.ptr};
}

// The serializer prints a quantile of 99.9 with 16 digits, which is another label than the peer's.
void shorten_quantiles(std::string& text) {
  constexpr std::string_view begin = "quantile=\"";
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    const auto length = text.find('"', at) - at;
    text.replace(at, length, in_short(std::string_view(text).substr(at, length)));
  }
}

}  // namespace

family::family(families& to, std::string_view name, prometheus::MetricType type,
               std::string_view help)
    : to_(&to), index_(to.size()) {
  to.push_back({std::string(name), std::string(help), type, {}});
}

prometheus::ClientMetric& family::add(std::span<const label> named) {
  prometheus::ClientMetric& metric = (*to_)[index_].metric.emplace_back();
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
  families all;
  add_redis_families(all, at);
  add_agent_families(all, at);
  add_process_families(all, at);
  std::ostringstream stream;
  prometheus::TextSerializer().Serialize(stream, all);
  std::string text = std::move(stream).str();
  shorten_quantiles(text);
  return text;
}

}  // namespace redis_agent::wire
