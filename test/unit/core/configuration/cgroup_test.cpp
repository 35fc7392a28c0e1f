#include "core/configuration/cgroup.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace {

using namespace redis_agent::core;

using texts = std::vector<std::string>;

TEST(cgroup, names_the_files_of_version_2) {
  EXPECT_EQ(memory_limit_files("0::/\n"), texts{"/sys/fs/cgroup/memory.max"});
  EXPECT_EQ(memory_limit_files("0::/kubepods.slice/pod7\n"),
            (texts{"/sys/fs/cgroup/kubepods.slice/pod7/memory.max",
                   "/sys/fs/cgroup/kubepods.slice/memory.max", "/sys/fs/cgroup/memory.max"}));
}

TEST(cgroup, names_the_files_of_version_1) {
  const char* const text =
      "12:cpu,cpuacct:/kubepods/pod7\n"
      "9:memory:/kubepods/pod7\n"
      "1:name=systemd:/kubepods/pod7\n";
  EXPECT_EQ(memory_limit_files(text),
            (texts{"/sys/fs/cgroup/memory/kubepods/pod7/memory.limit_in_bytes",
                   "/sys/fs/cgroup/memory/kubepods/memory.limit_in_bytes",
                   "/sys/fs/cgroup/memory/memory.limit_in_bytes"}));
}

TEST(cgroup, names_both_on_a_machine_that_has_both) {
  EXPECT_EQ(memory_limit_files("5:cpuset,memory:/a:b\n0::/\n"),
            (texts{"/sys/fs/cgroup/memory/a:b/memory.limit_in_bytes",
                   "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"}));
}

TEST(cgroup, names_nothing_when_the_text_says_nothing) {
  for (const char* const text :
       {"", "\n", "nonsense", "0:", "0::", "0::relative", "3:memoryfoo:/", "::"}) {
    EXPECT_TRUE(memory_limit_files(text).empty()) << text;
  }
}

TEST(cgroup, reads_a_limit) {
  EXPECT_EQ(parse_memory_limit("268435456\n"), 268435456U);
  EXPECT_EQ(parse_memory_limit("0\n"), 0U);
}

TEST(cgroup, knows_both_words_for_no_limit) {
  EXPECT_EQ(parse_memory_limit("max\n"), std::nullopt);
  EXPECT_EQ(parse_memory_limit("9223372036854771712\n"), std::nullopt);  // pages of 4 KiB
  EXPECT_EQ(parse_memory_limit("9223372036854710272\n"), std::nullopt);  // pages of 64 KiB
  for (const char* const wrong : {"", "\n", "-1", "12x", "99999999999999999999999"}) {
    EXPECT_EQ(parse_memory_limit(wrong), std::nullopt) << wrong;
  }
}

TEST(cgroup, the_tightest_limit_counts_wherever_it_stands) {
  EXPECT_EQ(tightest_memory_limit({"max\n", "300\n", "200\n", "max\n"}), 200U);
  EXPECT_EQ(tightest_memory_limit({"max\n"}), std::nullopt);
  EXPECT_EQ(tightest_memory_limit({}), std::nullopt);
}

RC_GTEST_PROP(cgroup_property, no_text_breaks_it, (const std::string& text)) {
  for (const std::string& path : memory_limit_files(text)) {
    RC_ASSERT(path.substr(0, 15) == "/sys/fs/cgroup/");
  }
  parse_memory_limit(text);
}

}  // namespace
