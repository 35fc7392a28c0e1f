// Facts for the tests of the gate's rules: a primary's server at its start, and who else is there.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "core/safety/gate.hpp"

namespace redis_agent::core {

inline const std::string a(40, 'a');
inline const std::string b(40, 'b');
inline const std::string c(40, 'c');
inline const std::string invented(40, 'e');
inline constexpr gate_limits defaults = {3s, 30s, 60s, true, false};

inline pod_facts pod(const std::string& name, std::int64_t keys, const lineage& history) {
  return {name, keys, history};
}

inline pod_facts silent(pod_facts pod, duration how_long) {
  pod.silent_for = how_long;
  return pod;
}

inline pod_facts serving(pod_facts pod) {
  pod.serves_as_primary = true;
  return pod;
}

// A primary's server, just started with its data, and everybody has been heard.
inline gate_facts with_data() {
  gate_facts facts;
  facts.is_closed = facts.answers = facts.pods_are_known = true;
  facts.run_id = "run-1";
  facts.keys = 5;
  facts.own = {a, 100};
  facts.remembered.emplace();
  facts.remembered->history = {a, 100};
  facts.remembered->keys = 5;
  facts.remembered->replicas = 1;
  facts.waited = 1s;
  return facts;
}

inline gate_facts emptied() {
  gate_facts facts = with_data();
  facts.keys = 0;
  facts.own = {invented, 0};
  return facts;
}

inline gate_facts first_start() {
  gate_facts facts = emptied();
  facts.remembered.reset();
  return facts;
}

// A copy has broken off: what was here is gone.
inline gate_facts half_copied() {
  gate_facts facts = emptied();
  facts.own = {};
  facts.is_half_copied = true;
  facts.remembered->is_copying = true;
  return facts;
}

// Nobody of these has been heard since this server has its data.
inline gate_facts without(gate_facts facts, const std::vector<std::string>& names,
                          duration waited) {
  facts.waited = waited;
  facts.missing.clear();
  for (const std::string& name : names) facts.missing.push_back({name, waited});
  return facts;
}

inline gate_ruling rule(const gate_facts& facts, const gate_limits& limits = defaults) {
  return decide_gate(facts, limits);
}

inline void expect(const gate_facts& facts, gate_act act, int number,
                   const std::string& evidence = "") {
  const gate_ruling r = rule(facts);
  EXPECT_EQ(r.act, act) << to_text(r.act) << ": " << r.evidence;
  EXPECT_EQ(r.rule, number) << r.evidence;
  EXPECT_THAT(r.evidence, testing::HasSubstr(evidence));
}

}  // namespace redis_agent::core
