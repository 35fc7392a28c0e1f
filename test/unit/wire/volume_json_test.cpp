#include "wire/volume_json.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace redis_agent::wire {
namespace {

using testing::HasSubstr;

core::volume_memory full() {
  core::volume_memory m;
  m.cluster_id = "0123456789abcdef";
  m.run_id = "08be88baae3fad37abf6d74427fe65166a2db3d8";
  m.history = {"a", 300, {{"b", core::whole_stream, 7}, {"c", 101, -1, 120}}, 200, true};
  m.keys = 5;
  m.replicas = 2;
  m.is_copying = true;
  m.ended_cleanly = true;
  m.last_end = {"8be", 300, 2, 1, 40};
  m.pods = {{"redis-slave-0", "a", 290, 4}, {"redis-slave-1"}};
  m.pods.back().has_untold_aof = true;
  m.aof_offset = 250;
  m.aof_bytes = 4000;
  m.aof_is_stale = true;
  m.aof_reach = 260;
  m.aof_is_being_made = true;
  m.functions = 2;
  m.noted = {"redis-master-0", "a", 280, 3};
  m.bounds_revision = 4;
  m.opened = {"c", 6, 1};
  m.gone_back = {"d", 90, {{"c", 91}}, 90, true, true, true};
  m.dismissed_rdb = {"c", 90, 1'709'251'199, 7, 2, true};
  return m;
}

TEST(volume_json, is_one_line_that_a_person_can_read) {
  EXPECT_EQ(render_volume_memory(full()),
            "{\"format\":2,\"cluster_id\":\"0123456789abcdef\","
            "\"run_id\":\"08be88baae3fad37abf6d74427fe65166a2db3d8\","
            "\"history\":{\"id\":\"a\",\"offset\":300,\"begin\":200,\"is_estimate\":true,"
            "\"ancestors\":[{\"id\":\"b\",\"end\":9223372036854775807,\"begin\":7},"
            "{\"id\":\"c\",\"end\":101,\"begin\":-1,\"reach\":120}]},"
            "\"keys\":5,\"replicas\":2,\"is_copying\":true,\"ended_cleanly\":true,"
            "\"functions\":2,"
            "\"pods\":[{\"name\":\"redis-slave-0\",\"history_id\":\"a\",\"offset\":290,"
            "\"keys\":4},{\"name\":\"redis-slave-1\",\"history_id\":\"\",\"offset\":0,"
            "\"keys\":0,\"has_untold_aof\":true}],"
            "\"aof_offset\":250,\"aof_bytes\":4000,\"aof_is_stale\":true,\"aof_reach\":260,"
            "\"aof_is_being_made\":true,\"of_run\":\"08be88baae3fad37abf6d74427fe65166a2db3d8\","
            "\"gone_back\":{\"id\":\"d\",\"offset\":90,\"begin\":90,\"is_estimate\":true,"
            "\"ancestors\":[{\"id\":\"c\",\"end\":91,\"begin\":-1}],\"is_stale\":true,"
            "\"may_be_remade\":true},"
            "\"dismissed_rdb\":{\"replid\":\"c\",\"offset\":90,\"expiring_keys\":2,"
            "\"has_functions\":true,\"saved_at\":1709251199,\"keys\":7},"
            "\"noted\":{\"pod\":\"redis-master-0\",\"id\":\"a\",\"offset\":280,"
            "\"bounds_revision\":3},\"bounds_revision\":4,"
            "\"opened\":{\"stream\":\"c\",\"keys\":6,\"functions\":1,\"revision\":0},"
            "\"last_end\":{\"run_id\":\"8be\",\"offset\":300,\"replicas\":2,"
            "\"acknowledged\":1,\"unacknowledged_bytes\":40}}\n");
}

TEST(volume_json, is_read_back_as_it_was) {
  for (const core::volume_memory& m : {full(), core::volume_memory{}}) {
    const auto read = parse_volume_memory(render_volume_memory(m));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, m);
  }
}

// Of what a server and an agent may say of themselves: text, and any numbers. No stream has an
// offset before its beginning.
rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(
      rc::gen::map(rc::gen::inRange(0, 128), [](int code) { return static_cast<char>(code); }));
}

RC_GTEST_PROP(volume_json, is_read_back_whatever_is_remembered,
              (std::int64_t offset, std::int64_t keys,
               std::vector<std::pair<std::int64_t, std::int64_t>> ends, bool is_set)) {
  core::volume_memory m;
  m.cluster_id = *any_text();
  m.run_id = *any_text();
  m.history = {"id", std::max<std::int64_t>(offset, 0)};
  m.history.is_estimate = m.is_copying = is_set;
  for (const auto& [end, begin] : ends) {
    const std::string id = "id-" + std::to_string(m.history.ancestors.size());
    core::add_ancestor(m.history,
                       {id, std::max<std::int64_t>(end, 0), std::max<std::int64_t>(begin, -1)});
  }
  m.keys = keys;
  m.ended_cleanly = !is_set;
  if (is_set) m.aof_offset = offset;
  m.pods = {{"redis-slave-0", *any_text(), offset, keys}};
  const auto read = parse_volume_memory(render_volume_memory(m));
  RC_ASSERT(static_cast<bool>(read));
  RC_ASSERT(*read == m);
}

TEST(volume_json, keeps_what_a_later_version_adds) {
  std::string text = render_volume_memory(full());
  text.insert(1, "\"later\":[{\"more\":1}],\"latest\":null,");
  auto read = parse_volume_memory(text);
  ASSERT_TRUE(read);
  core::volume_memory expected = full();
  expected.unknown_fields = "{\"later\":[{\"more\":1}],\"latest\":null}";
  EXPECT_EQ(*read, expected);

  read->keys = 6;
  const std::string rewritten = render_volume_memory(*read);
  EXPECT_THAT(rewritten, HasSubstr("\"later\":[{\"more\":1}],\"latest\":null"));
  EXPECT_THAT(rewritten, HasSubstr("\"keys\":6"));
  EXPECT_EQ(*parse_volume_memory(rewritten), *read);
}

TEST(volume_json, drops_what_a_version_that_does_not_know_it_has_carried_into_another_run) {
  std::string text = render_volume_memory(full());
  const std::string run = "\"run_id\":\"08be";
  text.replace(text.find(run), run.size(), "\"run_id\":\"19cf");
  const auto read = parse_volume_memory(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->aof_bytes, std::nullopt);
  EXPECT_EQ(read->aof_reach, 260) << "it stopped there, which it may have noted itself";
  EXPECT_TRUE(read->aof_is_being_made) << "or not there";
  EXPECT_EQ(read->opened, std::nullopt);
  EXPECT_EQ(read->aof_offset, full().aof_offset);
  EXPECT_EQ(read->functions, 2) << "that there was data holds";
}

TEST(volume_json, of_a_version_that_told_no_aof_in_the_making_bounds_none_that_may_be_whole) {
  core::volume_memory m = full();
  m.aof_is_being_made = false;
  const std::string text = render_volume_memory(m);
  EXPECT_FALSE(parse_volume_memory(text)->aof_is_being_made);
  std::string before = text;
  const std::string told = "\"aof_is_being_made\":false,";
  before.erase(before.find(told), told.size());
  EXPECT_TRUE(parse_volume_memory(before)->aof_is_being_made);
}

TEST(volume_json, lets_no_unknown_field_take_the_place_of_a_known_one) {
  core::volume_memory m = full();
  m.unknown_fields = "{\"keys\":99,\"is_copying\":false}";
  const auto read = parse_volume_memory(render_volume_memory(m));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->keys, 5);
  EXPECT_TRUE(read->is_copying);
}

TEST(volume_json, of_a_version_before_has_no_pods_and_no_offset_of_an_aof) {
  const auto read = parse_volume_memory(
      "{\"cluster_id\":\"x\",\"run_id\":\"r\",\"history\":{\"id\":\"a\",\"offset\":3,"
      "\"begin\":-1,\"is_estimate\":false,\"ancestors\":[]},\"keys\":1,\"replicas\":2,"
      "\"is_copying\":false,\"ended_cleanly\":false}\n");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->pods.empty());
  EXPECT_EQ(read->aof_offset, std::nullopt);
  EXPECT_EQ(read->dismissed_rdb, std::nullopt);
  EXPECT_EQ(read->unknown_fields, "");
  EXPECT_EQ(read->replicas, 2);
}

TEST(volume_json, reads_no_pod_without_a_name_and_none_of_another_kind) {
  std::string text = render_volume_memory(full());
  text.replace(text.find("\"pods\":["), 8, "\"pods\":[7,{},{\"keys\":3},");
  const auto read = parse_volume_memory(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pods, full().pods);
}

TEST(volume_json, a_file_without_what_decides_is_no_memory) {
  for (const std::string field : {"keys", "replicas", "is_copying", "ended_cleanly"}) {
    std::string text = render_volume_memory(full());
    text.replace(text.find("\"" + field + "\""), field.size() + 2, "\"other\"");
    const auto read = parse_volume_memory(text);
    ASSERT_FALSE(read) << field;
    EXPECT_THAT(read.error().text, HasSubstr("lacks keys, replicas, is_copying or ended_cleanly"));
  }
}

TEST(volume_json, a_number_that_is_a_text_is_missing) {
  std::string text = render_volume_memory(full());
  text.replace(text.find(":5,"), 2, ":\"5\"");
  EXPECT_FALSE(parse_volume_memory(text));
}

TEST(volume_json, is_no_memory_in_any_other_form) {
  const std::string whole = render_volume_memory(full());
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("null"), std::string(4096, '\0'),
        whole.substr(0, whole.size() / 2), whole + "{}"}) {
    const auto read = parse_volume_memory(text);
    ASSERT_FALSE(read) << text.substr(0, 40);
    EXPECT_EQ(read.error().text, "is no JSON object");
  }
}

TEST(volume_json, reads_each_ancestor_once_and_no_more_than_are_kept) {
  std::string many;
  for (int i = 0; i < 1200; ++i) {
    many += (i == 0 ? "" : ",") + ("{\"id\":\"" + std::to_string(i / 2 + 1)) + "\",\"end\":9}";
  }
  const auto read = parse_volume_memory(
      "{\"history\":{\"id\":\"1\",\"offset\":3,\"ancestors\":[7," + many +
      "]},\"keys\":1,\"replicas\":0,\"is_copying\":false,\"ended_cleanly\":false}");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->history.ancestors.size(), 512U);
  EXPECT_EQ(read->history.ancestors.front(), (core::ancestor{"2", 9}));
  EXPECT_EQ(read->history.ancestors.back(), (core::ancestor{"513", 9}));
}

}  // namespace
}  // namespace redis_agent::wire
