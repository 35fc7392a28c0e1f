// What `redis-agent check` has found out about a pod, as lines for a person and as one judgement:
// what is there, what its owner should know, what is missing in the world around the pod, and which
// setting is wrong. Asks nobody.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/memory/dns.hpp"

namespace redis_agent::core {

enum class check_kind { fine, notable, missing, wrong };

struct check_line {
  check_kind kind{};
  std::string subject;  // "DNS", "redis.conf", ...
  std::string text;
};

// The worst of them; fine if there are none.
check_kind worst_of(const std::vector<check_line>& lines);

// One line each, the subjects in a column.
std::string render_check(const std::vector<check_line>& lines);

// What DNS tells of the headless Service.
struct listing_facts {
  std::string service;
  std::string pod;  // this one, which has to be listed although it is not ready
  std::optional<service_answer> answer{};
  std::string trouble{};           // why there is no answer
  absence why = absence::unknown;  // what DNS says of that
};

bool lists_pod(const listing_facts& facts);
check_line judge_listing(const listing_facts& facts);

// Where the primary's name leads.
check_line judge_primary(const std::string& name, const result<address_answer>& found);

}  // namespace redis_agent::core
