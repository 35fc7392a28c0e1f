#include "io/atomic_file.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "unit/io/in_child.hpp"
#include "unit/io/temporary_folder.hpp"

namespace redis_agent::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t plenty = 1 << 20;

std::string outcome(const core::result<std::string>& result) {
  return result ? "done: " + *result : result.error().text;
}

unsigned mode_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

std::size_t files_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(read_file, returns_every_byte) {
  const temporary_folder folder;
  const std::string bytes("a\0b\n\xff", 5);
  const auto path = folder.write("f", bytes);
  EXPECT_EQ(*read_file(path, 5), bytes);
  EXPECT_EQ(*read_file(folder.write("empty", ""), 0), "");
}

TEST(read_file, reads_what_has_no_size) {  // /proc and the cgroup's files say 0
  EXPECT_THAT(*read_file("/proc/self/status", plenty), StartsWith("Name:"));
}

TEST(read_file, refuses_a_file_that_is_too_large) {
  const temporary_folder folder;
  const auto path = folder.write("f", "123456");
  EXPECT_EQ(outcome(read_file(path, 5)), "read " + path + ": larger than 5 bytes");
}

TEST(read_file, names_the_path_of_what_it_cannot_read) {
  const temporary_folder folder;
  EXPECT_EQ(outcome(read_file(folder / "none", plenty)),
            "open " + (folder / "none") + ": No such file or directory");
  EXPECT_EQ(outcome(read_file(folder.path(), plenty)),
            "read " + folder.path().string() + ": Is a directory");
}

TEST(read_beginning, returns_the_first_bytes_or_all_that_there_are) {
  const temporary_folder folder;
  const auto path = folder.write("f", "123456");
  EXPECT_EQ(*read_beginning(path, 5), "12345");
  EXPECT_EQ(*read_beginning(path, plenty), "123456");
  EXPECT_EQ(*read_beginning(folder.write("long", std::string(50'000, 'x')), 40'000),
            std::string(40'000, 'x'));
  EXPECT_EQ(outcome(read_beginning(folder.path(), plenty)),
            "read " + folder.path().string() + ": Is a directory");
}

TEST(replace_file, makes_the_file_with_the_exact_mode) {
  const temporary_folder folder;
  const mode_t before = ::umask(0077);
  for (const unsigned mode : {0600U, 0644U, 0666U, 0400U}) {
    const auto path = folder / std::to_string(mode);
    EXPECT_EQ(outcome(replace_file(path, "content", mode)), "done: ");
    EXPECT_EQ(mode_of(path), mode);
    EXPECT_EQ(*read_file(path, plenty), "content");
  }
  ::umask(before);
  EXPECT_EQ(files_in(folder.path()), 4U);
}

TEST(replace_file, replaces_what_was_there_without_touching_it) {
  const temporary_folder folder;
  const auto path = folder.write("redis.conf", "old");
  const int old_file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(outcome(replace_file(path, "new", 0600)), "done: ");
  char bytes[3] = {};
  EXPECT_EQ(::pread(old_file, bytes, sizeof(bytes), 0), 3);
  EXPECT_EQ(std::string(bytes, 3), "old");  // who reads it while it is replaced reads it whole
  ::close(old_file);
  EXPECT_EQ(*read_file(path, plenty), "new");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(replace_file, makes_missing_folders) {
  const temporary_folder folder;
  const auto path = folder / "a/b//c/redis.conf";
  EXPECT_EQ(outcome(replace_file(path, "x", 0600)), "done: ");
  EXPECT_EQ(*read_file(path, plenty), "x");
  EXPECT_EQ(mode_of(folder / "a/b"), 0755U);
}

TEST(replace_file, takes_a_bare_name_as_one_in_the_working_folder) {
  const temporary_folder folder;
  const auto result = in_child([&] {
    if (::chdir(folder.path().c_str()) != 0) return std::string("chdir failed");
    return outcome(replace_file("bare", "x", 0600));
  });
  EXPECT_EQ(result, "done: ");
  EXPECT_EQ(*read_file(folder / "bare", plenty), "x");
}

TEST(replace_file, writes_what_takes_many_system_calls) {
  const temporary_folder folder;
  const std::string large(10 << 20, 'x');
  EXPECT_EQ(outcome(replace_file(folder / "f", large, 0600)), "done: ");
  EXPECT_EQ(*read_file(folder / "f", large.size()), large);
}

TEST(replace_file, fails_whole_when_the_parent_is_a_file) {
  const temporary_folder folder;
  folder.write("file", "old");
  EXPECT_THAT(
      outcome(replace_file(folder / "file/redis.conf", "x", 0600)),
      AllOf(StartsWith("create " + (folder / "file/redis.conf.")), HasSubstr(": Not a directory")));
  EXPECT_EQ(*read_file(folder / "file", plenty), "old");
}

TEST(replace_file, fails_whole_when_the_target_is_a_folder) {
  const temporary_folder folder;
  std::filesystem::create_directories(folder.path() / "target" / "inner");
  EXPECT_EQ(outcome(replace_file(folder / "target", "x", 0600)),
            "rename a temporary file to " + (folder / "target") + ": Is a directory");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

class leftovers : public testing::Test {
 protected:
  bool is_there(const std::string& name) { return std::filesystem::exists(folder_ / name); }

  temporary_folder folder_;
};

TEST_F(leftovers, of_a_killed_process_are_taken_away) {
  const auto path = folder_.write("redis-agent.json", "old");
  // Killed where the file is written: the new one is left, and the old one is as it was.
  const auto result = in_child([&] {
    const rlimit limit{10000, 10000};
    ::setrlimit(RLIMIT_FSIZE, &limit);  // and SIGXFSZ ends it
    return outcome(replace_file(path, std::string(20000, 'x'), 0600));
  });
  ASSERT_EQ(result, "killed by signal " + std::to_string(SIGXFSZ));
  ASSERT_EQ(files_in(folder_.path()), 2U);
  remove_leftovers_of(path);
  EXPECT_EQ(files_in(folder_.path()), 1U);
  EXPECT_EQ(*read_file(path, plenty), "old");
}

TEST_F(leftovers, are_not_what_is_called_otherwise) {
  const std::vector<std::string> others = {"redis-agent.json",
                                           "redis-agent.json.new-",
                                           "redis-agent.json.new-12345",
                                           "redis-agent.json.new-1234567",
                                           "redis-agent.json.123456",
                                           "other.json.new-123456",
                                           "my-redis-agent.json.new-123456"};
  for (const std::string& name : others) folder_.write(name, "x");
  folder_.write("redis-agent.json.new-aB3xYz", "x");
  remove_leftovers_of(folder_ / "redis-agent.json");
  EXPECT_FALSE(is_there("redis-agent.json.new-aB3xYz"));
  for (const std::string& name : others) EXPECT_TRUE(is_there(name)) << name;
}

TEST_F(leftovers, of_a_folder_that_is_not_there_are_none) {
  remove_leftovers_of(folder_ / "nothing/redis-agent.json");
  remove_leftovers_of("redis-agent.json");
  EXPECT_EQ(files_in(folder_.path()), 0U);
}

// The kernel writes up to the limit (a short write), and the next write fails.
TEST(replace_file, leaves_the_old_file_and_no_other_when_a_write_fails) {
  const temporary_folder folder;
  const auto path = folder.write("redis.conf", "old");
  const auto result = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{10000, 10000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return outcome(replace_file(path, std::string(20000, 'x'), 0600));
  });
  EXPECT_THAT(result, AllOf(StartsWith("write " + path), HasSubstr(": File too large")));
  EXPECT_EQ(*read_file(path, plenty), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(replace_file, leaves_the_old_file_and_no_other_on_a_folder_of_somebody_else) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  const temporary_folder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const auto path = folder.write("redis.conf", "old");
  const auto result = in_child([&] {
    if (::setresuid(65534, 65534, 65534) != 0) return std::string("setresuid failed");
    return outcome(replace_file(path, "new", 0600)) + "\n" +
           outcome(replace_file(folder / "inner/redis.conf", "new", 0600));
  });
  EXPECT_THAT(result,
              AllOf(StartsWith("create " + path), HasSubstr(": Permission denied\n"),
                    HasSubstr("make the folder " + (folder / "inner") + ": Permission denied")));
  EXPECT_EQ(*read_file(path, plenty), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

// On a small file system of its own, in a mount namespace of the child's.
class replace_file_on_a_mount : public testing::Test {
 protected:
  std::string on_tmpfs(const std::function<std::string(const std::string& mount)>& function) {
    return in_child([&]() -> std::string {
      const auto* where = folder_.path().c_str();
      if (::unshare(CLONE_NEWNS) != 0 ||
          ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", where, "tmpfs", 0, "size=64k") != 0) {
        return "cannot mount";
      }
      return function(where);
    });
  }

 private:
  temporary_folder folder_;
};

TEST_F(replace_file_on_a_mount, says_that_the_disk_is_full_and_leaves_nothing) {
  const auto result = on_tmpfs([](const std::string& mount) {
    const auto path = mount + "/redis.conf";
    const auto before = outcome(replace_file(path, "old", 0600));
    const auto failed = outcome(replace_file(path, std::string(200000, 'x'), 0600));
    return before + "|" + failed + "|" + *read_file(path, plenty) + "|" +
           std::to_string(files_in(mount));
  });
  if (result == "cannot mount") GTEST_SKIP() << "needs the right to mount";
  EXPECT_THAT(result, AllOf(StartsWith("done: |write "), HasSubstr("/redis.conf."),
                            HasSubstr(": No space left on device|old|1")));
}

TEST_F(replace_file_on_a_mount, says_that_the_disk_is_read_only) {
  const auto result = on_tmpfs([](const std::string& mount) -> std::string {
    if (::mount("none", mount.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      return "cannot mount";
    }
    return outcome(replace_file(mount + "/redis.conf", "x", 0600)) + "|" +
           outcome(replace_file(mount + "/inner/redis.conf", "x", 0600));
  });
  if (result == "cannot mount") GTEST_SKIP() << "needs the right to mount";
  EXPECT_THAT(result, AllOf(StartsWith("create "), HasSubstr("/redis.conf."),
                            HasSubstr(": Read-only file system|make the folder "),
                            HasSubstr("/inner: Read-only file system")));
}

TEST(replacement, is_there_whole_or_not_at_all) {
  const temporary_folder folder;
  const std::string path = folder.write("stream", "old");
  {
    replacement given_up(path, 0600);
    ASSERT_TRUE(given_up.append("ne"));
  }
  EXPECT_EQ(read_file(path, 100).value(), "old");
  replacement anew(path, 0600);
  ASSERT_TRUE(anew.append("ne"));
  ASSERT_TRUE(anew.append("w"));
  EXPECT_EQ(read_file(path, 100).value(), "old");
  ASSERT_TRUE(anew.commit());
  EXPECT_EQ(read_file(path, 100).value(), "new");
  const std::filesystem::directory_iterator files(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(replacement, repeats_its_first_failure) {
  const temporary_folder folder;
  replacement nowhere(folder / "missing/stream", 0600);
  const auto appended = nowhere.append("x");
  ASSERT_FALSE(appended);
  EXPECT_THAT(appended.error().text, testing::HasSubstr("missing/stream"));
  EXPECT_FALSE(nowhere.commit());
}

}  // namespace
}  // namespace redis_agent::io
