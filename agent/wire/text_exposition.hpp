// Prometheus' text format 0.0.4 as one of prometheus-cpp's serializers: numbers as short as they
// can be told, so that a quantile of 99.9 is the peer's label, and without a stream, which is most
// of what its own TextSerializer takes.
#pragma once

#include <iosfwd>
#include <prometheus/serializer.h>
#include <string>
#include <vector>

namespace redis_agent::wire {

class text_exposition : public prometheus::Serializer {
 public:
  std::string Serialize(const std::vector<prometheus::MetricFamily>& all) const override;
  void Serialize(std::ostream& out,
                 const std::vector<prometheus::MetricFamily>& all) const override;
};

}  // namespace redis_agent::wire
