#include "wire/rdb_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace redis_agent::wire {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

struct saved_file {
  const char* server;
  const char* hexadecimal;  // up to the first database's size
  const char* replid;
  std::int64_t saved_at;
};

// Of primaries with one replica and 8 keys, one of them expiring, at offset 51.
const std::vector<saved_file> files = {
    {"redis-5.0",
     "524544495330303039fa0972656469732d76657205352e302e36fa0a72656469732d62697473c040fa05637469"
     "6d65c2b4ab056bfa08757365642d6d656dc2983e1e00fa0e7265706c2d73747265616d2d6462c000fa07726570"
     "6c2d69642865383564363535356134383734383035366163373365633836353162643237306665393837376535"
     "fa0b7265706c2d6f6666736574c033fa0c616f662d707265616d626c65c000fe00fb0801",
     "e85d6555a48748056ac73ec8651bd270fe9877e5", 1795533748},
    {"redis-6.2",
     "524544495330303039fa0972656469732d76657206362e322e3134fa0a72656469732d62697473c040fa056374"
     "696d65c2b6ab056bfa08757365642d6d656dc228a61e00fa0e7265706c2d73747265616d2d6462c000fa077265"
     "706c2d696428623265626236323038363531326662306239373137343663323135313831393032366238386536"
     "61fa0b7265706c2d6f6666736574c033fa0c616f662d707265616d626c65c000fe00fb0801",
     "b2ebb62086512fb0b971746c2151819026b88e6a", 1795533750},
    {"redis-7.0",
     "524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa056374"
     "696d65c2bcab056bfa08757365642d6d656dc268a31100fa0e7265706c2d73747265616d2d6462c000fa077265"
     "706c2d696428663266376466323863366563623265396130326532366133393333653564303561306533383564"
     "38fa0b7265706c2d6f6666736574c033fa08616f662d62617365c000fe00fb0801",
     "f2f7df28c6ecb2e9a02e26a3933e5d05a0e385d8", 1795533756},
    {"redis-8.0",
     "524544495330303132fa0972656469732d76657205382e302e32fa0a72656469732d62697473c040fa05637469"
     "6d65c2c2ab056bfa08757365642d6d656dc2603e0e00fa0e7265706c2d73747265616d2d6462c000fa07726570"
     "6c2d69642862323232383463366135316262656432343134646131373230373438303036353838666430383466"
     "fa0b7265706c2d6f6666736574c033fa08616f662d62617365c000fe00fb0801",
     "b22284c6a51bbed2414da1720748006588fd084f", 1795533762},
    {"valkey-8.1",
     "524544495330303131fa0a76616c6b65792d76657205382e312e31fa0a72656469732d62697473c040fa056374"
     "696d65c2c8ab056bfa08757365642d6d656dc248401100fa0e7265706c2d73747265616d2d6462c000fa077265"
     "706c2d696428306436383865323637653730623334373135363635653038666537356135313336656238356534"
     "64fa0b7265706c2d6f6666736574c033fa08616f662d62617365c000fe00fb0801",
     "0d688e267e70b34715665e08fe75a5136eb85e4d", 1795533768},
};

std::string bytes_of(const saved_file& file) {
  std::string bytes;
  const std::string text = file.hexadecimal;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

core::rdb_header parsed(const std::string& bytes) {
  const auto header = parse_rdb_header(bytes);
  EXPECT_TRUE(header) << header.error().text;
  return header ? *header : core::rdb_header{};
}

std::string trouble_of(const std::string& bytes) {
  const auto header = parse_rdb_header(bytes);
  return header ? "none" : header.error().text;
}

std::string field(const std::string& name, const std::string& encoded) {
  return "\xfa" + std::string(1, static_cast<char>(name.size())) + name + encoded;
}

const std::string magic = "REDIS0011";
const std::string seven_keys = "\xfe\0\xfb\7\2"s;

TEST(rdb_header, is_read_of_every_server) {
  for (const saved_file& file : files) {
    const core::rdb_header header = parsed(bytes_of(file));
    EXPECT_EQ(header, (core::rdb_header{file.replid, 51, file.saved_at, 8, 1})) << file.server;
  }
}

TEST(rdb_header, has_no_history_before_the_first_replica) {
  const core::rdb_header header = parsed(magic + seven_keys + "the first key");
  EXPECT_EQ(header, (core::rdb_header{.keys = 7, .expiring_keys = 2}));
}

TEST(rdb_header, of_an_empty_server_has_no_keys) {
  EXPECT_EQ(parsed(magic + "\xff" + "checksum").keys, 0);
}

TEST(rdb_header, of_valkey_9_begins_with_its_name) {
  EXPECT_EQ(parsed("VALKEY080" + seven_keys).keys, 7);
}

TEST(rdb_header, numbers_come_in_every_size) {
  const auto offset = [](const std::string& encoded) {
    return parsed(magic + field("repl-offset", encoded) + "\xff").offset;
  };
  EXPECT_EQ(offset("\xc0\x7f"), 127);
  EXPECT_EQ(offset("\xc1\x00\x01"s), 256);
  EXPECT_EQ(offset("\xc2\xff\xff\xff\x7f"), 2'147'483'647);
  EXPECT_EQ(offset("\x0a"
                   "4294967296"),
            4'294'967'296);
  EXPECT_EQ(offset("\xc0\xff"), -1);
  EXPECT_EQ(offset("\xc0\xfe"), -1) << "no stream has an offset before its beginning";
}

TEST(rdb_header, counts_come_in_every_size) {
  const auto keys = [](const std::string& encoded) {
    return parsed(magic + "\xfe\0\xfb"s + encoded + "\0"s).keys;
  };
  EXPECT_EQ(keys("\x3f"), 63);
  EXPECT_EQ(keys("\x43\xe8"), 1000);
  EXPECT_EQ(keys("\x80\x00\x0f\x42\x40"s), 1'000'000);
  EXPECT_EQ(keys("\x81\x00\x00\x00\x01\x00\x00\x00\x00"s), 4'294'967'296);
}

TEST(rdb_header, passes_over_fields_that_say_nothing_sensible) {
  const std::string fields = field("repl-id", "\5short") + field("repl-offset", "\1x") +
                             field("ctime", "\xc0\xff") + field("unknown", "\1x");
  EXPECT_EQ(parsed(magic + fields + seven_keys), parsed(magic + seven_keys));
  const std::string compressed =
      "\xc3\2\x14"
      "zz";
  EXPECT_EQ(parsed(magic + field("repl-id", compressed) + seven_keys).keys, 7);
}

TEST(rdb_header, passes_over_functions) {
  EXPECT_EQ(parsed(magic + "\xf5\7#!lua x" + seven_keys).keys, 7);
  EXPECT_EQ(parsed(magic + "\xf5\x7f\xff#!lua x").keys, std::nullopt)
      << "a long one hides the rest";
}

TEST(rdb_header, says_that_there_are_functions) {
  EXPECT_FALSE(parsed(magic + seven_keys).has_functions);
  EXPECT_TRUE(parsed(magic + "\xf5\7#!lua x" + seven_keys).has_functions);
  EXPECT_TRUE(parsed(magic + "\xf5\x7f\xff#!lua x").has_functions) << "a long one";
  EXPECT_TRUE(parsed(magic + "\xf6whatever").has_functions) << "as before 7.0 was released";
  EXPECT_TRUE(parsed(magic + "\xf5\7#!lua x" + "\xff").has_functions) << "and no key";
}

TEST(rdb_header, ends_where_a_module_begins) {
  const core::rdb_header header = parsed(magic + field("ctime", "\xc0\1") + "\xf7whatever");
  EXPECT_EQ(header.saved_at, 1);
  EXPECT_EQ(header.keys, std::nullopt);
}

TEST(rdb_header, of_what_is_no_rdb_is_a_failure) {
  for (const std::string& bytes : {""s, "REDIS"s, "REDIS001"s, "REDIS00x1"s, "REDIT0011"s,
                                   "VALKEY08"s, std::string(4096, '\0')}) {
    EXPECT_EQ(trouble_of(bytes), "does not begin as an RDB does") << bytes.substr(0, 20);
  }
}

TEST(rdb_header, of_a_broken_file_is_a_failure) {
  EXPECT_EQ(trouble_of(magic), "ends within its header");
  EXPECT_EQ(trouble_of(magic + "\xfe"), "ends within its header");
  EXPECT_EQ(trouble_of(magic + field("name", "\x20short")), "ends within its header");
  EXPECT_EQ(trouble_of(magic + field("name", "\xc4")), "has a text of an unknown kind");
  EXPECT_EQ(trouble_of(magic + "\xfe\xc0"), "has a broken length");
  EXPECT_EQ(trouble_of(magic + "\xfe\0\xfb\1\2"s), "has a broken key count");
  EXPECT_EQ(trouble_of(magic + "\xfe\0\xfb\x81"s + std::string(8, '\xff') + '\0'),
            "has a broken key count");
  EXPECT_EQ(trouble_of(magic + "\1"), "has the byte 1 where a field or a database begins");
}

TEST(rdb_header, of_a_part_is_a_failure) {
  for (const saved_file& file : files) {
    const std::string whole = bytes_of(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(parse_rdb_header(whole.substr(0, size))) << file.server << ": " << size;
    }
  }
}

RC_GTEST_PROP(rdb_header, of_anything_is_a_header_or_says_why_not, ()) {
  std::string bytes = bytes_of(*rc::gen::elementOf(files));
  const auto changed = *rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, bytes.size()), rc::gen::arbitrary<char>()));
  for (const auto& [at, byte] : changed) bytes[at] = byte;
  bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size() + 1));
  const auto header = parse_rdb_header(bytes);
  RC_ASSERT(static_cast<bool>(header) || !header.error().text.empty());
}

}  // namespace
}  // namespace redis_agent::wire
