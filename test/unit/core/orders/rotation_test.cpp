// Three pods, a Secret that each sees at its own time, links that are cut all the time, restarts of
// anything in between, and clients with the old and the new password at every server: no link may
// fail and nobody be refused. The naive way beside it has to fail the same test.
#include "core/orders/rotation.hpp"

#include <array>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace redis_agent::core {
namespace {

using namespace std::chrono_literals;

constexpr duration tick = 50ms;

known_password password(const std::string& clear) { return know(secret(clear)); }

struct state_of_secret {
  std::string use;
  std::string also;
};

passwords_read files_of(const state_of_secret& state) {
  passwords_read files{password(state.use), {}, {}};
  if (!state.also.empty()) files.also = password(state.also);
  return files;
}

struct simulated_server {
  std::set<std::string> accepted;
  std::string link;
  std::vector<secret> earlier{};  // in a file
};

struct simulated_pod {
  simulated_server server;
  simulated_server in_file;  // the redis.conf
  password_memory seen;
  password_record record;
  state_of_secret files;
  password_tags told;  // a moment ago
  std::size_t version = 0;
  instant sees_next_at{};
  bool is_logged_in = true;
};

struct counts {
  int refused_clients = 0;
  int failed_links = 0;
};

class world {
 public:
  world(unsigned seed, bool is_naive) : chance_(seed), is_naive_(is_naive) {}

  // A Secret that changes; the next state comes when all pods say what `is_done` wants.
  void publish(const state_of_secret& next) {
    ++published_;
    secret_ = next;
    for (simulated_pod& pod : pods_) pod.sees_next_at = now_ + random(0ms, 8s);
  }

  void begin(const state_of_secret& first) {
    secret_ = first;
    for (simulated_pod& pod : pods_) make_anew(pod);
  }

  // Runs until `is_done`, or for that long.
  template <class Done>
  bool run(duration most, const Done& is_done) {
    for (const instant end = now_ + most; now_ < end; now_ += tick) {
      if (is_done()) return true;
      for (simulated_pod& pod : pods_) act(pod);
      for (simulated_pod& pod : pods_) pod.told = tell_tags(facts_of(pod));
      if (restarts_) restart_something();
      look();
    }
    return is_done();
  }

  bool all(const std::function<bool(const simulated_pod&)>& is_so) const {
    return std::all_of(pods_.begin(), pods_.end(), is_so);
  }

  void expect_clients(std::set<std::string> clients) { clients_ = std::move(clients); }
  void allow_restarts(bool of_pods) {
    restarts_ = true;
    restarts_pods_ = of_pods;
  }
  void move_primary() { primary_ = (primary_ + 1) % pods_.size(); }

  counts counted;

 private:
  duration random(duration least, duration most) {
    return duration(
        std::uniform_int_distribution<duration::rep>(least.count(), most.count())(chance_));
  }
  bool happens(int one_in) { return std::uniform_int_distribution<int>(1, one_in)(chance_) == 1; }

  bool is_primary(const simulated_pod& pod) const { return &pod == &pods_.at(primary_); }
  simulated_pod& primary() { return pods_.at(primary_); }

  bool gets_in(const simulated_pod& pod, const simulated_server& server) const {
    const auto logins = logins_of(pod.seen);
    return std::any_of(logins.begin(), logins.end(), [&](const known_password& login) {
      return server.accepted.count(login.hash) > 0;
    });
  }

  static password_report report_of(const simulated_server& server) {
    return {std::vector<std::string>(server.accepted.begin(), server.accepted.end()), false, true,
            server.link};
  }

  rotation_facts facts_of(simulated_pod& pod) {
    rotation_facts f;
    f.is_rotated = true;
    f.overlap = 20s;
    take_own(pod.seen, report_of(pod.server));
    f.seen = pod.seen;
    f.is_primary = is_primary(pod);
    f.knows_all_pods = true;
    if (!f.is_primary) {
      f.follows = true;
      f.taken_by_followed = *report_of(primary().server).accepted;
      f.primary_says = primary().told;
      if (gets_in(pod, primary().server)) {
        f.others.push_back({"the primary", primary().told, f.taken_by_followed, true});
      }
      return f;
    }
    for (std::size_t i = 0; i < pods_.size(); ++i) {
      if (i == primary_) continue;
      rotation_facts::pod other{std::to_string(i), pods_.at(i).told};
      if (gets_in(pod, pods_.at(i).server)) other.accepted = report_of(pods_.at(i).server).accepted;
      f.others.push_back(std::move(other));
    }
    return f;
  }

  void obey(simulated_server& server, const order& o) {
    for (const step s : o.steps) {
      if (s == step::accept_password) server.accepted.insert(o.password.hash);
      if (s == step::drop_password) server.accepted.erase(o.password.hash);
      if (s == step::use_password) server.link = o.password.hash;
    }
  }

  void act(simulated_pod& pod) {
    if (pod.version != published_ && now_ >= pod.sees_next_at) {
      pod.version = published_;
      pod.files = secret_;
    }
    if (is_naive_) return act_naively(pod);
    take(pod.seen, files_of(pod.files), now_);
    if (!pod.is_logged_in) pod.is_logged_in = gets_in(pod, pod.server);
    if (!pod.is_logged_in) return;
    const rotation_facts facts = facts_of(pod);
    for (const std::string& hash : to_be_released(facts, now_)) {
      take(pod.seen, password_released{hash});
    }
    for (const order& o : choose_for_passwords(facts_of(pod), now_)) {
      const bool is_own = o.who == peer::redis;
      simulated_pod& other = o.who == peer::primary ? primary() : pod;
      obey(is_own || o.who == peer::primary ? other.server : pods_.at(std::stoul(o.pod)).server, o);
    }
    const passwords_in_file to_be = choose_for_file(facts_of(pod));
    pod.in_file = {{to_be.accepted.begin(), to_be.accepted.end()}, pod.server.link, to_be.earlier};
    pod.record = record_of(pod.seen);
  }

  void act_naively(simulated_pod& pod) {
    const std::string hash = password(pod.files.use).hash;
    pod.server = pod.in_file = {{hash}, hash};
  }

  void make_anew(simulated_pod& pod) {
    pod.version = published_;
    pod.files = secret_;
    const passwords_read files = files_of(pod.files);
    std::set<std::string> accepted = {files.use.hash};
    if (files.also) accepted.insert(files.also->hash);
    for (const std::string& hash : {pod.record.use, pod.record.also}) {
      if (!hash.empty()) accepted.insert(hash);
    }
    for (const auto& other : pod.record.others) {
      if (!other.is_released) accepted.insert(other.hash);
    }
    pod.server = pod.in_file = {accepted, files.use.hash};
    begin_agent(pod);
  }

  void begin_agent(simulated_pod& pod) {
    pod.seen = {};
    pod.seen.is_rotated = true;
    pod.is_logged_in = false;
    take(pod.seen, files_of(pod.files), now_);
    passwords_recalled recalled{pod.record, {}};
    for (const char* const clear : {"old", "new"}) {
      if (password(clear).hash == pod.in_file.link) recalled.in_clear.push_back(password(clear));
    }
    for (const secret& one : pod.in_file.earlier) recalled.in_clear.push_back(know(one));
    take(pod.seen, recalled, now_);
  }

  void restart_something() {
    if (!happens(20)) return;
    simulated_pod& pod = pods_.at(std::uniform_int_distribution<std::size_t>(0, 2)(chance_));
    if (happens(2)) {
      pod.server = pod.in_file;  // Redis alone
      pod.is_logged_in = false;
    } else if (restarts_pods_ && happens(2)) {
      make_anew(pod);
    } else {
      begin_agent(pod);
    }
  }

  // Every link is cut, and clients connect to every server.
  void look() {
    for (simulated_pod& pod : pods_) {
      if (!is_primary(pod) && primary().server.accepted.count(pod.server.link) == 0) {
        ++counted.failed_links;
      }
      for (const std::string& client : clients_) {
        if (pod.server.accepted.count(password(client).hash) == 0) ++counted.refused_clients;
      }
    }
  }

  std::mt19937 chance_;
  bool is_naive_;
  bool restarts_ = false;
  bool restarts_pods_ = false;
  instant now_ = instant{} + 1h;
  std::array<simulated_pod, 3> pods_;
  std::size_t primary_ = 0;
  std::size_t published_ = 0;
  state_of_secret secret_;
  std::set<std::string> clients_;
};

bool accepts(const simulated_pod& pod, const std::string& clear) {
  return contains(pod.told.accepted, tag_of(password(clear).hash));
}

bool uses(const simulated_pod& pod, const std::string& clear) {
  const std::string tag = tag_of(password(clear).hash);
  return pod.told.use == tag && pod.told.link == tag;
}

const auto never = [] { return false; };

// As a person does it who looks at the status between the steps.
counts rotate_by_two_keys(world& simulated) {
  simulated.begin({"old", ""});
  simulated.run(1s, never);
  simulated.expect_clients({"old"});
  simulated.publish({"old", "new"});
  EXPECT_TRUE(simulated.run(
      60s, [&] { return simulated.all([](const auto& pod) { return accepts(pod, "new"); }); }));
  simulated.expect_clients({"old", "new"});
  simulated.publish({"new", "old"});
  EXPECT_TRUE(simulated.run(
      60s, [&] { return simulated.all([](const auto& pod) { return uses(pod, "new"); }); }));
  simulated.expect_clients({"new"});
  simulated.publish({"new", ""});
  EXPECT_TRUE(simulated.run(
      60s, [&] { return simulated.all([](const auto& pod) { return !accepts(pod, "old"); }); }));
  simulated.run(5s, never);
  EXPECT_TRUE(simulated.all([](const auto& pod) { return pod.seen.kept.empty(); }));
  return simulated.counted;
}

TEST(rotation, by_two_keys_refuses_nobody_whatever_restarts) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    world simulated(seed, false);
    simulated.allow_restarts(true);
    const counts counted = rotate_by_two_keys(simulated);
    EXPECT_EQ(counted.refused_clients, 0) << "seed " << seed;
    EXPECT_EQ(counted.failed_links, 0) << "seed " << seed;
    if (HasFailure()) break;
  }
}

TEST(rotation, by_one_key_breaks_no_link_and_refuses_no_old_client_in_the_overlap) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    world simulated(seed, false);
    simulated.begin({"old", ""});
    simulated.run(1s, never);
    simulated.allow_restarts(false);
    simulated.expect_clients({"old"});
    simulated.publish({"new", ""});
    EXPECT_TRUE(simulated.run(
        15s, [&] { return simulated.all([](const auto& pod) { return uses(pod, "new"); }); }));
    simulated.expect_clients({"old", "new"});
    simulated.run(2s, never);
    EXPECT_EQ(simulated.counted.refused_clients, 0) << "seed " << seed;
    EXPECT_EQ(simulated.counted.failed_links, 0) << "seed " << seed;
    if (HasFailure()) break;
  }
}

TEST(rotation, drops_the_old_one_when_the_overlap_is_over) {
  world simulated(7, false);
  simulated.begin({"old", ""});
  simulated.run(1s, never);
  simulated.publish({"new", ""});
  simulated.expect_clients({"old"});
  simulated.run(20s, never);
  simulated.expect_clients({"new"});
  EXPECT_TRUE(simulated.run(
      40s, [&] { return simulated.all([](const auto& pod) { return !accepts(pod, "old"); }); }));
  EXPECT_EQ(simulated.counted.refused_clients, 0);
  EXPECT_EQ(simulated.counted.failed_links, 0);
}

TEST(rotation, survives_another_primary_in_the_middle) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    world simulated(seed, false);
    simulated.begin({"old", ""});
    simulated.run(1s, never);
    simulated.expect_clients({"old"});
    simulated.publish({"old", "new"});
    simulated.run(
        60s, [&] { return simulated.all([](const auto& pod) { return accepts(pod, "new"); }); });
    simulated.publish({"new", "old"});
    for (int moves = 0; moves < 5; ++moves) {
      simulated.run(2s, never);
      simulated.move_primary();
    }
    EXPECT_EQ(simulated.counted.refused_clients, 0) << "seed " << seed;
    EXPECT_EQ(simulated.counted.failed_links, 0) << "seed " << seed;
    if (HasFailure()) break;
  }
}

TEST(rotation, the_naive_way_fails_the_same_test) {
  int refused = 0;
  int failed = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    world simulated(seed, true);
    simulated.begin({"old", ""});
    simulated.run(1s, never);
    simulated.expect_clients({"old", "new"});
    simulated.publish({"new", ""});
    simulated.run(15s, never);
    refused += simulated.counted.refused_clients;
    failed += simulated.counted.failed_links;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(failed, 0);
}

}  // namespace
}  // namespace redis_agent::core
