#include "core/reporting/http.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

TEST(accepts_gzip, where_it_is_named_or_meant_and_not_refused) {
  for (const char* yes : {"gzip", "deflate, gzip;q=0.5", "GZIP", "*", "identity;q=1, *;q=0.3",
                          "x-gzip", "gzip ; q=0.001", "br,gzip"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no :
       {"", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *", "notgzip", "br"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

}  // namespace
}  // namespace redis_agent::core
