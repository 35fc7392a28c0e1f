// Logins by HTTP, compared with bcrypt hashes on a thread beside the loop, one after the other. An
// answer is remembered, so that who asks each second pays once; who asks the same while it is
// looked at waits for the same answer. No password is kept, only a mark of the question.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/secret.hpp"
#include "core/reporting/web_access.hpp"
#include "io/worker.hpp"

namespace redis_agent::io {

class password_checks {
 public:
  enum class answer { right, wrong, busy };  // busy: too many others wait

  // Sixteen wait at most; the comparison may be another one's in a test.
  using comparison = std::function<bool(const std::string& hash, const core::secret& password)>;
  explicit password_checks(boost::asio::io_context& context);
  password_checks(boost::asio::io_context& context, comparison compare);

  // The object outlives it.
  boost::asio::awaitable<answer> check(const core::web_config& config, core::web_login login);

 private:
  struct running;
  void begin(const core::password_question& question, core::secret password);
  void remember(const std::string& mark, bool is_right);

  const std::string salt_;  // marks are of use to this process alone
  boost::asio::io_context& context_;
  comparison compare_;
  std::map<std::string, bool> known_;  // by mark
  std::map<std::string, std::shared_ptr<running>> running_;
  worker worker_;
};

}  // namespace redis_agent::io
