#include "io/rdb_save.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "core/server/persistence.hpp"
#include "io/ask_aside.hpp"
#include "io/clock.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;

constexpr core::duration answer_within = std::chrono::seconds(3);
constexpr core::duration look_interval = std::chrono::milliseconds(250);

// nullopt: it does not answer.
std::optional<wire::resp_value> ask(const redis_place& server, const wire::login& as,
                                    wire::command question) {
  std::vector<wire::command> questions;
  if (!as.password.empty()) questions.push_back(wire::auth_command(as));
  questions.push_back(std::move(question));
  const std::size_t wanted = questions.size();
  asio::io_context context(1);
  aside heard;
  asio::co_spawn(context, ask_aside(server, std::move(questions), answer_within),
                 [&](const std::exception_ptr& failed, aside said) {
                   rethrow(failed);
                   heard = std::move(said);
                 });
  context.run();
  if (heard.replies.size() < wanted) return std::nullopt;
  return std::move(heard.replies.back());
}

}  // namespace

core::result<std::string> have_rdb_saved(const redis_place& server, const wire::login& as,
                                         core::duration within) {
  const core::instant end = now() + within;
  bool is_begun = false;
  while (now() < end) {
    const auto told = ask(server, as, {"INFO", "persistence"});
    if (!told) return core::failure{"redis does not answer"};
    if (!told->is_text()) return core::failure{"INFO: " + told->text};
    const core::saving_report report = core::parse_saving(told->text);
    if (!report.is_hindered && is_begun) {
      if (report.has_failed) return core::failure{"redis could not save it: its log says why"};
      return std::string();
    }
    if (!report.is_hindered) {
      const auto answer = ask(server, as, {"BGSAVE"});
      if (!answer) return core::failure{"redis does not answer"};
      if (answer->is_error()) return core::failure{"BGSAVE: " + answer->text};
      is_begun = true;
    }
    std::this_thread::sleep_for(look_interval);
  }
  return core::failure{"redis has not saved it within its time"};
}

}  // namespace redis_agent::io
