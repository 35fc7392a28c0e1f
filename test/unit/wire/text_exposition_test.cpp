#include "wire/text_exposition.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>
#include <prometheus/text_serializer.h>
#include <sstream>

namespace redis_agent::wire {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using testing::HasSubstr;

ClientMetric sample(double value, std::vector<ClientMetric::Label> named = {}) {
  ClientMetric metric;
  metric.gauge.value = value;
  metric.counter.value = value;
  metric.label = std::move(named);
  return metric;
}

ClientMetric summary_of_ping() {
  ClientMetric metric;
  metric.label = {{"cmd", "ping"}};
  metric.summary.sample_count = 3;
  metric.summary.sample_sum = 7.5;
  metric.summary.quantile = {{50, 1}, {99, 2.5}};
  return metric;
}

std::vector<MetricFamily> some_of_each() {
  return {{"up", "1 when it is", MetricType::Gauge, {sample(1)}},
          {"bytes", "Bytes, \"all\"", MetricType::Gauge, {sample(1234567890123)}},
          {"calls_total",
           "Calls",
           MetricType::Counter,
           {sample(0.25, {{"cmd", "a\"b\\c\nd"}, {"db", "db0"}}), sample(-1, {{"cmd", ""}})}},
          {"usec", "Microseconds", MetricType::Summary, {summary_of_ping()}},
          {"nobody", "Without a sample", MetricType::Gauge, {}}};
}

std::string expose(const std::vector<MetricFamily>& all) {
  std::string text;
  for (const MetricFamily& of : all) {
    put_head(text, of);
    for (const ClientMetric& metric : of.metric) put_sample(text, of, metric);
  }
  return text;
}

std::string tell(double value) { return expose({{"x", "X", MetricType::Gauge, {sample(value)}}}); }

TEST(text_exposition, says_what_the_librarys_own_serializer_says) {
  std::ostringstream theirs;
  prometheus::TextSerializer().Serialize(theirs, some_of_each());
  EXPECT_EQ(expose(some_of_each()), theirs.str());
}

TEST(text_exposition, tells_a_number_as_short_as_it_can_be_read_back) {
  EXPECT_THAT(tell(0.1), HasSubstr("\nx 0.1\n"));
  EXPECT_THAT(tell(1e6), HasSubstr("\nx 1000000\n"));
  EXPECT_THAT(tell(9007199254740992.0), HasSubstr("\nx 9007199254740992\n"));
  EXPECT_THAT(tell(1.8446744073709552e19), HasSubstr("\nx 18446744073709551616\n"));
  EXPECT_THAT(tell(1e300), HasSubstr("\nx 1e+300\n"));
  EXPECT_THAT(tell(std::numeric_limits<double>::infinity()), HasSubstr("\nx +Inf\n"));
  EXPECT_THAT(tell(-std::numeric_limits<double>::infinity()), HasSubstr("\nx -Inf\n"));
  EXPECT_THAT(tell(std::nan("")), HasSubstr("\nx NaN\n"));
}

TEST(text_exposition, gives_a_quantile_the_label_that_the_peer_gives_it) {
  ClientMetric metric = summary_of_ping();
  metric.summary.quantile = {{99.9, 7.007}};
  EXPECT_THAT(expose({{"usec", "U", MetricType::Summary, {metric}}}),
              HasSubstr("usec{cmd=\"ping\",quantile=\"99.9\"} 7.007\n"));
}

}  // namespace
}  // namespace redis_agent::wire
