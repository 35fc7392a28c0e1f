#include "wire/api_request.hpp"

#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

const api_name lock{"shop", "redis"};

TEST(api_request, names_one_object) {
  const api_request get = read_lease(lock);
  EXPECT_EQ(get.method + " " + get.path,
            "GET /apis/coordination.k8s.io/v1/namespaces/shop/leases/redis");
  const api_request put = write_lease(lock, {.version = "7"});
  EXPECT_EQ(put.method + " " + put.path,
            "PUT /apis/coordination.k8s.io/v1/namespaces/shop/leases/redis");
  EXPECT_EQ(put.content_type, "application/json");
  const api_request read = read_service({"shop", "redis-master"});
  EXPECT_EQ(read.method + " " + read.path, "GET /api/v1/namespaces/shop/services/redis-master");
  const api_request patch = move_service({"shop", "redis-master"}, {"31"}, {"redis-1", "h", 1});
  EXPECT_EQ(patch.method + " " + patch.path, "PATCH /api/v1/namespaces/shop/services/redis-master");
  EXPECT_EQ(patch.content_type, "application/merge-patch+json");
}

TEST(api_request, becomes_http) {
  const core::secret token("t0ken");
  EXPECT_EQ(format_request({"GET", "/a"}, "[fd00::1]:443", token).reveal(),
            "GET /a HTTP/1.1\r\nHost: [fd00::1]:443\r\nUser-Agent: redis-agent\r\n"
            "Accept: application/json\r\nAuthorization: Bearer t0ken\r\n\r\n");
  EXPECT_EQ(format_request({"PUT", "/a", "application/json", "{}"}, "h:1", token).reveal(),
            "PUT /a HTTP/1.1\r\nHost: h:1\r\nUser-Agent: redis-agent\r\n"
            "Accept: application/json\r\nAuthorization: Bearer t0ken\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(token, is_one_word) {
  EXPECT_EQ(accept_token(" a.b-c_d\r\n")->reveal(), "a.b-c_d");
  EXPECT_EQ(accept_token("").error().text, "is empty: expected the token of a ServiceAccount");
  EXPECT_FALSE(accept_token(" \n"));
  for (const char* bad : {"a\r\nX-Evil: b", "a b", "a\tb", "\xff\xfe"}) {
    const auto token = accept_token(bad);
    ASSERT_FALSE(token) << bad;
    EXPECT_EQ(token.error().text.find(bad), std::string::npos) << "shows what may be a secret";
  }
}

}  // namespace
}  // namespace redis_agent::wire
