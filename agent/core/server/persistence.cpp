#include "core/server/persistence.hpp"

#include "core/server/info.hpp"

namespace redis_agent::core {

loading_report parse_loading(std::string_view info) {
  const info_fields fields(info);
  return {fields.is_set("loading"), fields.is_set("async_loading"),
          fields.number("loading_loaded_bytes").value_or(0)};
}

aof_report parse_aof(std::string_view info) {
  const info_fields fields(info);
  aof_report report;
  report.is_enabled = fields.is_set("aof_enabled");
  report.is_rewriting =
      fields.is_set("aof_rewrite_in_progress") || fields.is_set("aof_rewrite_scheduled");
  report.has_child = fields.is_set("aof_rewrite_in_progress") ||
                     fields.is_set("rdb_bgsave_in_progress") ||
                     fields.is_set("module_fork_in_progress");
  report.is_failing = fields.text("aof_last_write_status").value_or("ok") != "ok";
  report.bytes = fields.number("aof_current_size").value_or(0);
  report.buffered_bytes = fields.number("aof_buffer_length").value_or(0);
  report.pending_fsyncs = fields.number("aof_pending_bio_fsync").value_or(0);
  return report;
}

saving_report parse_saving(std::string_view info) {
  const info_fields fields(info);
  return {fields.is_set("rdb_bgsave_in_progress") || fields.is_set("aof_rewrite_in_progress"),
          fields.text("rdb_last_bgsave_status").value_or("ok") != "ok"};
}

}  // namespace redis_agent::core
