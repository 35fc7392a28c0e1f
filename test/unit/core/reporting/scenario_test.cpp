// Runs test/scenario/*.scenario through observe, decide and the journal. test/scenario/README.md
// has the language.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "core/base/units.hpp"
#include "core/readiness/verdict.hpp"
#include "core/reporting/journal.hpp"

namespace redis_agent::core {
namespace {

const std::filesystem::path scenarios = TEST_FILES "/../../scenario";

std::string rest_of(std::istringstream& words) {
  std::string rest;
  std::getline(words >> std::ws, rest);
  return rest;
}

class storyteller {
 public:
  void tell(const std::string& line) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "pod") {
      given_.push_back({"pod-name", rest_of(words), "pod"});
    } else if (first == "set") {
      std::string name;
      words >> name;
      given_.push_back({name, rest_of(words), "set"});
    } else if (line.front() == ' ') {
      expect(first, rest_of(words));
    } else {
      begin();
      const auto when = parse_duration(first);
      ASSERT_TRUE(when) << "no time: " << first;
      now_ = instant(*when);
      logged_.clear();
      happen(words);
    }
  }

 private:
  void begin() {
    if (has_begun_) return;
    has_begun_ = true;
    auto parsed = parse_settings(subcommand::sidecar, given_, "");
    ASSERT_EQ(parsed.complaints, std::vector<std::string>());
    settings_ = std::move(parsed.values);
    memory_ = begin_memory(settings_, now_);
    seen_ = view(memory_, settings_, now_);
  }

  void happen(std::istringstream& words) {
    std::string who;
    std::string what;
    words >> who >> what;
    if (who == "redis" && what == "restarted") {
      ++run_;
    } else if (who == "dns") {
      const std::string rest = rest_of(words);
      if (what == "says") take(addresses_resolved{{{rest}, std::chrono::seconds(5)}});
      if (what == "fails") take(addresses_failed{rest});
    } else if (what == "fails") {
      take(failed{who == "redis" ? peer::redis : peer::primary, condition(rest_of(words)), ""});
    } else if (who == "primary") {
      report_primary(words);
    } else if (who == "redis") {
      report_redis(what, words);
    } else {
      ASSERT_EQ(who, "wait");
    }
  }

  static link_condition condition(const std::string& name) {
    for (std::size_t i = 0; i < link_conditions; ++i) {
      if (to_text(static_cast<link_condition>(i)) == name) return static_cast<link_condition>(i);
    }
    ADD_FAILURE() << "no condition: " << name;
    return link_condition::untried;
  }

  void report_primary(std::istringstream& words) {
    poll_report report;
    report.asked_at = now_;
    report.replication.replid = "history";
    words >> report.replication.offset;
    report.server = server_report{"7.0.15", "primary-run", 1000};
    take(reported{peer::primary, report});
    statement said{.pod = "redis-master-0", .run_id = "primary-run"};
    said.history = {report.replication.replid, report.replication.offset};
    take(stated{peer::primary, said});
  }

  void report_redis(const std::string& what, std::istringstream& words) {
    poll_report report;
    report.asked_at = now_;
    report.server = server_report{"7.0.15", "run-" + std::to_string(run_), 1000};
    report.details = server_details{1, {}};
    report.bind = "* -::*";
    report.replication.replid = "history";
    words >> report.replication.offset;
    if (what != "serving") {
      replica_link& link = report.replication.link.emplace();
      report.replication.server_role = role::replica;
      link.offset = report.replication.offset;
      link.primary = settings_.primary;
      link.is_up = what == "up";
      link.sync_in_progress = what == "receiving" || what == "loading";
      report.loading = loading_report{what == "loading", false, 0};
      report.stage = what == "handshake" ? link_stage::handshake : link_stage::connecting;
    }
    take(reported{peer::redis, report});
  }

  void take(const event& e) {
    observe(memory_, e, now_);
    journal_view now_seen = view(memory_, settings_, now_);
    for (const log_line& line : describe_changes(seen_, now_seen, settings_)) {
      logged_.push_back(line.message);
    }
    seen_ = std::move(now_seen);
  }

  void expect(const std::string& what, const std::string& value) {
    const verdict v = decide(memory_, settings_, now_);
    if (what == "logs") {
      EXPECT_NE(std::find(logged_.begin(), logged_.end(), value), logged_.end())
          << "logged was: " << testing::PrintToString(logged_);
      return;
    }
    EXPECT_TRUE(what == "ready" || what == "not-ready") << "no expectation: " << what;
    EXPECT_EQ(v.is_ready, what == "ready") << v.explanation;
    EXPECT_EQ(to_text(v.why), value) << v.explanation;
  }

  std::vector<given_value> given_;
  settings settings_;
  memory memory_;
  journal_view seen_;
  std::vector<std::string> logged_;
  instant now_;
  int run_ = 1;
  bool has_begun_ = false;
};

class scenario : public testing::TestWithParam<std::string> {};

TEST_P(scenario, goes_as_told) {
  std::ifstream file(scenarios / (GetParam() + ".scenario"));
  storyteller story;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    SCOPED_TRACE(GetParam() + ".scenario:" + std::to_string(number) + ": " + line);
    story.tell(line);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(scenarios)) {
    if (entry.path().extension() == ".scenario") found.push_back(entry.path().stem());
  }
  std::sort(found.begin(), found.end());
  return found;
}

INSTANTIATE_TEST_SUITE_P(each, scenario, testing::ValuesIn(names()), [](const auto& tested) {
  std::string name = tested.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace redis_agent::core
