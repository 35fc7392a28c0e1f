#include "command/lost_files.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <string>
#include <vector>

#include "unit/io/temporary_folder.hpp"

namespace redis_agent::command {
namespace {

using testing::UnorderedElementsAre;

class lost_files_in_a_folder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content = "x") {
    folder_.write(name, content);
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      found.push_back(entry.path().filename().string());
    }
    return found;
  }
  io::temporary_folder folder_;
  lost_files files_{folder_.path().string(), "dump.rdb"};
};

TEST_F(lost_files_in_a_folder, are_named_by_what_they_have) {
  const core::divergence what{.term = 7, .from = 120, .to = 240};
  EXPECT_EQ(files_.path_of(what, core::kept_form::stream), folder_ / "lost-7-120-240.resp");
  EXPECT_EQ(files_.path_of(what, core::kept_form::rdb), folder_ / "lost-7.rdb");
}

TEST_F(lost_files_in_a_folder, the_newest_three_stay_and_nothing_else_is_touched) {
  write("dump.rdb");
  write("redis-agent.json");
  write("lost-and-found.txt");
  write("lost-11.rdb.new");
  write("lost-11-1-2.resp.new-a1B2c3");
  for (const char* name : {"lost-10.rdb", "lost-2-5-9.resp", "lost-9-5-9.resp", "lost-9.rdb"}) {
    write(name);
  }
  files_.thin_out();
  EXPECT_THAT(names(), UnorderedElementsAre("dump.rdb", "redis-agent.json", "lost-and-found.txt",
                                            "lost-10.rdb", "lost-9-5-9.resp", "lost-9.rdb"));
}

TEST_F(lost_files_in_a_folder, a_link_keeps_the_rdb_that_is_replaced) {
  write("dump.rdb", "of the old primary");
  const std::string path = files_.path_of({.term = 3}, core::kept_form::rdb);
  ASSERT_TRUE(files_.link_rdb(path));
  ASSERT_TRUE(files_.link_rdb(path));  // an agent that has restarted meanwhile
  write("temp.rdb", "of the new one");
  std::filesystem::rename(folder_ / "temp.rdb", folder_ / "dump.rdb");
  EXPECT_EQ(read("lost-3.rdb"), "of the old primary");
  EXPECT_THAT(names(), UnorderedElementsAre("dump.rdb", "lost-3.rdb"));
}

TEST_F(lost_files_in_a_folder, without_an_rdb_there_is_no_link) {
  const auto linked = files_.link_rdb(folder_ / "lost-3.rdb");
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().text, testing::HasSubstr("dump.rdb"));
}

TEST_F(lost_files_in_a_folder, room_is_needed_for_the_next_full_sync_too) {
  EXPECT_TRUE(files_.find_room(1));
  const auto room = files_.find_room(std::uint64_t{1} << 60);
  ASSERT_FALSE(room);
  EXPECT_THAT(room.error().text, testing::HasSubstr("the next full sync"));
}

}  // namespace
}  // namespace redis_agent::command
