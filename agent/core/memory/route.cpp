#include "core/memory/route.hpp"

namespace redis_agent::core {

bool service_route::leads_to(std::string_view pod) const {
  return selector.size() == 1 && selector.begin()->first == pod_name_label &&
         selector.begin()->second == pod;
}

}  // namespace redis_agent::core
