#include "io/password_checks.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <utility>

#include "io/bcrypt.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;

constexpr std::size_t running_max = 16;
constexpr std::size_t known_max = 256;

std::string draw_salt() {
  std::random_device chance;
  std::string salt;
  for (int i = 0; i < 8; ++i) salt += std::to_string(chance()) + " ";
  return salt;
}

}  // namespace

struct password_checks::running {
  explicit running(asio::io_context& context)
      : is_over(context, asio::steady_timer::time_point::max()) {}

  asio::steady_timer is_over;  // is cancelled then
  answer said = answer::busy;
};

password_checks::password_checks(asio::io_context& context)
    : password_checks(context, is_password_of) {}

password_checks::password_checks(asio::io_context& context, comparison compare)
    : salt_(draw_salt()), context_(context), compare_(std::move(compare)), worker_(context) {}

asio::awaitable<password_checks::answer> password_checks::check(const core::web_config& config,
                                                                core::web_login login) {
  const core::password_question question = core::question_of(config, login, salt_);
  const auto known = known_.find(question.mark);
  if (known != known_.end()) co_return known->second ? answer::right : answer::wrong;
  if (running_.find(question.mark) == running_.end()) {
    if (running_.size() >= running_max) co_return answer::busy;
    begin(question, std::move(login.password));
  }
  const std::shared_ptr<running> asked = running_[question.mark];
  (void)co_await asked->is_over.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return asked->said;
}

void password_checks::begin(const core::password_question& question, core::secret password) {
  const auto asked = std::make_shared<running>(context_);
  running_[question.mark] = asked;
  // Who is not known is compared all the same: it has to take as long.
  worker_.run([compare = compare_, hash = question.hash, is_known = question.is_known,
               tried = std::move(password)] { return compare(hash, tried) && is_known; },
              [this, asked, mark = question.mark](bool is_right) {
                asked->said = is_right ? answer::right : answer::wrong;
                remember(mark, is_right);
                running_.erase(mark);
                asked->is_over.cancel();
              });
}

// What strangers try does not push out who is known.
void password_checks::remember(const std::string& mark, bool is_right) {
  if (known_.size() >= known_max) {
    std::erase_if(known_, [](const auto& each) { return !each.second; });
  }
  if (known_.size() >= known_max) known_.clear();
  known_.emplace(mark, is_right);
}

}  // namespace redis_agent::io
