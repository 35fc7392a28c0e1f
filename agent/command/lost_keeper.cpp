#include "command/lost_keeper.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "command/lost_files.hpp"
#include "command/redis_doors.hpp"
#include "core/base/units.hpp"
#include "io/clock.hpp"
#include "io/rdb_save.hpp"
#include "io/stream_copy.hpp"

namespace redis_agent::command {
namespace {

constexpr core::duration turn = std::chrono::milliseconds(100);

// Of a server with much data on a slow disk. Until then the pod is not ready.
constexpr core::duration save_max = std::chrono::minutes(10);

// What a thread beside the loop needs: it may not look at what the loop changes.
struct keeping_job {
  core::divergence what;
  io::redis_place redis;
  wire::login as;
  std::int64_t backlog_begin = 0;
  std::uint64_t size_max = 0;
  lost_files files;
};

core::event fail(const keeping_job& job, core::kept_form form, std::string why) {
  return core::lost_not_kept{job.what, form, std::move(why)};
}

core::event copy_stream(const keeping_job& job) {
  constexpr auto form = core::kept_form::stream;
  const auto bytes = static_cast<std::uint64_t>(job.what.bytes().value_or(0));
  job.files.thin_out();
  if (const auto room = job.files.find_room(bytes); !room) {
    return fail(job, form, room.error().text);
  }
  const std::string path = job.files.path_of(job.what, form);
  const auto copied = io::copy_stream(
      {job.redis, job.as, job.what.history_id, job.backlog_begin, job.what.from, job.what.to},
      path);
  if (!copied) return fail(job, form, copied.error().text);
  if (copied->commands == 0) {
    return core::lost_kept{
        job.what, {core::kept_form::nothing, "", "they are a primary's pings, and no data", true}};
  }
  job.files.thin_out();
  return core::lost_kept{
      job.what, {form, path, copied->is_for_known_database ? "" : "for an unknown database"}};
}

core::event keep_rdb(const keeping_job& job) {
  constexpr auto form = core::kept_form::rdb;
  const auto refuse_size = [&]() -> std::string {
    if (job.files.rdb_size() <= job.size_max) return "";
    return "its " + core::describe_size(job.files.rdb_size()) + " are more than --keep-lost-max";
  };
  if (const auto why = refuse_size(); !why.empty()) return fail(job, form, why);
  job.files.thin_out();
  if (!job.files.rdb_has(job.what)) {
    if (const auto room = job.files.find_room(job.files.rdb_size()); !room) {
      return fail(job, form, room.error().text);
    }
    const auto saved = io::have_rdb_saved(job.redis, job.as, save_max);
    if (!saved) return fail(job, form, saved.error().text);
    if (const auto why = refuse_size(); !why.empty()) return fail(job, form, why);
  }
  if (const auto room = job.files.find_room(0); !room) return fail(job, form, room.error().text);
  const std::string path = job.files.path_of(job.what, form);
  if (const auto linked = job.files.link_rdb(path); !linked) {
    return fail(job, form, linked.error().text);
  }
  job.files.thin_out();
  return core::lost_kept{job.what, {form, path, ""}};
}

}  // namespace

lost_keeper::lost_keeper(boost::asio::io_context& context, const core::settings& s,
                         const core::memory& seen, io::redis_link::callbacks callbacks)
    : settings_(s), seen_(seen), call_(std::move(callbacks)), pause_(context), worker_(context) {}

boost::asio::awaitable<void> lost_keeper::run() {
  while (true) {
    if (!is_busy()) take(core::choose_keeping(seen_, settings_, io::now()));
    pause_.expires_after(turn);
    co_await pause_.async_wait(boost::asio::use_awaitable);
  }
}

void lost_keeper::take(const core::keeping_step& next) {
  if (next.act == core::keeping_act::none) return;
  if (next.act == core::keeping_act::hold_at_anchor) {
    if (seen_.lost.found != next.what) call_.tell(core::divergence_found{next.what});
    return;
  }
  if (next.act == core::keeping_act::give_up) {
    call_.tell(core::divergence_found{next.what});
    call_.tell(core::lost_kept{next.what, {core::kept_form::nothing, "", next.why}});
    return;
  }
  const auto login = call_.read_login();
  if (!login) return;
  keeping_job job{.what = next.what,
                  .redis = own_redis(settings_),
                  .as = *login,
                  .backlog_begin = seen_.replication->backlog_first_offset,
                  .size_max = settings_.keep_lost_max,
                  .files = lost_files(settings_.data_dir, seen_.rdb_name)};
  const bool is_stream = next.act == core::keeping_act::read_stream;
  begin(next.what,
        [job = std::move(job), is_stream] { return is_stream ? copy_stream(job) : keep_rdb(job); });
}

void lost_keeper::begin(const core::divergence& what, std::function<core::event()> job) {
  call_.tell(core::divergence_found{what, true});
  worker_.run(std::move(job), [this](const core::event& outcome) { call_.tell(outcome); });
}

}  // namespace redis_agent::command
