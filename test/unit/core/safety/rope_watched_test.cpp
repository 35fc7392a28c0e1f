// The rope out of what an agent has seen.
#include "core/safety/remembering.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

TEST_F(watched_replica, follows_once_the_primary_has_answered) {
  redis(1s);
  EXPECT_EQ(rule().why, refusal::no_contact);
  primary(1s, a, 120);
  EXPECT_EQ(rule().act, rope_act::follow);
  EXPECT_EQ(rule().to, primary_place);
  redis(2s, [](poll_report& r) { in_sync(r), r.replication.link->primary = primary_place; });
  EXPECT_EQ(rule().act, rope_act::leave);
}

TEST_F(watched_replica, forgets_a_primary_that_has_been_silent) {
  primary(1s, a, 120);
  redis(1s + settings_.contact_timeout + 1ms);
  EXPECT_EQ(rule().act, rope_act::park);
  EXPECT_EQ(rule().why, refusal::no_contact);
}

// Cut without a word, and back with an older RDB: the link finds out by a full sync.
TEST_F(watched_replica, parks_a_link_that_is_dead_and_does_not_know_it) {
  const auto linked = [](poll_report& r) {
    in_sync(r), r.replication.link->primary = primary_place;
  };
  primary(1s, a, 120);
  says(1s, "ours", {a, 120});
  redis(1s, linked);
  primary(40s, b, 14, "another-run");
  tell(40s, stated{peer::primary, {"redis-master-0", "ours", "another-run", {b, 14, {{a, 61}}}}});
  redis(40s, linked);
  EXPECT_EQ(rule().act, rope_act::leave) << "two answers of two moments";
  primary(42s, b, 14, "another-run");
  EXPECT_EQ(rule().act, rope_act::park);
  EXPECT_EQ(rule().why, refusal::behind);
}

TEST_F(watched_replica, moves_a_link_by_name_that_is_up_to_the_address) {
  primary(1s, a, 120);
  redis(1s, in_sync);
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(watched_replica, takes_another_address_of_the_primary_for_as_good_while_it_works) {
  tell(0s, addresses_resolved{{{"10.0.0.1", "fd00::1"}, 5s}});
  primary(1s, a, 120);
  const auto other = [](poll_report& r) { r.replication.link->primary = {"fd00::1", 6379}; };
  redis(1s, [&](poll_report& r) { in_sync(r), other(r); });
  EXPECT_EQ(rule().act, rope_act::leave);
  redis(1s, other);
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(watched_replica, waits_three_seconds_for_the_primary_s_agent) {
  primary(1s, b, 700);
  redis(1s);
  EXPECT_EQ(rule().why, refusal::not_yet_known);
  says(2s, "ours", {b, 700, {{a, 101}}});
  EXPECT_EQ(rule().act, rope_act::follow) << "its agent knows that it goes on from here";
}

// Redis 6 takes a name without a trace when its first replica attaches. Who follows it may be the
// only one to know what came before.
TEST_F(watched_replica, knows_what_a_new_name_of_the_same_primary_goes_on_from) {
  primary(1s, a, 120);
  says(1s, "ours", {a, 120});
  redis(1s);
  primary(2s, b, 130);
  EXPECT_EQ(lineage_of_primary(memory_), (lineage{b, 130, {{a, 121}}}));
  redis(2s, [](poll_report& r) {
    in_sync(r);
    r.replication.link->primary = primary_place;
    r.replication.replid = b;
    r.replication.offset = r.replication.link->offset = 130;
  });
  const auto kept = choose_memory(memory_, settings_, now_);
  ASSERT_TRUE(kept);
  EXPECT_TRUE(carries(kept->history, {a, 120}));
  primary(3s, b, 130, "another-run");
  EXPECT_EQ(lineage_of_primary(memory_), (lineage{b, 130})) << "that was said of another run";
}

TEST_F(watched_replica, asks_the_primary_s_agent_often_until_it_has_spoken) {
  primary(1s, a, 120);
  redis(1s);
  EXPECT_EQ(rule().why, refusal::none);
  EXPECT_EQ(statement_interval(memory_, settings_, now_), settings_.poll_interval);
  says(1s, "ours", {a, 120});
  EXPECT_EQ(statement_interval(memory_, settings_, now_), 2s);
  primary(2s, a, 130, "another-run");
  EXPECT_EQ(statement_interval(memory_, settings_, now_), settings_.poll_interval);
  primary(5s, a, 130, "another-run");
  EXPECT_EQ(statement_interval(memory_, settings_, now_), 2s) << "there may be no agent";
  tell(5s, failed{peer::primary, link_condition::refused, ""});
  EXPECT_EQ(statement_interval(memory_, settings_, now_), settings_.poll_interval);
}

TEST_F(watched_replica, spares_a_primary_with_many_replicas_while_nothing_is_to_be_decided) {
  const auto primary_with = [&](duration when, std::int64_t replicas) {
    poll_report report = primary_report(when, a, 120, "primary-run");
    report.replication.connected_replicas = replicas;
    tell(when, reported{peer::primary, report});
  };
  const auto here = [&](duration when, std::int64_t offset) {
    redis(when, [offset](poll_report& r) {
      in_sync(r);
      r.replication.link->primary = primary_place;
      r.replication.offset = r.replication.link->offset = offset;
    });
  };
  primary_with(1s, 60);
  EXPECT_EQ(whole_poll_interval(memory_, settings_, now_), 0s) << "it is not known to be in sync";
  here(1s, 120);
  EXPECT_EQ(whole_poll_interval(memory_, settings_, now_), 900ms);
  primary_with(2s, 1000);
  EXPECT_EQ(whole_poll_interval(memory_, settings_, now_), settings_.contact_timeout);
  settings_.max_lag = 2s;
  EXPECT_EQ(whole_poll_interval(memory_, settings_, now_), 500ms);
  primary_with(2s, 3);
  EXPECT_LT(whole_poll_interval(memory_, settings_, now_), settings_.poll_interval);
  primary_with(3s, 60);
  redis(3s);
  EXPECT_EQ(whole_poll_interval(memory_, settings_, now_), 0s) << "its link is down";
}

TEST_F(watched_replica, takes_the_server_s_word_where_there_is_no_agent) {
  primary(1s, b, 700);
  primary(4s, b, 700);
  redis(4s);
  EXPECT_EQ(rule().why, refusal::another_history);
}

TEST_F(watched_replica, believes_no_statement_about_another_run) {
  says(1s, "ours", {b, 700, {{a, 101}}});
  primary(2s, b, 700, "another-run");
  redis(2s);
  EXPECT_EQ(rule().why, refusal::not_yet_known);
}

TEST_F(watched_replica, refuses_another_cluster_for_thirty_seconds) {
  primary(1s, b, 700);
  says(1s, "theirs", {b, 700});
  redis(1s, [](poll_report& r) { r.details->keys = 0; });
  EXPECT_EQ(rule().why, refusal::another_cluster) << "also where nothing can be lost";
  primary(30s, b, 700);
  EXPECT_EQ(rule().why, refusal::another_cluster);
  primary(31s, b, 700);
  EXPECT_EQ(rule().act, rope_act::follow) << "who is still there is the primary";
}

// The primary has restarted twice, and the volume took nothing of that.
TEST_F(watched_replica, is_not_empty_because_its_volume_refuses_the_memory) {
  const std::string newest(40, 'd');
  const auto goes_on = [&](poll_report& r) { r.replication.replid = newest; };
  const auto follows = [&](poll_report& r) {
    in_sync(r);
    goes_on(r);
    r.replication.link->primary = primary_place;
  };
  primary(1s, newest, 100);
  says(1s, "ours", {newest, 100});
  redis(1s, follows);
  const auto kept = choose_memory(memory_, settings_, now_);
  ASSERT_TRUE(kept);
  tell(1s, volume_asked{.to_be_written = kept});
  const auto is_refused_by_the_emptied = [&](duration when) {
    primary(when, b, 0, "emptied");
    primary(when + 31s, b, 0, "emptied");
    redis(when + 31s, goes_on);
    return rule().why != refusal::none && rule().act != rope_act::follow;
  };
  EXPECT_TRUE(is_refused_by_the_emptied(2s)) << "while the write hangs";
  tell(40s, volume_refused{"Read-only file system"});
  EXPECT_TRUE(is_refused_by_the_emptied(40s));
  memory_.unwritten.reset();
  EXPECT_TRUE(is_refused_by_the_emptied(80s)) << "an agent that has seen nothing of it";
  memory_.volume_trouble.clear();
  EXPECT_TRUE(is_refused_by_the_emptied(120s)) << "it has not what is remembered either";
  primary(160s, a, 120);
  primary(164s, a, 120);
  redis(164s, goes_on);
  EXPECT_EQ(rule().why, refusal::none) << "a stranger's, and the primary is back";
}

TEST_F(watched_replica, leaves_a_stranger_whose_data_it_has_begun_to_copy) {
  primary(1s, b, 700);
  says(1s, "theirs", {b, 700});
  redis(1s, [](poll_report& r) {
    in_sync(r);
    r.replication.replid = b;
    r.replication.link->primary = primary_place;
  });
  EXPECT_EQ(rule().act, rope_act::park);
}

TEST_F(watched_replica, is_left_alone_while_an_anchor_holds_it) {
  const auto anchored = [](std::int64_t down_for) {
    return [down_for](poll_report& r) {
      r.replication.link->primary = {"10.0.0.1", 9122};
      r.replication.link->down_for_seconds = down_for;
    };
  };
  redis(1s, anchored(3));
  redis(11s, anchored(6));
  EXPECT_EQ(rule().act, rope_act::leave) << "it may still be on its way there";
  redis(12s, anchored(6));
  EXPECT_EQ(rule().act, rope_act::park);
  redis(12s, anchored(5));
  EXPECT_EQ(rule().act, rope_act::leave) << "Redis renews a silent link by itself";
}

TEST_F(watched_replica, is_parked_while_its_volume_does_not_tell_what_is_here) {
  primary(1s, a, 200);
  redis(1s);
  EXPECT_EQ(rule().act, rope_act::follow);
  memory_.volume_is_read = false;
  tell(2s, volume_asked{});
  redis(2s);
  EXPECT_EQ(rule().act, rope_act::leave) << "it will have told in a moment";
  const auto from_an_aof = [](poll_report& r) { r.aof = aof_report{.is_enabled = true}; };
  primary(3s, a, 200);
  redis(3s, from_an_aof);
  EXPECT_EQ(rule().act, rope_act::park);
  EXPECT_EQ(rule().why, refusal::volume_unknown);
  redis(3s, [](poll_report& r) { r.aof = aof_report{}; });
  EXPECT_EQ(rule().act, rope_act::follow) << "its server tells where its data comes from";
  redis(3s, [](poll_report& r) { in_sync(r), r.replication.link->primary = primary_place; });
  EXPECT_EQ(rule().act, rope_act::leave) << "what is in sync stays so";
  primary(4s, a, 200);
  redis(4s, [](poll_report& r) { r.details = server_details{}; });
  EXPECT_EQ(rule().act, rope_act::follow) << "nothing is here to lose";
  primary(5s, a, 200);
  redis(5s, from_an_aof);
  tell(5s, volume_unreadable{"Input/output error"});
  EXPECT_EQ(describe_decision(memory_, settings_, now_),
            "volume_unknown: the volume has not told yet what is known of the data here; not "
            "before the volume gives redis-agent.json: Input/output error");
  tell(6s, volume_read{volume_memory{.cluster_id = "ours", .history = {a, 100}}});
  primary(6s, a, 200);
  redis(6s);
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(watched_replica, is_left_alone_while_it_loads_its_own_data) {
  redis(1s, [](poll_report& r) { r.loading = loading_report{true, false, 10}; });
  EXPECT_EQ(rule().act, rope_act::leave);
  EXPECT_EQ(rule().why, refusal::none);
}

TEST_F(watched_replica, does_what_a_person_says_about_a_primary_without_its_data) {
  primary(1s, b, 700);
  primary(5s, b, 700);
  redis(5s);
  EXPECT_EQ(rule().act, rope_act::park);
  decides(keeping::theirs);
  EXPECT_EQ(rule().act, rope_act::follow);
  primary(6s, b, 700, "another-run");
  primary(10s, b, 700, "another-run");
  EXPECT_EQ(rule().act, rope_act::park) << "he was not asked about this one";
}

TEST_F(watched_replica, a_proof_lasts_while_the_primary_is_in_contact) {
  redis(1s);
  primary(1s, a, 120);
  primary(2s, b, 0);  // its first replica has attached
  EXPECT_EQ(rule().why, refusal::none);
  tell(3s, failed{peer::primary, link_condition::closed, "", ""});
  primary(4s, b, 0);
  EXPECT_NE(rule().why, refusal::none);
}

// Promoted by hand and written to: what is here is not what the primary has proven to carry.
TEST_F(watched_replica, a_proof_ends_where_this_server_goes_on_by_itself) {
  const auto goes_on = [](poll_report& r) {
    r.replication.replid = b;
    r.replication.replid2 = a;
    r.replication.second_offset = 101;
    r.replication.offset = r.replication.link->offset = 150;
  };
  primary(1s, a, 120);
  says(1s, "ours", {a, 120});
  redis(1s);
  redis(2s, [&](poll_report& r) {
    goes_on(r);
    r.replication.server_role = role::primary;
    r.replication.link.reset();
  });
  EXPECT_EQ(rule().act, rope_act::leave) << rule().evidence;
  EXPECT_EQ(rule().why, refusal::behind);

  primary(3s, a, 120);
  redis(3s);
  redis(4s, goes_on);  // and made a replica again between two polls
  EXPECT_EQ(rule().act, rope_act::park) << rule().evidence;
  EXPECT_EQ(rule().why, refusal::behind);
}

TEST_F(watched_replica, a_proof_belongs_to_one_run_of_this_server) {
  redis(1s);
  primary(1s, a, 120);
  primary(2s, b, 0);
  EXPECT_EQ(rule().why, refusal::none);
  redis(5s, [](poll_report& r) { r.server->run_id = "replica-run-2"; });
  primary(5s, b, 0);
  EXPECT_EQ(rule().why, refusal::another_history);
}

TEST_F(watched_replica, a_proof_belongs_to_one_run_of_the_primary) {
  redis(1s);
  primary(1s, a, 120);
  primary(2s, b, 0, "primary-run-2");
  primary(5s, b, 0, "primary-run-2");
  redis(5s);
  EXPECT_EQ(rule().why, refusal::another_history);
}

// What a server says of its history while it loads is invented, and it keeps its run id.
TEST_F(watched_replica, nothing_is_proven_while_either_server_loads) {
  const auto loads = [](poll_report& r) { r.loading = loading_report{true, false, 10}; };
  const auto loaded = [](poll_report& r) { r.loading = loading_report{}; };
  redis(1s, [&](poll_report& r) { loads(r), r.replication.replid = b, r.replication.offset = 0; });
  primary(1s, b, 60);
  EXPECT_EQ(memory_.proven_run_id, "");
  redis(5s, loaded);
  primary(5s, b, 60);
  EXPECT_EQ(rule().why, refusal::another_history);

  primary(6s, a, 120);
  EXPECT_EQ(memory_.proven_run_id, "primary-run");
  primary_loads(7s, a, 120);
  EXPECT_EQ(memory_.proven_run_id, "");
  EXPECT_EQ(rule().why, refusal::no_contact);
}

TEST_F(watched_replica, is_let_go_while_it_receives_what_has_less_and_not_while_it_loads_that) {
  const auto receiving = [](poll_report& r) {
    r.stage = link_stage::sync;
    r.replication.link->sync_in_progress = true;
  };
  redis(1s, receiving);
  primary(1s, a, 60);
  says(1s, "ours", {a, 60});
  EXPECT_EQ(rule().act, rope_act::park);
  redis(2s, [&](poll_report& r) { receiving(r), r.loading = loading_report{true, false, 10}; });
  EXPECT_EQ(rule().act, rope_act::leave) << "its old data is gone";
}

TEST_F(watched_replica, is_not_empty_with_functions_alone) {
  primary(1s, b, 700);
  primary(5s, b, 700);
  redis(5s, [](poll_report& r) { r.details = server_details{0, {}, 1}; });
  EXPECT_EQ(rule().why, refusal::another_history);
  says(5s, "ours", {b, 700});
  redis(5s, [](poll_report& r) { r.details = server_details{0, {}, 0}; });
  EXPECT_EQ(rule().act, rope_act::follow);
}

// Its server's end, and what it may have had then, came after that.
TEST_F(watched_replica, is_not_bound_by_what_was_said_before_its_server_started) {
  const auto from_its_aof = [](poll_report& r) {
    r.server->run_id = "next-run";
    r.aof = aof_report{.is_enabled = true};
    r.replication.replid = b;
    r.replication.offset = 0;
    r.replication.link->offset = 1;
  };
  statement said{"redis-master-0", "ours", "primary-run", {a, 120}};
  said.pods = {{.name = "redis-slave-0", .bound_id = a, .bound = 100}};
  redis(1s);
  primary(1s, a, 120);
  tell(1s, stated{peer::primary, said});
  redis(5s, from_its_aof);
  tell(5s, volume_checked{true});
  primary(5s, a, 120);
  EXPECT_EQ(assess_rope(memory_, settings_, now_).bound, std::nullopt);
  tell(6s, stated{peer::primary, said});
  EXPECT_TRUE(assess_rope(memory_, settings_, now_).bound) << "the primary's agent has seen it";
  said.pods[0].bound_is_inherited = true;
  tell(6s, stated{peer::primary, said});
  EXPECT_EQ(assess_rope(memory_, settings_, now_).bound, std::nullopt)
      << "nobody knows whether it has been back since";
  const auto is_bound = [&](std::int64_t heard, std::int64_t now) {
    memory_.remembered->noted = noted_offset{"redis-master-0", a, 100, heard};
    said.noted = noted_offset{"redis-master-0", a, 120, now};
    tell(6s, stated{peer::primary, said});
    return assess_rope(memory_, settings_, now_).bound.has_value();
  };
  said.pods[0].bound_revision = 4;
  EXPECT_TRUE(is_bound(3, 4));
  EXPECT_TRUE(is_bound(3, 9)) << "others have come and gone since";
  EXPECT_FALSE(is_bound(5, 4)) << "an older volume";
  EXPECT_FALSE(is_bound(5, 9)) << "an older volume that has counted on";
}

}  // namespace
}  // namespace redis_agent::core
