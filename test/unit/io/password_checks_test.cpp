#include "io/password_checks.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <future>
#include <gtest/gtest.h>
#include <vector>

#include "io/bcrypt.hpp"
#include "unit/io/run_coroutine.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using answer = password_checks::answer;

// Of the password "U*U" and of 72 bytes and more: openwall's test vectors for crypt_blowfish.
constexpr const char* hash_of_u = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

TEST(bcrypt, knows_the_password_of_a_hash) {
  EXPECT_TRUE(is_password_of(hash_of_u, core::secret("U*U")));
  EXPECT_FALSE(is_password_of(hash_of_u, core::secret("U*u")));
  EXPECT_FALSE(is_password_of(hash_of_u, core::secret("")));
  // As htpasswd writes it.
  std::string by_another_name = hash_of_u;
  by_another_name[2] = 'y';
  EXPECT_TRUE(is_password_of(by_another_name, core::secret("U*U")));
}

TEST(bcrypt, takes_no_other_hash) {
  for (const char* hash : {"", "*0", "*1", "$2a$05$", "$1$salt$", "plain"}) {
    EXPECT_FALSE(is_password_of(hash, core::secret("U*U"))) << hash;
    EXPECT_FALSE(is_password_of(hash, core::secret(hash))) << hash;
  }
}

// The password of a hash is the hash itself; each comparison is counted, and waits to be let go.
class password_checks_test : public testing::Test {
 protected:
  password_checks_test()
      : gate_(may_go_.get_future().share()),
        checks_(context_, [this](const std::string& hash, const core::secret& password) {
          ++compared_;
          gate_.wait();
          return hash == password.reveal();
        }) {}
  ~password_checks_test() override { let_go(); }

  void let_go() {
    if (!std::exchange(is_let_go_, true)) may_go_.set_value();
  }

  answer check(const std::string& user, const std::string& password) {
    return run(context_, checks_.check(config_, {user, core::secret(password)}));
  }

  // Begins now; its answer comes into the vector.
  void begin(const std::string& user, const std::string& password) {
    asio::co_spawn(context_, checks_.check(config_, {user, core::secret(password)}),
                   [this](const std::exception_ptr&, answer said) { said_.push_back(said); });
    context_.restart();
    context_.poll();
  }

  const core::web_config config_{.users = {{"anna", "a"}, {"ben", "b"}}};
  std::promise<void> may_go_;
  std::shared_future<void> gate_;
  bool is_let_go_ = false;
  std::atomic<int> compared_ = 0;
  std::vector<answer> said_;
  asio::io_context context_;
  password_checks checks_;
};

TEST_F(password_checks_test, tells_right_from_wrong) {
  let_go();
  EXPECT_EQ(check("anna", "a"), answer::right);
  EXPECT_EQ(check("anna", "b"), answer::wrong);
  EXPECT_EQ(check("ben", "b"), answer::right);
}

// It is compared with somebody's hash, so that it takes as long, and whatever comes of it is no.
TEST_F(password_checks_test, a_stranger_is_wrong_with_any_password) {
  let_go();
  EXPECT_EQ(check("carl", "a"), answer::wrong);
  EXPECT_EQ(check("carl", "b"), answer::wrong);
  EXPECT_EQ(compared_, 2);
}

TEST_F(password_checks_test, an_answer_is_remembered) {
  let_go();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(check("anna", "a"), answer::right);
    EXPECT_EQ(check("anna", "x"), answer::wrong);
  }
  EXPECT_EQ(compared_, 2);
}

TEST_F(password_checks_test, what_strangers_try_does_not_push_out_who_is_known) {
  let_go();
  EXPECT_EQ(check("anna", "a"), answer::right);
  for (int i = 0; i < 600; ++i) check("anna", "guess " + std::to_string(i));
  const int before = compared_;
  EXPECT_EQ(check("anna", "a"), answer::right);
  EXPECT_EQ(compared_, before);
}

TEST_F(password_checks_test, the_same_question_is_compared_once_for_all_who_wait) {
  for (int i = 0; i < 40; ++i) begin("anna", "a");
  EXPECT_TRUE(said_.empty());
  let_go();
  EXPECT_EQ(check("anna", "a"), answer::right);
  while (said_.size() < 40) context_.restart(), context_.run_one();
  EXPECT_EQ(said_, std::vector<answer>(40, answer::right));
  EXPECT_EQ(compared_, 1);
}

TEST_F(password_checks_test, of_too_many_the_last_are_turned_away) {
  for (int i = 0; i < 20; ++i) begin("anna", "guess " + std::to_string(i));
  EXPECT_EQ(said_, std::vector<answer>(4, answer::busy));
  let_go();
  while (said_.size() < 20) context_.restart(), context_.run_one();
  EXPECT_EQ(check("anna", "a"), answer::right);
}

}  // namespace
}  // namespace redis_agent::io
