#include "wire/api_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

using core::lock_trouble;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const core::secret token("eyJhbGciOiJSUzI1NiJ9.e30.c2ln");

std::string status(const std::string& reason, const std::string& message) {
  return R"({"kind":"Status","status":"Failure","message":")" + message + R"(","reason":")" +
         reason + R"("})";
}

api_answer judge_json(unsigned number, std::string body, std::string retry_after = "") {
  return judge({number, "application/json", std::move(retry_after), std::move(body)}, token);
}

TEST(api_answer, brings_the_object) {
  for (unsigned number : {200U, 201U}) {
    const api_answer answer = judge_json(number, R"({"kind":"Lease"})");
    EXPECT_EQ(answer.object, R"({"kind":"Lease"})");
    EXPECT_FALSE(answer.trouble) << answer.text;
  }
  EXPECT_FALSE(judge({200, "Application/JSON; charset=utf-8", "", "{}"}, token).trouble);
}

TEST(api_answer, is_malformed_without_an_object) {
  for (const api_reply& reply :
       {api_reply{200, "text/html", "", "<html>"}, api_reply{200, "application/json", "", ""},
        api_reply{200, "application/json", "", "[]"}, api_reply{200, "", "", "{}"},
        api_reply{302, "application/json", "", "{}"}, api_reply{204, "", "", ""}}) {
    const api_answer answer = judge(reply, token);
    EXPECT_EQ(answer.trouble, lock_trouble::malformed) << reply.status << reply.body;
    EXPECT_EQ(answer.object, "");
    EXPECT_NE(answer.text, "");
  }
}

TEST(api_answer, is_told_apart_by_its_status_alone) {
  for (const auto& [number, trouble] :
       std::vector<std::pair<unsigned, lock_trouble>>{{400, lock_trouble::refused},
                                                      {401, lock_trouble::unauthorized},
                                                      {403, lock_trouble::forbidden},
                                                      {404, lock_trouble::missing},
                                                      {409, lock_trouble::conflict},
                                                      {422, lock_trouble::refused},
                                                      {429, lock_trouble::throttled},
                                                      {500, lock_trouble::unavailable},
                                                      {503, lock_trouble::unavailable},
                                                      {504, lock_trouble::unavailable}}) {
    const api_answer answer = judge_json(number, status("Conflict", "whatever"));
    EXPECT_EQ(answer.trouble, trouble) << number;
    EXPECT_EQ(answer.text, "answered " + std::to_string(number) + " Conflict: whatever");
    EXPECT_EQ(judge({number, "text/plain", "", "no"}, token).trouble, trouble);
  }
}

TEST(api_answer, shows_little_of_what_was_said) {
  EXPECT_EQ(judge_json(500, "<html>secret</html>").text, "answered 500");
  EXPECT_EQ(judge_json(500, R"({"kind":"Else","message":"m"})").text, "answered 500");
  EXPECT_EQ(judge_json(403, status("", "m")).text, "answered 403 m");
  EXPECT_EQ(judge_json(403, status("Forbidden", "")).text, "answered 403 Forbidden");
  EXPECT_EQ(judge_json(403, status("Forbidden", "a\\nb")).text, "answered 403 Forbidden: a?b");
  // 198 bytes and a character of two: not cut inside of it.
  EXPECT_EQ(judge_json(403, status("", std::string(199, 'x') + "\xc3\xa4" + "yz")).text,
            "answered 403 " + std::string(199, 'x') + "...");
}

TEST(api_answer, never_shows_the_token) {
  const std::string echo = status("Unauthorized", "bad token " + std::string(token.reveal()));
  EXPECT_EQ(judge_json(401, echo).text, "answered 401");
  // Nor a part of it, where the message is cut.
  const std::string late = std::string(185, 'x') + std::string(token.reveal());
  EXPECT_THAT(judge_json(401, status("", late)).text, Not(HasSubstr("eyJ")));
}

TEST(api_answer, tells_when_to_come_again) {
  EXPECT_EQ(judge_json(429, "", "3").retry_after, 3s);
  EXPECT_EQ(judge_json(503, "", "0").retry_after, 0s);
  EXPECT_EQ(judge_json(429, "", "99999999999").retry_after, 1h);
  for (const char* unknown : {"", "Fri, 31 Dec 1999 23:59:59 GMT", "-1", "1.5", "x"}) {
    EXPECT_FALSE(judge_json(429, "", unknown).retry_after) << unknown;
  }
}

}  // namespace
}  // namespace redis_agent::wire
