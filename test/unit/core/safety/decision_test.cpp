// What the rules say, for people, and what becomes of what a person says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Holds by rule 7: emptied, and its replica is away.
class a_word_about_a_hold : public testing::Test {
 protected:
  a_word_about_a_hold() { agent.at(1s).redis().at(61s).redis(); }

  person_decided weigh(const std::string& situation) {
    return weigh_decision(agent.seen(), agent.set(), instant(now), {keeping::mine, situation});
  }

  primary_agent agent;
  duration now = 61s;
};

TEST_F(a_word_about_a_hold, is_taken_while_that_is_the_situation) {
  const std::string shown = agent.situation();
  EXPECT_EQ(shown, "rule 7 in run run-1, redis-slave-0 missing");
  const person_decided taken = weigh(shown);
  EXPECT_EQ(taken.kept, keeping::mine);
  EXPECT_EQ(taken.situation, shown);
  EXPECT_EQ(taken.answer, "taken: --keep mine for " + shown);
  agent.tell(taken);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 6)"));
  agent.remember();
  EXPECT_EQ(agent.orders().size(), 1U);
  EXPECT_EQ(agent.seen().answer_to_decision, taken.answer);
}

TEST_F(a_word_about_a_hold, is_refused_in_another_situation) {
  const std::string shown = agent.situation();
  agent.lists({"redis-master-0", "redis-slave-0", "redis-slave-1"});
  const person_decided refused = weigh(shown);
  EXPECT_EQ(refused.kept, keeping::undecided);
  EXPECT_THAT(refused.answer, StartsWith(refused_answer));
  EXPECT_THAT(refused.answer, HasSubstr("--keep mine was decided for another situation (" + shown));
  EXPECT_THAT(refused.answer, EndsWith("now it is " + agent.situation()));
}

TEST_F(a_word_about_a_hold, is_refused_where_there_is_nothing_to_decide) {
  const std::string shown = agent.situation();
  agent.replica();
  EXPECT_EQ(agent.situation(), "");
  const person_decided refused = weigh(shown);
  EXPECT_EQ(refused.kept, keeping::undecided);
  EXPECT_THAT(refused.answer, EndsWith("now there is nothing to decide"));
  EXPECT_EQ(weigh("").kept, keeping::undecided) << "nor is it about nothing";
}

// He was shown that the replica is away: not that it is back and its data can be had.
TEST_F(a_word_about_a_hold, that_was_taken_counts_no_more_when_the_replica_is_back) {
  agent.decides(keeping::mine);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 6)"));
  agent.replica();
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
  EXPECT_THAT(agent.orders(), Not(IsEmpty()));
}

TEST_F(a_word_about_a_hold, counts_again_when_the_situation_is_the_same_again) {
  agent.decides(keeping::mine).lists({"redis-master-0", "redis-slave-0", "redis-slave-1"});
  EXPECT_THAT(agent.decision(), Not(StartsWith("opens")));
  agent.lists({"redis-master-0", "redis-slave-0"});
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 6)"));
}

TEST(a_word_about_a_conflict, to_keep_theirs_is_carried_out_to_its_end) {
  primary_agent agent;
  const std::string other(40, 'd');
  const auto has_other = [&](poll_report& r) { r.replication.replid = other; };
  agent.at(1s).redis([](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; });
  agent.replica(has_other);
  EXPECT_EQ(agent.situation(), "rule 6 in run run-1, redis-slave-0 with dddddddd");
  agent.decides(keeping::theirs);
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 6)"));

  const auto held = [&](poll_report& r) { has_other(r), held_by_the_anchor(r); };
  agent.remember().at(2s).redis(copying).replica(held);
  EXPECT_EQ(agent.situation(), "");
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0"));
  agent.at(3s).redis([&](poll_report& r) { copied(r), r.replication.replid = other; });
  agent.replica(held);
  EXPECT_THAT(agent.decision(), StartsWith("opens"));
}

TEST(describe_decision, says_that_the_volume_is_in_the_way) {
  primary_agent agent;
  agent.at(1s).redis().replica().tell(volume_refused{"write: No space left on device"});
  EXPECT_THAT(agent.decision(), EndsWith("; not before the volume takes redis-agent.json: write: "
                                         "No space left on device"));
  agent.at(90s).tell(failed{peer::pod, link_condition::closed, "", "redis-slave-0"}).redis();
  EXPECT_THAT(agent.decision(), Not(HasSubstr("not before"))) << "it only waits";
}

TEST(describe_decision, says_after_three_seconds_that_a_donor_does_not_come_to_the_anchor) {
  primary_agent agent;
  const auto order = [&](duration when) {
    agent.at(when).redis().replica().tell(
        ordered{peer::pod, "REPLICAOF 10.0.0.1 9122", "redis-slave-0"});
  };
  order(1s);
  order(3900ms);
  EXPECT_THAT(agent.decision(), Not(HasSubstr("anchor")));
  order(4s);
  EXPECT_THAT(agent.decision(), HasSubstr("; it was told 3 times to connect here and does not: can "
                                          "it reach this pod's anchor port 9122"));
  agent.replica(held_by_the_anchor);
  EXPECT_THAT(agent.decision(), Not(HasSubstr("anchor port")));
}

TEST_F(watched_replica, says_what_a_decision_would_be_about_and_why) {
  primary(1s, b, 700);
  primary(5s, b, 700);
  redis(5s);
  const auto said = [&] { return describe_decision(memory_, settings_, now_); };
  const auto situation = [&] { return describe_situation(memory_, settings_, now_); };
  EXPECT_THAT(said(), StartsWith("another_history: the primary 10.0.0.1:6379 does not carry"));
  EXPECT_EQ(situation(), "another_history in run replica-, the primary's run primary-");
  primary(6s, a, 700);
  EXPECT_EQ(said(), "");
  EXPECT_EQ(situation(), "");
}

TEST_F(watched_replica, keeps_what_it_has_where_the_decision_was_about_another_primary) {
  primary(1s, b, 700);
  primary(5s, b, 700);
  redis(5s);
  const person_decided word{keeping::theirs, describe_situation(memory_, settings_, now_)};
  primary(6s, b, 0, "another-run");
  primary(10s, b, 0, "another-run");
  redis(10s);
  const person_decided weighed = weigh_decision(memory_, settings_, now_, word);
  EXPECT_EQ(weighed.kept, keeping::undecided);
  EXPECT_THAT(weighed.answer, StartsWith("refused: --keep theirs was decided for another"));
}

}  // namespace
}  // namespace redis_agent::core
