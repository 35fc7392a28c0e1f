#include "core/server/persistence.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

#include "core/server/replication.hpp"

namespace redis_agent::core {
namespace {

const std::string at_rest =
    "aof_enabled:1\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n"
    "rdb_bgsave_in_progress:0\r\nmodule_fork_in_progress:0\r\n"
    "aof_last_write_status:ok\r\naof_current_size:0\r\naof_buffer_length:0\r\n"
    "aof_pending_bio_fsync:0\r\n";

// At rest, but for one field.
aof_report with(const std::string& field, const std::string& value) {
  std::string text = at_rest;
  const auto begin = text.find(field + ":") + field.size() + 1;
  text.replace(begin, text.find('\r', begin) - begin, value);
  return parse_aof(text);
}

TEST(parse_aof, of_one_at_rest) {
  const aof_report report = parse_aof(at_rest);
  EXPECT_TRUE(report.is_enabled);
  EXPECT_FALSE(report.is_rewriting);
  EXPECT_FALSE(report.has_child);
  EXPECT_FALSE(report.is_failing);
  EXPECT_EQ(report.buffered_bytes, 0);
  EXPECT_EQ(report.pending_fsyncs, 0);
}

TEST(parse_aof, of_one_that_is_not_at_rest) {
  EXPECT_FALSE(with("aof_enabled", "0").is_enabled);
  EXPECT_TRUE(with("aof_rewrite_in_progress", "1").is_rewriting);
  EXPECT_TRUE(with("aof_rewrite_scheduled", "1").is_rewriting);
  EXPECT_TRUE(with("aof_last_write_status", "err").is_failing);
  EXPECT_EQ(with("aof_current_size", "512").bytes, 512);
  EXPECT_EQ(with("aof_buffer_length", "4096").buffered_bytes, 4096);
  EXPECT_EQ(with("aof_pending_bio_fsync", "1").pending_fsyncs, 1);
}

TEST(parse_aof, beside_a_child_of_the_server) {
  for (const char* const child :
       {"aof_rewrite_in_progress", "rdb_bgsave_in_progress", "module_fork_in_progress"}) {
    EXPECT_TRUE(with(child, "1").has_child) << child;
  }
  EXPECT_FALSE(with("aof_rewrite_scheduled", "1").has_child);
}

TEST(parse_aof, of_a_server_that_says_nothing_of_it) {
  const aof_report report = parse_aof("loading:0\r\n");
  EXPECT_FALSE(report.is_enabled);
  EXPECT_FALSE(report.is_failing);
}

TEST(parse_aof, of_each_server_without_one) {
  for (const char* const server :
       {"redis-5.0", "redis-6.2", "redis-7.0", "redis-8.0", "valkey-8.1"}) {
    std::ifstream file(TEST_FILES "/server/info/" + std::string(server) + "-primary-alone.txt");
    ASSERT_TRUE(file) << server;
    std::ostringstream text;
    text << file.rdbuf();
    const aof_report report = parse_aof(text.str());
    EXPECT_FALSE(report.is_enabled) << server;
    EXPECT_FALSE(report.is_failing) << server;
    EXPECT_FALSE(parse_loading(text.str()).is_under_way()) << server;
  }
}

TEST(parse_function_libraries, of_info_memory) {
  EXPECT_EQ(parse_function_libraries("number_of_functions:5\r\nnumber_of_libraries:2\r\n"), 2);
  EXPECT_EQ(parse_function_libraries("used_memory:9\r\n"), 0) << "before 7.0";
}

}  // namespace
}  // namespace redis_agent::core
