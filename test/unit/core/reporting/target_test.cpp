#include "core/reporting/target.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

TEST(target, is_split_into_path_and_parameters) {
  const target t("/replica?lag=16MiB&verbose");
  EXPECT_EQ(t.path(), "/replica");
  EXPECT_EQ(t.parameter("lag"), "16MiB");
  EXPECT_EQ(t.parameter("verbose"), "");
  EXPECT_EQ(t.parameter("absent"), std::nullopt);
}

TEST(target, decodes_what_can_be_decoded) {
  EXPECT_EQ(target("/?a=%31+2&b=%zz&c=100%").parameter("a"), "1 2");
  EXPECT_EQ(target("/?a=%31+2&b=%zz&c=100%").parameter("b"), "%zz");
  EXPECT_EQ(target("/?a=%31+2&b=%zz&c=100%").parameter("c"), "100%");
}

TEST(target, may_be_all_of_the_url) {
  const target t("http://10.0.0.7:9121/replica?lag=16MiB");
  EXPECT_EQ(t.path(), "/replica");
  EXPECT_EQ(t.parameter("lag"), "16MiB");
  EXPECT_EQ(target("HTTPS://[fd00::7]/livez").path(), "/livez");
  EXPECT_EQ(target("http://redis").path(), "/");
  EXPECT_EQ(target("http://redis?verbose").path(), "/");
  EXPECT_EQ(target("/http://redis/livez").path(), "/http://redis/livez");
}

TEST(target, copes_with_what_is_none) {
  EXPECT_EQ(target("").path(), "");
  EXPECT_EQ(target("?").path(), "");
  EXPECT_EQ(target("/livez#top").path(), "/livez");
  EXPECT_EQ(target("/?&&=&").parameter("x"), std::nullopt);
}

}  // namespace
}  // namespace redis_agent::core
