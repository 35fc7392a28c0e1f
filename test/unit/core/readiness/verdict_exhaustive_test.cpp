// judge() over every situation there is, against a second version that is written as an operator
// would say it, and against the promises that no situation may break.
#include <functional>
#include <gtest/gtest.h>

#include "core/readiness/verdict.hpp"

namespace redis_agent::core {
namespace {

constexpr std::array every_phase = {sync_phase::no_link, sync_phase::handshake,
                                    sync_phase::receiving, sync_phase::loading,
                                    sync_phase::in_sync};

std::string describe(const situation& s) {
  const auto flag = [](const char* name, bool is_set) {
    return is_set ? std::string(" ") + name : std::string();
  };
  return std::string(to_text(s.derived)) + ", redis " + std::string(to_text(s.redis)) + ", says " +
         std::string(to_text(s.reported)) + ", link " + std::string(to_text(s.phase)) +
         flag("loading", s.is_loading) + flag("was_in_sync", s.was_in_sync) +
         flag("contact", s.primary_is_in_contact) + flag("lag_known", s.lag_is_known) +
         flag("admitted", s.lag_is_admitted) + flag("reads_refused", s.reads_are_refused) +
         flag("lacks_replicas", s.writes == write_fault::lacks_replicas) +
         flag("disk", s.writes == write_fault::disk) + flag("clustered", s.is_clustered) +
         flag("open", s.is_open_to_everybody) + flag("link_refused", s.link_is_refused) +
         flag("another", s.follows_another) + flag("refused", s.primary_is_refused) +
         flag("young", s.staleness_is_within_budget) + flag("fresh", s.observation_is_fresh);
}

constexpr std::array every_write_fault = {write_fault::none, write_fault::lacks_replicas,
                                          write_fault::disk};
constexpr unsigned bit_patterns = 32768;
constexpr std::size_t situations =
    link_conditions * every_phase.size() * every_write_fault.size() * bit_patterns;

std::size_t for_every_situation(const std::function<void(const situation&)>& visit) {
  std::size_t count = 0;
  for (std::size_t condition = 0; condition < link_conditions; ++condition) {
    for (std::size_t i = 0; i < every_phase.size() * every_write_fault.size(); ++i) {
      for (unsigned bits = 0; bits < bit_patterns; ++bits) {
        const auto bit = [&](unsigned n) { return (bits >> n & 1U) != 0; };
        situation s;
        s.redis = static_cast<link_condition>(condition);
        s.phase = every_phase.at(i % every_phase.size());
        s.writes = every_write_fault.at(i / every_phase.size());
        s.derived = bit(0) ? role::primary : role::replica;
        s.reported = bit(1) ? role::primary : role::replica;
        s.is_loading = bit(2);
        s.was_in_sync = bit(3);
        s.primary_is_in_contact = bit(4);
        s.lag_is_known = bit(5);
        s.lag_is_admitted = bit(6);
        s.staleness_is_within_budget = bit(7);
        s.observation_is_fresh = bit(8);
        s.reads_are_refused = bit(9);
        s.is_clustered = bit(10);
        s.follows_another = bit(11);
        s.primary_is_refused = bit(12);
        s.is_open_to_everybody = bit(13);
        s.link_is_refused = bit(14);
        visit(s);
        ++count;
      }
    }
  }
  return count;
}

// The rules again, naively: from the last to the first, each overruling those after it.
reason judge_naively(const situation& s) {
  const bool is_measured = s.phase == sync_phase::in_sync && !s.follows_another && s.lag_is_known;
  reason why = s.derived == role::primary ? reason::primary_serving
               : is_measured              ? reason::replica_in_sync
                                          : reason::replica_stale;
  if (!s.observation_is_fresh) why = reason::observation_too_old;
  if (s.derived == role::replica) {
    if (!is_measured) {
      if (!s.staleness_is_within_budget) {
        why = s.link_is_refused ? reason::replication_refused : reason::too_stale;
      }
      if (s.primary_is_refused) why = reason::primary_refused;
      if (s.reads_are_refused) why = reason::reads_refused;
    }
    if (is_measured && !s.lag_is_admitted) why = reason::lag_too_large;
    if (s.phase == sync_phase::handshake && s.primary_is_in_contact && !s.link_is_refused) {
      why = reason::full_sync;
    }
    if (!s.was_in_sync) {
      why = s.follows_another   ? reason::wrong_primary
            : s.link_is_refused ? reason::replication_refused
                                : reason::never_in_sync;
    }
    if (s.phase == sync_phase::receiving || s.phase == sync_phase::loading) {
      why = reason::full_sync;
    }
  }
  if (s.derived == role::primary && s.writes == write_fault::disk) why = reason::writes_refused;
  if (s.derived == role::primary && s.writes == write_fault::lacks_replicas) {
    why = reason::too_few_replicas;
  }
  if (s.derived != s.reported) why = reason::role_mismatch;
  if (s.is_clustered) why = reason::cluster_mode;
  if (s.is_open_to_everybody) why = reason::password_not_required;
  if (s.is_loading) why = reason::redis_loading;
  if (s.redis != link_condition::up) why = reason::redis_not_answering;
  if (s.redis == link_condition::password_required || s.redis == link_condition::not_permitted ||
      s.redis == link_condition::password_refused) {
    why = reason::password_refused;
  }
  if (s.redis == link_condition::too_many_clients) why = reason::too_many_clients;
  if (s.redis == link_condition::busy) why = reason::redis_busy;
  if (s.redis == link_condition::loading) why = reason::redis_loading;
  if (s.redis == link_condition::untried) why = reason::starting;
  return why;
}

TEST(judge, agrees_with_a_naive_second_version) {
  std::size_t disagreements = 0;
  const std::size_t count = for_every_situation([&](const situation& s) {
    const reason why = judge(s).why;
    if (why == judge_naively(s) || ++disagreements > 5) return;
    ADD_FAILURE() << describe(s) << "\n  judge: " << to_text(why)
                  << "\n  naive: " << to_text(judge_naively(s));
  });
  EXPECT_EQ(disagreements, 0U);
  EXPECT_EQ(count, situations);
}

TEST(judge, keeps_the_first_promise_in_every_situation) {
  for_every_situation([](const situation& s) {
    if (!is_ready(judge(s).why)) return;
    ASSERT_EQ(s.redis, link_condition::up) << describe(s);
    ASSERT_FALSE(s.is_loading) << describe(s);
    ASSERT_EQ(s.derived, s.reported) << describe(s);
    ASSERT_TRUE(s.observation_is_fresh) << describe(s);
    ASSERT_FALSE(s.is_clustered || s.is_open_to_everybody) << describe(s);
    if (s.derived == role::primary) {
      ASSERT_EQ(s.writes, write_fault::none) << describe(s);
      return;
    }
    ASSERT_TRUE(s.was_in_sync) << describe(s);
    ASSERT_NE(s.phase, sync_phase::receiving) << describe(s);
    ASSERT_NE(s.phase, sync_phase::loading) << describe(s);
    ASSERT_TRUE(s.lag_is_admitted || s.staleness_is_within_budget) << describe(s);
    const bool is_close = s.phase == sync_phase::in_sync && s.lag_is_known && s.lag_is_admitted;
    if (s.follows_another || !is_close) {  // then only as a stale copy of a primary that is gone
      ASSERT_TRUE(s.staleness_is_within_budget && !s.primary_is_refused) << describe(s);
    }
  });
}

TEST(judge, is_ready_exactly_when_no_rule_fails) {
  for_every_situation([](const situation& s) {
    const ruling r = judge(s);
    bool fails = false;
    for (const rule_state rule : r.rules) fails = fails || rule == rule_state::fails;
    ASSERT_EQ(is_ready(r.why), !fails) << describe(s);
  });
}

TEST(reason, has_a_name_for_each) {
  for (std::size_t i = 0; i < reasons; ++i) {
    EXPECT_NE(to_text(static_cast<reason>(i)), "unknown") << i;
  }
}

}  // namespace
}  // namespace redis_agent::core
