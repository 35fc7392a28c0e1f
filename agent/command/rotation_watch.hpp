// The hands of the rotation (core/orders/rotation.hpp) besides orders: reads the passwords' files,
// tries the primary, keeps redis.conf true and the record on the volume. Files are touched beside
// the loop. Decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>

#include "command/password.hpp"
#include "core/memory/memory.hpp"
#include "core/orders/rotation.hpp"
#include "io/redis_link.hpp"
#include "io/worker.hpp"

namespace redis_agent::command {

class rotation_watch {
 public:
  // `seen` is what the agent knows, and changes with what is told.
  rotation_watch(boost::asio::io_context& context, const core::settings& s,
                 const core::memory& seen, io::redis_link::callbacks callbacks);

  // What is needed for the first login. Blocks for as long as reading a Secret takes.
  void begin();

  // Runs as long as the io_context does. The object outlives it.
  boost::asio::awaitable<void> run();

  bool is_busy() const { return worker_.is_busy(); }

 private:
  void recall();
  void tell_files(core::passwords_read found);
  void look_at_files();
  void keep_redis_conf(const core::passwords_in_file& to_be);
  void keep_record();
  void release();
  boost::asio::awaitable<void> try_primary();

  boost::asio::io_context& context_;
  const core::settings& settings_;
  const core::memory& seen_;
  io::redis_link::callbacks call_;
  password_source source_;
  std::string record_path_;
  core::passwords_read told_;
  std::string trouble_of_files_;
  std::string trouble_of_conf_;
  std::string trouble_of_record_;
  core::record_writing record_;
  std::optional<core::passwords_in_file> in_conf_;
  core::instant looked_at_{};
  core::instant tried_at_{};
  io::worker worker_;
};

}  // namespace redis_agent::command
