// Readiness of a replica that is apart from its primary, out of what its agent has seen.
#include "core/readiness/verdict.hpp"

#include <gmock/gmock.h>

#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;

class a_replica_apart : public watched_replica {
 protected:
  verdict judged() const { return decide(memory_, settings_, now_); }
  reason why() const { return judged().why; }

  // In sync with its primary, whose agent has introduced itself.
  void begin() {
    redis(1s, at_the_primary);
    primary(1s, a, 100);
    says(1s, "ours", {a, 100});
    redis(1s, at_the_primary);
    ASSERT_EQ(to_text(why()), to_text(reason::replica_in_sync));
  }

  static void at_the_primary(poll_report& r) {
    in_sync(r);
    r.replication.link->primary = primary_place;
    r.replication.link->last_io_seconds = 0;
  }
  static void parked(poll_report& r) { r.replication.link->primary = parking_place(); }
};

TEST_F(a_replica_apart, is_stale_while_its_primary_is_gone) {
  begin();
  tell(2s, failed{peer::primary, link_condition::refused, "", ""});
  redis(4s, parked);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
}

TEST_F(a_replica_apart, is_not_ready_while_its_primary_is_in_contact_and_serves_another_history) {
  begin();
  primary(2s, b, 700, "primary-run-2");
  redis(2s, parked);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale)) << "it may yet say where it comes from";
  primary(6s, b, 700, "primary-run-2");
  redis(6s, parked);
  EXPECT_EQ(to_text(why()), to_text(reason::primary_refused));
  EXPECT_EQ(judged().rules[4], rule_state::fails);
  EXPECT_THAT(judged().explanation, HasSubstr("does not carry this replica's history"));
}

TEST_F(a_replica_apart, is_not_ready_while_its_primary_has_less) {
  begin();
  primary(2s, a, 60, "primary-run-2");
  primary(6s, a, 60, "primary-run-2");
  redis(6s, parked);
  EXPECT_EQ(to_text(why()), to_text(reason::primary_refused));
  EXPECT_THAT(judged().explanation, HasSubstr("has less than this replica: offset 60"));
}

// A link that Redis cannot make again, for its password or for want of a place.
TEST_F(a_replica_apart, is_not_ready_far_behind_a_primary_in_contact) {
  begin();
  const auto behind = static_cast<std::int64_t>(settings_.max_lag_bytes);
  const auto cut = [](poll_report& r) { r.replication.link->primary = primary_place; };
  primary(2s, a, 100 + behind);
  redis(2s, cut);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
  primary(3s, a, 101 + behind);
  redis(3s, cut);
  EXPECT_EQ(to_text(why()), to_text(reason::lag_too_large));
}

TEST_F(a_replica_apart, is_stale_again_when_that_primary_is_gone) {
  begin();
  primary(6s, b, 700, "primary-run-2");
  primary(9s, b, 700, "primary-run-2");
  tell(10s, failed{peer::primary, link_condition::refused, "", ""});
  redis(12s, parked);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
}

// With the rope turned off it follows whom somebody has told it to.
TEST_F(a_replica_apart, is_never_in_sync_with_its_primary_by_following_another) {
  settings_.rope = false;
  const auto elsewhere = [](poll_report& r) {
    at_the_primary(r);
    r.replication.link->primary = {"10.0.0.9", 6379};
    r.replication.replid = b;
    r.details = server_details{};
  };
  primary(1s, a, 100);
  redis(1s, elsewhere);
  EXPECT_EQ(to_text(why()), to_text(reason::wrong_primary));
  EXPECT_THAT(judged().explanation, HasSubstr("Redis replicates from 10.0.0.9:6379, "));
}

TEST_F(a_replica_apart, is_not_in_sync_any_more_after_a_full_sync_with_another) {
  settings_.rope = false;
  begin();
  const auto another = [](poll_report& r) { r.replication.link->primary = {"10.0.0.9", 6379}; };
  primary(2s, a, 100);
  redis(2s, [&](poll_report& r) {
    another(r);
    r.stage = link_stage::sync;
    r.replication.link->sync_in_progress = true;
  });
  EXPECT_EQ(to_text(why()), to_text(reason::full_sync));
  redis(3s, [&](poll_report& r) { in_sync(r), another(r), r.replication.replid = b; });
  EXPECT_EQ(to_text(why()), to_text(reason::wrong_primary));
}

// The primary is there and serves; what this one follows is its predecessor, which still runs.
TEST_F(a_replica_apart, is_not_ready_while_it_follows_another_beside_a_primary_in_contact) {
  begin();
  tell(2s, addresses_resolved{{{"10.0.0.9"}, 5s}});
  for (duration t = 2s; t < 9s; t += 250ms) {
    poll_report successor = primary_report(t, b, 700, "primary-run-2");
    successor.server_address = "10.0.0.9";
    tell(t, reported{peer::primary, successor});
    redis(t, at_the_primary);
  }
  EXPECT_FALSE(judged().is_ready) << to_text(why());
}

// Its name leads to an address that has become another's: the streams tell.
TEST_F(a_replica_apart, finds_that_a_name_leads_to_another_by_the_streams) {
  settings_.rope = false;
  primary(1s, a, 100);
  const auto strange = [](poll_report& r) { in_sync(r), r.replication.replid = b; };
  for (duration t = 1s; t < 4s; t += 250ms) {
    primary(t, a, 100);
    redis(t, strange);
  }
  EXPECT_FALSE(leads_to_the_primary(memory_, *memory_.replication));
  EXPECT_NE(to_text(why()), to_text(reason::replica_in_sync));
  EXPECT_FALSE(judged().is_ready) << to_text(why());
}

TEST_F(a_replica_apart, is_not_ready_with_the_rope_turned_off_and_a_primary_of_another_history) {
  begin();
  settings_.rope = false;
  const auto still_linked = [](poll_report& r) {
    at_the_primary(r);
    r.replication.link->primary = by_name;
  };
  for (const duration when : {2s, 6s, 8s}) {
    primary(when, b, 700, "primary-run-2");
    redis(when, still_linked);
  }
  EXPECT_EQ(to_text(why()), to_text(reason::primary_refused));
}

// Its server runs anew, and takes no more clients.
TEST_F(a_replica_apart, is_not_ready_when_a_primary_that_refuses_questions_leaves_it_behind) {
  begin();
  settings_.max_lag = 3s;
  for (duration t = 2s; t <= 8s; t += 500ms) {
    tell(t, failed{peer::primary, link_condition::too_many_clients, ""});
    redis(t, [](poll_report& r) { at_the_primary(r), r.replication.link->is_up = false; });
    const bool is_late = t > 4s;
    EXPECT_EQ(judged().is_ready, !is_late) << to_text(why());
  }
  EXPECT_EQ(to_text(why()), to_text(reason::lag_too_large));
  tell(9s, failed{peer::primary, link_condition::refused, ""});
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale)) << "it is gone";
}

// Its link looks up for a minute, and the primary is another process by now.
TEST_F(a_replica_apart, is_not_ready_when_a_primary_in_contact_leaves_it_behind) {
  begin();
  settings_.rope = false;
  const auto goes_on = [&](duration when) {
    poll_report next = primary_report(when, b, 100, "primary-run-2");
    next.replication.replid2 = a;
    next.replication.second_offset = 50;
    tell(when, reported{peer::primary, next});
    tell(when,
         stated{peer::primary,
                {"redis-master-0", "ours", "primary-run-2", {b, 100, {{a, whole_stream}}, 100}}});
    redis(when, at_the_primary);
  };
  goes_on(5s);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
  goes_on(10s);
  goes_on(12s);
  EXPECT_EQ(to_text(why()), to_text(reason::lag_too_large));
  EXPECT_THAT(judged().explanation, HasSubstr("it gets nothing from the primary"));
}

}  // namespace
}  // namespace redis_agent::core
