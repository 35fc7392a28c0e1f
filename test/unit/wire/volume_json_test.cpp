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
  m.history = {"a", 300, {{"b", core::whole_stream, 7}, {"c", 101}}, 200, true};
  m.keys = 5;
  m.replicas = 2;
  m.is_copying = true;
  m.ended_cleanly = true;
  m.last_end = {"8be", 300, 2, 1, 40};
  return m;
}

TEST(volume_json, is_one_line_that_a_person_can_read) {
  EXPECT_EQ(render_volume_memory(full()),
            "{\"cluster_id\":\"0123456789abcdef\","
            "\"run_id\":\"08be88baae3fad37abf6d74427fe65166a2db3d8\","
            "\"history\":{\"id\":\"a\",\"offset\":300,\"begin\":200,\"is_estimate\":true,"
            "\"ancestors\":[{\"id\":\"b\",\"end\":9223372036854775807,\"begin\":7},"
            "{\"id\":\"c\",\"end\":101,\"begin\":-1}]},"
            "\"keys\":5,\"replicas\":2,\"is_copying\":true,\"ended_cleanly\":true,"
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
  const auto read = parse_volume_memory(render_volume_memory(m));
  RC_ASSERT(static_cast<bool>(read));
  RC_ASSERT(*read == m);
}

TEST(volume_json, ignores_what_a_later_version_adds) {
  std::string text = render_volume_memory(full());
  text.insert(1, "\"later\":[{\"more\":1}],");
  const auto read = parse_volume_memory(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, full());
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
  for (int i = 0; i < 40; ++i) {
    many += (i == 0 ? "" : ",") + ("{\"id\":\"" + std::to_string(i / 2 + 1)) + "\",\"end\":9}";
  }
  const auto read = parse_volume_memory(
      "{\"history\":{\"id\":\"1\",\"offset\":3,\"ancestors\":[7," + many +
      "]},\"keys\":1,\"replicas\":0,\"is_copying\":false,\"ended_cleanly\":false}");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->history.ancestors.size(), 16U);
  EXPECT_EQ(read->history.ancestors.front(), (core::ancestor{"2", 9}));
  EXPECT_EQ(read->history.ancestors.back(), (core::ancestor{"17", 9}));
}

}  // namespace
}  // namespace redis_agent::wire
