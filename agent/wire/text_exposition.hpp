// Prometheus' text format 0.0.4 of prometheus-cpp's data types: numbers as short as they can be
// told, so that a quantile of 99.9 is the peer's label, and without a stream, which is most of what
// the library's own TextSerializer takes. Private to wire/.
#pragma once

#include <prometheus/metric_family.h>
#include <string>

namespace redis_agent::wire {

// What a family begins with: its HELP and its TYPE.
void put_head(std::string& to, const prometheus::MetricFamily& of);

// One sample of it, which is a line, or the lines of a summary.
void put_sample(std::string& to, const prometheus::MetricFamily& of,
                const prometheus::ClientMetric& metric);

}  // namespace redis_agent::wire
