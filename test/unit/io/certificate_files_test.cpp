#include "io/certificate_files.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/io/made_certificates.hpp"
#include "unit/io/temporary_folder.hpp"

namespace redis_agent::io {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::SizeIs;

const made_certificate authority = make_authority();

made_certificate made(made_certificate::wanted w, const made_certificate& above = authority) {
  w.names = "DNS:redis-0.redis";
  return made_certificate(w, &above);
}

core::certificate_facts look(const certificate_files& files) { return look_into(files); }

TEST(certificate_files, tell_what_is_in_them) {
  const made_certificate own = made({});
  const core::certificate_facts facts = look(files_of(own, authority));
  EXPECT_EQ(facts.unread, "");
  EXPECT_EQ(facts.untrusted, "");
  EXPECT_TRUE(facts.key_fits && facts.may_serve && facts.may_ask);
  EXPECT_EQ(facts.valid_until, own.ends());
  EXPECT_EQ(facts.authority_until, authority.ends());
  EXPECT_FALSE(facts.ends_between);
  EXPECT_THAT(facts.fingerprint, SizeIs(64));
}

TEST(certificate_files, tell_what_is_wrong_with_them) {
  const made_certificate own = made({});
  const made_certificate other = make_authority();
  EXPECT_NE(look(files_of(own, other)).untrusted, "");
  certificate_files files = files_of(own, authority);
  files.key = core::secret(made({}).key());
  EXPECT_FALSE(look(files).key_fits);
  EXPECT_FALSE(look(files_of(made({.usages = "serverAuth"}), authority)).may_ask);
  EXPECT_FALSE(look(files_of(made({.usages = "clientAuth"}), authority)).may_serve);
  const certificate_files good = files_of(own, authority);
  const std::string half = good.certificate.substr(0, good.certificate.size() / 2);
  for (const auto& [broken, words] :
       {std::pair(certificate_files{half, good.key, good.authorities}, "tls.crt has no"),
        std::pair(certificate_files{good.certificate, core::secret("x"), good.authorities},
                  "tls.key has no private key"),
        std::pair(certificate_files{good.certificate, good.key, ""}, "ca.crt has no"),
        std::pair(certificate_files{good.certificate, good.key, good.authorities + half},
                  "ca.crt has no")}) {
    EXPECT_THAT(look(broken).unread, HasSubstr(words));
  }
}

TEST(certificate_files, tell_the_first_end_of_all_authorities) {
  const made_certificate between({.is_authority = true, .until = 5000}, &authority);
  const made_certificate own = made({}, between);
  certificate_files files = files_of(own, authority);
  EXPECT_NE(look(files).untrusted, "") << "what is between is missing";
  files.certificate += between.text();
  const core::certificate_facts facts = look(files);
  EXPECT_EQ(facts.untrusted, "");
  EXPECT_TRUE(facts.ends_between);
  EXPECT_EQ(facts.authority_until, between.ends());
  EXPECT_EQ(facts.valid_until, own.ends());
}

TEST(certificate_files, write_each_authority_in_one_way) {
  const made_certificate other = make_authority();
  const std::string both = "about it\n" + authority.text() + "\n\n" + other.text();
  EXPECT_THAT(split_authorities(both), testing::ElementsAre(authority.text(), other.text()));
  EXPECT_THAT(split_authorities("x"), testing::IsEmpty());
}

class installed : public testing::Test {
 protected:
  void install(const certificate_files& files, bool is_for_group) {
    const auto done = install_certificates(link_, files, is_for_group);
    ASSERT_TRUE(done) << done.error().text;
  }

  static struct stat status_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status;
  }

  static unsigned mode_of(const std::string& path) { return status_of(path).st_mode & 07777U; }

  temporary_folder folder_;
  const std::string link_ = folder_ / "tls";
  const certificate_files files_ = files_of(made({}), authority);
};

TEST_F(installed, have_exactly_the_mode_that_is_asked_for) {
  for (const mode_t mask : {0000U, 0077U, 0027U}) {
    const mode_t before = ::umask(mask);
    for (const bool is_for_group : {false, true}) {
      install(files_, is_for_group);
      for (const char* const name : {"/tls.crt", "/tls.key", "/ca.crt"}) {
        EXPECT_EQ(mode_of(link_ + name), is_for_group ? 0640U : 0600U) << name << " " << mask;
      }
      EXPECT_EQ(mode_of(link_), 0755U);
    }
    ::umask(before);
  }
}

// As the kubelet makes a volume for an fsGroup.
TEST_F(installed, are_of_the_group_that_the_volume_hands_on) {
  const bool is_root = ::geteuid() == 0;
  const gid_t group = is_root ? 4242 : ::getegid();
  ASSERT_EQ(::chown(folder_.path().c_str(), static_cast<uid_t>(-1), group), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 02775), 0);
  install(files_, true);
  EXPECT_EQ(mode_of(link_), 02755U);
  for (const char* const name : {"", "/tls.crt", "/tls.key", "/ca.crt"}) {
    EXPECT_EQ(status_of(link_ + name).st_gid, group) << name;
  }
  EXPECT_EQ(mode_of(link_ + "/tls.key"), 0640U);
}

TEST_F(installed, replace_all_that_was_there_in_one_step) {
  install(files_, false);
  const std::string first = fs::read_symlink(link_).string();
  const certificate_files next = files_of(made({}), authority);
  install(next, false);
  EXPECT_NE(fs::read_symlink(link_).string(), first);
  const auto present = read_certificates(link_);
  ASSERT_TRUE(present);
  EXPECT_EQ(present->certificate, next.certificate);
  EXPECT_EQ(present->key.reveal(), next.key.reveal());
  // Who has just opened the one before reads it to its end; those before that are gone.
  for (int i = 0; i < 3; ++i) install(next, false);
  EXPECT_FALSE(fs::exists(folder_ / first));
  std::size_t left = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    if (entry.is_directory() && !entry.is_symlink()) ++left;
  }
  EXPECT_LE(left, 2U);
}

TEST_F(installed, leave_nothing_behind_where_they_cannot_be) {
  fs::create_directory(folder_ / "full");
  fs::create_directory(folder_ / "full/tls");
  EXPECT_FALSE(install_certificates(folder_ / "full/tls", files_, false));
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_ / "full")) ++left;
  EXPECT_EQ(left, 1U);
}

TEST_F(installed, are_read_from_one_state_of_a_secret) {
  for (const char* const state : {"..1", "..2"}) {
    fs::create_directory(folder_ / state);
    for (const char* const name : {"tls.crt", "tls.key", "ca.crt"}) {
      folder_.write(std::string(state) + "/" + name, std::string(name) + state);
    }
  }
  fs::create_directory_symlink("..2", folder_ / "..data");
  for (const char* const name : {"tls.crt", "tls.key", "ca.crt"}) {
    fs::create_symlink(std::string("..data/") + name, folder_ / name);
  }
  const auto read = read_certificates(folder_.path().string());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->certificate, "tls.crt..2");
  EXPECT_EQ(read->key.reveal(), "tls.key..2");
  EXPECT_EQ(read->authorities, "ca.crt..2");
  fs::remove(folder_ / "..2/tls.key");
  const auto lacking = read_certificates(folder_.path().string());
  ASSERT_FALSE(lacking);
  EXPECT_THAT(lacking.error().text, HasSubstr("tls.key: No such file"));
}

}  // namespace
}  // namespace redis_agent::io
