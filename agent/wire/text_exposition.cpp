#include "wire/text_exposition.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace redis_agent::wire {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

template <class Number>
void put(std::string& to, Number value) {
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  to.append(digits.data(), written.ptr);
}

// Whole numbers without an exponent, as long as a double tells one from the next.
void put_value(std::string& to, double value) {
  constexpr double exact_max = 9007199254740992;  // 2^53
  if (std::isnan(value)) {
    to.append("NaN");
  } else if (std::isinf(value)) {
    to.append(value > 0 ? "+Inf" : "-Inf");
  } else if (std::abs(value) <= exact_max && value == std::trunc(value)) {
    put(to, static_cast<std::int64_t>(value));
  } else {
    put(to, value);
  }
}

// A help text has no quotes around it, and may have some within.
void put_escaped(std::string& to, std::string_view text, bool is_quoted) {
  const auto is_special = [is_quoted](char c) {
    return c == '\\' || c == '\n' || (is_quoted && c == '"');
  };
  for (auto rest = text.begin(); rest != text.end();) {
    const auto special = std::find_if(rest, text.end(), is_special);
    to.append(rest, special);
    if (special == text.end()) return;
    to.append("\\").append(1, *special == '\n' ? 'n' : *special);
    rest = special + 1;
  }
}

void put_labels(std::string& to, const ClientMetric& metric, const double* quantile = nullptr) {
  if (metric.label.empty() && quantile == nullptr) return;
  char before = '{';
  for (const ClientMetric::Label& label : metric.label) {
    to.append(1, before).append(label.name).append("=\"");
    put_escaped(to, label.value, true);
    to.append(1, '"');
    before = ',';
  }
  if (quantile != nullptr) {
    to.append(1, before).append("quantile=\"");
    put_value(to, *quantile);
    to.append(1, '"');
  }
  to.append(1, '}');
}

void put_line(std::string& to, const MetricFamily& of, const ClientMetric& metric, double value) {
  to.append(of.name);
  put_labels(to, metric);
  to.append(1, ' ');
  put_value(to, value);
  to.append(1, '\n');
}

void put_summary(std::string& to, const MetricFamily& of, const ClientMetric& metric) {
  to.append(of.name).append("_count");
  put_labels(to, metric);
  to.append(1, ' ');
  put(to, metric.summary.sample_count);
  to.append(1, '\n').append(of.name).append("_sum");
  put_labels(to, metric);
  to.append(1, ' ');
  put_value(to, metric.summary.sample_sum);
  to.append(1, '\n');
  for (const ClientMetric::Quantile& told : metric.summary.quantile) {
    to.append(of.name);
    put_labels(to, metric, &told.quantile);
    to.append(1, ' ');
    put_value(to, told.value);
    to.append(1, '\n');
  }
}

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Summary: return "summary";
    default: return "untyped";
  }
}

}  // namespace

void put_head(std::string& to, const MetricFamily& of) {
  to.append("# HELP ").append(of.name).append(" ");
  put_escaped(to, of.help, false);
  to.append("\n# TYPE ").append(of.name).append(" ").append(name_of(of.type)).append("\n");
}

void put_sample(std::string& to, const MetricFamily& of, const ClientMetric& metric) {
  switch (of.type) {
    case MetricType::Summary: return put_summary(to, of, metric);
    case MetricType::Counter: return put_line(to, of, metric, metric.counter.value);
    default: return put_line(to, of, metric, metric.gauge.value);
  }
}

}  // namespace redis_agent::wire
