#include "wire/metric_families.hpp"

#include <algorithm>
#include <utility>

#include "wire/text_exposition.hpp"

namespace redis_agent::wire {
namespace {

using prometheus::ClientMetric;

// Whoever chose the text: a label is ASCII, since Prometheus refuses all of a scrape for one byte
// that is no UTF-8.
std::string in_ascii(std::string_view text) {
  std::string safe(text);
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return safe;
}

bool has_labels(const ClientMetric& kept, std::span<const label> named) {
  const auto is_same = [](const ClientMetric::Label& known, const label& told) {
    return known.value == told.value && known.name == told.name;
  };
  return std::equal(kept.label.begin(), kept.label.end(), named.begin(), named.end(), is_same);
}

// What is no number is equal to nothing, and written each time.
bool has_values(const ClientMetric& kept, const ClientMetric& told) {
  const auto is_same = [](const ClientMetric::Quantile& one, const ClientMetric::Quantile& other) {
    return one.quantile == other.quantile && one.value == other.value;
  };
  return kept.gauge.value == told.gauge.value &&
         kept.summary.sample_sum == told.summary.sample_sum &&
         kept.summary.sample_count == told.summary.sample_count &&
         std::equal(kept.summary.quantile.begin(), kept.summary.quantile.end(),
                    told.summary.quantile.begin(), told.summary.quantile.end(), is_same);
}

}  // namespace

// Mostly the one that was there last time.
std::size_t families::open(prometheus::MetricType type, std::string_view name,
                           std::string_view help) {
  const auto place = all_.begin() + static_cast<std::ptrdiff_t>(next_);
  const auto known = std::find_if(
      place, all_.end(), [name](const kept_family& each) { return each.told.name == name; });
  if (known == all_.end()) {
    kept_family fresh{{std::string(name), std::string(help), type, {}}, {}, {}};
    put_head(fresh.head, fresh.told);
    all_.insert(place, std::move(fresh));
  } else {
    all_.erase(place, known);
  }
  all_[next_].samples = 0;
  return next_++;
}

void families::put(std::size_t family, ClientMetric&& sample, std::span<const label> named) {
  kept_family& of = all_[family];
  const std::size_t place = of.samples++;
  if (place == of.lines.size()) {
    of.lines.emplace_back();
    of.told.metric.emplace_back();
  }
  ClientMetric& kept = of.told.metric[place];
  std::string& line = of.lines[place];
  const bool is_the_same = has_labels(kept, named);
  if (is_the_same && !line.empty() && has_values(kept, sample)) return;
  if (is_the_same) {
    sample.label = std::move(kept.label);
  } else {
    sample.label.reserve(named.size());
    for (const label& l : named) sample.label.push_back({std::string(l.name), in_ascii(l.value)});
  }
  kept = std::move(sample);
  line.clear();
  put_sample(line, of.told, kept);
}

void families::finish(std::string& to) {
  all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(next_), all_.end());
  for (kept_family& of : all_) {
    of.told.metric.resize(of.samples);
    of.lines.resize(of.samples);
    to.append(of.head);
    for (const std::string& line : of.lines) to.append(line);
  }
}

family& family::sample(double value, std::span<const label> named) {
  prometheus::ClientMetric told;
  told.counter.value = value;
  told.gauge.value = value;
  to_->put(index_, std::move(told), named);
  return *this;
}

family& family::sample(double value, std::initializer_list<label> named) {
  return sample(value, std::span(named.begin(), named.size()));
}

family& family::summarize(double sum, double count, std::span<const quantile> quantiles,
                          label named) {
  prometheus::ClientMetric told;
  told.summary.sample_sum = sum;
  told.summary.sample_count = static_cast<std::uint64_t>(count);
  for (const quantile& q : quantiles) told.summary.quantile.push_back({q.percent, q.value});
  to_->put(index_, std::move(told), std::span(&named, 1));
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

}  // namespace redis_agent::wire
