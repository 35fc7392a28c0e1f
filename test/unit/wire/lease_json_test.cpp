#include "wire/lease_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace redis_agent::wire {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

core::lease full() {
  core::lease lock;
  lock.version = "4711";
  lock.holder = "redis-0/1b4e28ba-2fa1-11d2-883f-0016d3cca427";
  lock.length = 10s;
  lock.renewed_at = "2026-11-26T09:00:02.000000Z";
  lock.acquired_at = "2026-11-26T09:00:00.000000Z";
  lock.term = 3;
  lock.cluster_id = "0123456789abcdef";
  lock.history_id = "08be88baae3fad37abf6d74427fe65166a2db3d8";
  lock.offset = 9007199254740993;  // no double has it
  lock.keys = 5;
  lock.functions = 2;
  lock.address = "fd00::7";
  lock.members = {{"redis-2", 290}, {"redis-1", 300}};
  lock.successor = "redis-1";
  lock.given_by = "redis-0";
  return lock;
}

std::string lease_with(const std::string& annotations, const std::string& spec = "{}") {
  return R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"redis",)"
         R"("resourceVersion":"12","annotations":)" +
         annotations + R"(},"spec":)" + spec + "}";
}

std::string annotation(const std::string& name, const std::string& value) {
  return R"({"redis-agent.io/)" + name + R"(":)" + value + "}";
}

TEST(lease_json, is_the_object_that_a_server_takes) {
  EXPECT_EQ(render_lease(full()),
            R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease",)"
            R"("metadata":{"resourceVersion":"4711",)"
            R"("annotations":{"redis-agent.io/cluster":"0123456789abcdef",)"
            R"("redis-agent.io/lineage":"08be88baae3fad37abf6d74427fe65166a2db3d8",)"
            R"("redis-agent.io/offset":"9007199254740993","redis-agent.io/keys":"5",)"
            R"("redis-agent.io/functions":"2",)"
            R"("redis-agent.io/members":"{\"redis-2\":290,\"redis-1\":300}",)"
            R"("redis-agent.io/successor":"redis-1","redis-agent.io/given-by":"redis-0",)"
            R"("redis-agent.io/address":"fd00::7"}},)"
            R"("spec":{"holderIdentity":"redis-0/1b4e28ba-2fa1-11d2-883f-0016d3cca427",)"
            R"("leaseDurationSeconds":10,"acquireTime":"2026-11-26T09:00:00.000000Z",)"
            R"("renewTime":"2026-11-26T09:00:02.000000Z","leaseTransitions":3}})");
}

TEST(lease_json, is_read_back_as_it_was) {
  for (core::lease lock : {full(), core::lease{.version = "1"}}) {
    auto read = parse_lease(render_lease(lock));
    ASSERT_TRUE(read) << read.error().text;
    read->object.clear();
    EXPECT_EQ(*read, lock);
  }
}

TEST(lease_json, knows_one_that_was_never_held) {
  const auto read = parse_lease(lease_with("{}"));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_TRUE(read->is_untouched());
  EXPECT_EQ(read->version, "12");
  EXPECT_TRUE(parse_lease(R"({"kind":"Lease","metadata":{"resourceVersion":"1"}})"));
  const auto nulls = lease_with("null", R"({"holderIdentity":null,"leaseTransitions":null})");
  EXPECT_TRUE(parse_lease(nulls)->is_untouched());
}

TEST(lease_json, keeps_what_others_have_put_there) {
  auto lock = parse_lease(
      R"({"kind":"Lease","metadata":{"name":"redis","namespace":"shop","uid":"u-1",)"
      R"("resourceVersion":"12","labels":{"app":"redis"},)"
      R"("annotations":{"meta.helm.sh/release-name":"shop","redis-agent.io/successor":"redis-1"},)"
      R"("managedFields":[{"manager":"helm"}]},"spec":{"strategy":"OldestEmulationVersion",)"
      R"("preferredHolder":"somebody","renewTime":"2026-11-26T09:00:02.000000Z"}})");
  ASSERT_TRUE(lock) << lock.error().text;
  EXPECT_THAT(lock->object, Not(HasSubstr("managedFields")));
  lock->version = "13";
  lock->successor.clear();
  lock->renewed_at.clear();
  const std::string sent = render_lease(*lock);
  EXPECT_THAT(sent, AllOf(HasSubstr(R"("name":"redis","namespace":"shop","uid":"u-1")"),
                          HasSubstr(R"("labels":{"app":"redis"})"),
                          HasSubstr(R"("meta.helm.sh/release-name":"shop")"),
                          HasSubstr(R"("strategy":"OldestEmulationVersion")"),
                          HasSubstr(R"("preferredHolder":"somebody")"),
                          HasSubstr(R"("resourceVersion":"13")")));
  EXPECT_THAT(sent, AllOf(Not(HasSubstr("managedFields")), Not(HasSubstr("successor")),
                          Not(HasSubstr("renewTime"))));
}

TEST(lease_json, releases_by_an_empty_holder) {
  core::lease lock = full();
  lock.holder.clear();
  EXPECT_THAT(render_lease(lock), HasSubstr(R"("holderIdentity":"")"));
}

TEST(lease_json, promises_no_less_than_was_meant) {
  core::lease lock = full();
  lock.length = 9001ms;
  EXPECT_THAT(render_lease(lock), HasSubstr(R"("leaseDurationSeconds":10)"));
  lock.length = 0s;  // which no server takes
  EXPECT_THAT(render_lease(lock), Not(HasSubstr("leaseDurationSeconds")));
}

TEST(lease_json, names_what_it_cannot_read) {
  const auto complaint = [](const std::string& body) {
    const auto read = parse_lease(body);
    return read ? std::string("was read") : read.error().text;
  };
  const std::string long_text = '"' + std::string(2000, 'x') + '"';
  const std::string many = '"' + std::string(70000, ' ') + R"({}")";
  std::string crowd;
  for (int pod = 0; pod <= 1000; ++pod) {
    crowd += (pod == 0 ? "" : ",") + ("\\\"redis-" + std::to_string(pod)) + "\\\":1";
  }
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"cluster", "7"},
                                                        {"cluster", long_text},
                                                        {"lineage", R"("two\nlines")"},
                                                        {"offset", R"("")"},
                                                        {"offset", R"("-1")"},
                                                        {"offset", R"("12x")"},
                                                        {"offset", R"("9223372036854775808")"},
                                                        {"offset", "12"},
                                                        {"keys", R"("many")"},
                                                        {"functions", R"("-1")"},
                                                        {"address", R"("redis-0.redis")"},
                                                        {"successor", R"("redis 1")"},
                                                        {"members", R"("")"},
                                                        {"members", R"("[]")"},
                                                        {"members", R"("{\"redis-1\":\"1\"}")"},
                                                        {"members", R"("{\"redis-1\":-1}")"},
                                                        {"members", R"("{\"\":1}")"},
                                                        {"members", many},
                                                        {"members", "\"{" + crowd + "}\""},
                                                        {"members", "{}"}}) {
    const auto read = parse_lease(lease_with(annotation(name, value)));
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->unreadable, "redis-agent.io/" + name) << value.substr(0, 100);
    EXPECT_EQ(read->version, "12");
  }
  for (const auto& [name, spec] :
       std::vector<std::pair<std::string, std::string>>{{"holderIdentity", "7"},
                                                        {"holderIdentity", long_text},
                                                        {"leaseTransitions", "-1"},
                                                        {"leaseTransitions", "1.5"},
                                                        {"leaseTransitions", "9999999999"},
                                                        {"leaseTransitions", R"("3")"},
                                                        {"leaseDurationSeconds", "-10"},
                                                        {"renewTime", "{}"},
                                                        {"acquireTime", "12"}}) {
    EXPECT_THAT(complaint(lease_with("{}", "{\"" + name + "\":" + spec + "}")),
                HasSubstr("its " + name + " is not"));
  }
}

TEST(lease_json, takes_nothing_else_for_a_lease) {
  const auto complaint = [](const std::string& body) { return parse_lease(body).error().text; };
  EXPECT_THAT(complaint(""), EndsWith("it is no JSON object"));
  EXPECT_THAT(complaint("[]"), EndsWith("it is no JSON object"));
  EXPECT_THAT(complaint(R"({"kind":"Lease","metadata":{"resourceVersion":"1"})"),
              EndsWith("it is no JSON object"));
  EXPECT_THAT(complaint(std::string(100000, '[')), EndsWith("it is no JSON object"));
  EXPECT_THAT(complaint(R"({"metadata":{"resourceVersion":"1"}})"), EndsWith("kind is another"));
  EXPECT_THAT(complaint(R"({"kind":"LeaseList","metadata":{"resourceVersion":"1"}})"),
              EndsWith("kind is another"));
  EXPECT_THAT(complaint(R"({"kind":"Lease"})"), EndsWith("it has no resourceVersion"));
  EXPECT_THAT(complaint(R"({"kind":"Lease","metadata":{"resourceVersion":1}})"),
              EndsWith("it has no resourceVersion"));
  EXPECT_THAT(complaint(std::string((1 << 20) + 1, ' ')), HasSubstr("expected at most 1048576"));
}

TEST(micro_time, has_six_digits_of_a_second) {
  using namespace std::chrono;
  EXPECT_EQ(render_micro_time(system_clock::time_point()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(render_micro_time(sys_days(2026y / 11 / 26) + 9h + 5min + 7s + 1234567ns),
            "2026-11-26T09:05:07.001234Z");
  EXPECT_EQ(render_micro_time(sys_days(2024y / 2 / 29) + 23h + 59min + 59s + 999999999ns),
            "2024-02-29T23:59:59.999999Z");
}

}  // namespace
}  // namespace redis_agent::wire
