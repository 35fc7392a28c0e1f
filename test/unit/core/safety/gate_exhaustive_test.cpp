// decide_gate() over every combination of a few small facts, against the promises that none of them
// may break. What the facts mean is told here once more, in the words of the one who makes them up:
// a pod's data is carried, ahead of mine or diverged, and no lineage is asked.
#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"

namespace redis_agent::core {
namespace {

constexpr gate_limits defaults = {3s, 30s, 60s, true, false};

enum class relation { carried, ahead, diverged };

struct pod_case {
  relation to_me{};
  bool has_data = false;
  bool serves = false;
  bool is_silent = false;  // by now, for as long as anybody has been waited for
};

struct gate_case {
  std::vector<pod_case> pods;
  bool has_data = false;
  int remembered = 0;  // 0: nothing, 1: an empty server, 2: data
  bool is_someone_missing = false;
  bool is_after_limit = false;
  bool pods_are_known = false;
  keeping kept{};
};

std::string describe(const gate_case& g) {
  std::string text = g.has_data ? "data" : "empty";
  text += ", remembers " + std::to_string(g.remembered);
  text += g.is_someone_missing ? ", one is missing" : "";
  text += g.is_after_limit ? ", after the limit" : ", before the limit";
  text += g.pods_are_known ? "" : ", pods unknown";
  text += g.kept == keeping::undecided ? "" : ", keep " + std::string(to_text(g.kept));
  for (const pod_case& pod : g.pods) {
    text += pod.to_me == relation::carried ? "; carried"
            : pod.to_me == relation::ahead ? "; ahead"
                                           : "; diverged";
    text += pod.has_data ? " with data" : " empty";
    text += pod.serves ? ", a primary" : "";
    text += pod.is_silent ? ", silent" : "";
  }
  return text;
}

// Of two pods that are ahead the second is further; two that have diverged have nothing in common.
gate_facts facts_of(const gate_case& g) {
  gate_facts facts;
  facts.is_closed = facts.answers = true;
  facts.keys = g.has_data ? 1 : 0;
  facts.own = {g.has_data ? "mine" : "invented", 100};
  if (g.remembered > 0) {
    facts.remembered.emplace();
    facts.remembered->history = {"mine", 100};
    facts.remembered->keys = g.remembered - 1;
  }
  facts.waited = g.is_after_limit ? 10min : 1s;
  if (g.is_someone_missing) facts.missing = {{"redis-slave-9", facts.waited}};
  facts.pods_are_known = g.pods_are_known;
  facts.kept = g.kept;
  for (std::size_t i = 0; i < g.pods.size(); ++i) {
    const pod_case& pod = g.pods[i];
    const auto n = static_cast<std::int64_t>(i);
    const lineage history = pod.to_me == relation::carried ? lineage{facts.own.id, 50 + n}
                            : pod.to_me == relation::ahead ? lineage{facts.own.id, 150 + n}
                                                           : lineage{"other" + std::to_string(i)};
    facts.pods.push_back(
        {"redis-slave-" + std::to_string(i), pod.has_data ? 1 : 0, history, pod.serves});
    if (pod.is_silent) facts.pods.back().silent_for = facts.waited;
  }
  return facts;
}

std::vector<pod_case> every_pod() {
  std::vector<pod_case> all;
  for (const relation r : {relation::carried, relation::ahead, relation::diverged}) {
    for (const bool serves : {false, true}) {
      all.push_back({r, false, serves});
      for (const bool is_silent : {false, true}) all.push_back({r, true, serves, is_silent});
    }
  }
  return all;
}

std::vector<std::vector<pod_case>> every_company() {
  std::vector<std::vector<pod_case>> all = {{}};
  for (const pod_case& first : every_pod()) {
    all.push_back({first});
    for (const pod_case& second : every_pod()) all.push_back({first, second});
  }
  return all;
}

std::size_t for_every_case(const std::function<void(const gate_case&)>& visit) {
  std::size_t count = 0;
  for (const auto& company : every_company()) {
    for (int remembered = 0; remembered < 3; ++remembered) {
      for (const keeping kept : {keeping::undecided, keeping::mine, keeping::theirs}) {
        for (unsigned bits = 0; bits < 16; ++bits) {
          const auto bit = [&](unsigned i) { return (bits >> i & 1U) != 0; };
          visit({company, bit(0), remembered, bit(1), bit(2), bit(3), kept});
          ++count;
        }
      }
    }
  }
  return count;
}

bool any_pod(const gate_case& g, const std::function<bool(const pod_case&)>& is_such) {
  return std::any_of(g.pods.begin(), g.pods.end(), is_such);
}

bool someone_serves(const gate_case& g) {
  return any_pod(g, [](const pod_case& p) { return p.serves; });
}

bool lacks(const pod_case& p) { return p.has_data && p.to_me != relation::carried; }

bool all_is_carried(const gate_case& g) { return !any_pod(g, lacks); }

const pod_case& donor_of(const gate_case& g, const gate_ruling& r) {
  return g.pods.at(static_cast<std::size_t>(r.donor.back() - '0'));
}

// Visits each case together with what is decided there; stops at the first that breaks a promise.
void for_every_ruling(const std::function<void(const gate_case&, const gate_ruling&)>& visit) {
  for_every_case([&](const gate_case& g) {
    if (testing::Test::HasFailure()) return;
    visit(g, decide_gate(facts_of(g), defaults));
  });
}

TEST(every_gate, is_looked_at) {
  EXPECT_EQ(for_every_case([](const gate_case&) {}), (1U + 18U + 324U) * 3U * 3U * 16U);
}

TEST(every_gate, never_opens_over_data_that_it_does_not_carry) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (r.act != gate_act::open || g.kept == keeping::mine) return;
    EXPECT_FALSE(any_pod(g, [](const pod_case& p) { return lacks(p) && !p.is_silent; }))
        << describe(g);
    if (!all_is_carried(g)) {  // the one that has more is gone, and had its time to come back
      EXPECT_TRUE(r.rule == 7 && g.has_data && g.is_after_limit) << describe(g);
    }
  });
}

TEST(every_gate, never_opens_beside_another_primary) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (r.act != gate_act::open) return;
    EXPECT_FALSE(any_pod(g, [&](const pod_case& p) {
      const bool was_counted_out = p.is_silent && g.kept == keeping::mine;
      return p.serves && !was_counted_out;
    })) << describe(g);
  });
}

TEST(every_gate, never_copies_from_a_pod_that_has_nothing_or_is_silent) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (r.act != gate_act::catch_up) return;
    EXPECT_TRUE(donor_of(g, r).has_data) << describe(g);
    EXPECT_FALSE(donor_of(g, r).is_silent) << describe(g);
  });
}

TEST(every_gate, never_copies_over_data_unless_a_person_has_said_so) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (r.act != gate_act::catch_up || g.kept == keeping::theirs) return;
    EXPECT_FALSE(someone_serves(g)) << describe(g);
    if (g.has_data) {
      EXPECT_EQ(donor_of(g, r).to_me, relation::ahead) << describe(g);
    }
    // Whatever another pod has beyond mine, the donor has too.
    const auto diverged = std::count_if(g.pods.begin(), g.pods.end(), [](const pod_case& p) {
      return p.has_data && p.to_me == relation::diverged;
    });
    EXPECT_EQ(diverged, donor_of(g, r).to_me == relation::diverged ? 1 : 0) << describe(g);
  });
}

TEST(every_gate, copies_from_the_one_that_is_furthest) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (r.act != gate_act::catch_up || g.pods.size() < 2 || g.kept == keeping::theirs) return;
    const bool both_are_ahead = std::all_of(g.pods.begin(), g.pods.end(), [](const pod_case& p) {
      return p.has_data && p.to_me == relation::ahead && !p.is_silent;
    });
    if (both_are_ahead) {
      EXPECT_EQ(r.donor, "redis-slave-1") << describe(g);
    }
  });
}

TEST(every_gate, never_opens_empty_where_data_is_remembered_and_somebody_is_missing) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    const bool others_have_data = any_pod(g, [](const pod_case& p) { return p.has_data; });
    const bool is_missing = g.is_someone_missing || !g.pods_are_known;
    const bool nobody_may_lose = g.has_data || g.remembered < 2 || !is_missing;
    if (nobody_may_lose || others_have_data || g.kept == keeping::mine) return;
    EXPECT_NE(r.act, gate_act::open) << describe(g);
  });
}

TEST(every_gate, opens_empty_where_everybody_has_been_heard_and_nobody_has_data) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    const bool others_have_data = any_pod(g, [](const pod_case& p) { return p.has_data; });
    const bool all_are_heard = !g.is_someone_missing && g.pods_are_known && g.is_after_limit;
    if (g.has_data || others_have_data || !all_are_heard || someone_serves(g)) return;
    EXPECT_EQ(r.act, gate_act::open) << describe(g);
  });
}

TEST(every_gate, follows_nothing_before_the_limit_while_a_pod_is_missing) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    const bool is_missing = g.is_someone_missing || !g.pods_are_known;
    if (!is_missing || g.is_after_limit || g.kept != keeping::undecided) return;
    EXPECT_TRUE(r.act == gate_act::wait || r.act == gate_act::hold || r.act == gate_act::demote)
        << describe(g);
  });
}

TEST(every_gate, opens_with_data_in_the_end_where_nothing_speaks_against_it) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (!g.has_data || !g.is_after_limit || !all_is_carried(g) || someone_serves(g)) return;
    EXPECT_EQ(r.act, gate_act::open) << describe(g);
  });
}

TEST(every_gate, waits_for_nothing_for_ever) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (g.is_after_limit) {
      EXPECT_NE(r.act, gate_act::wait) << describe(g);
    }
  });
}

TEST(every_gate, demotes_only_what_has_nothing_or_whom_a_person_has_decided_against) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (r.act != gate_act::demote) return;
    EXPECT_TRUE(donor_of(g, r).serves && !donor_of(g, r).is_silent) << describe(g);
    EXPECT_TRUE(!donor_of(g, r).has_data || g.kept == keeping::mine) << describe(g);
  });
}

TEST(every_gate, opens_or_demotes_at_a_person_s_word_to_keep_mine) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    if (g.kept != keeping::mine) return;
    const bool one_answers = any_pod(g, [](const pod_case& p) { return p.serves && !p.is_silent; });
    const bool one_did =
        !g.is_after_limit && any_pod(g, [](const pod_case& p) { return p.serves; });
    const gate_act otherwise = one_did ? gate_act::wait : gate_act::open;
    EXPECT_EQ(r.act, one_answers ? gate_act::demote : otherwise) << describe(g);
  });
}

TEST(every_gate, gives_its_rule_and_its_evidence) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    EXPECT_GE(r.rule, 2) << describe(g);
    EXPECT_LE(r.rule, 7) << describe(g);
    EXPECT_FALSE(r.evidence.empty()) << describe(g);
    const bool is_about_a_pod = r.act == gate_act::catch_up || r.act == gate_act::demote;
    EXPECT_EQ(!r.donor.empty(), is_about_a_pod) << describe(g);
  });
}

TEST(every_gate, is_decided_alike_in_whatever_order_the_pods_come) {
  for_every_ruling([](const gate_case& g, const gate_ruling& r) {
    gate_facts facts = facts_of(g);
    std::reverse(facts.pods.begin(), facts.pods.end());
    const gate_ruling reversed = decide_gate(facts, defaults);
    EXPECT_EQ(r.act, reversed.act) << describe(g);
    EXPECT_EQ(r.rule, reversed.rule) << describe(g);
    // Who is to follow does so in any order: each of them in the end.
    if (r.act != gate_act::demote) {
      EXPECT_EQ(r.donor, reversed.donor) << describe(g);
    }
  });
}

}  // namespace
}  // namespace redis_agent::core
