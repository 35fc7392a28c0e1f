// The beginning of an RDB file (rdb.c: rdbSaveRio): a magic word, fields about the file, functions,
// then the first database with its number of keys. No key and no value is read.
#pragma once

#include <string_view>

#include "core/base/result.hpp"
#include "core/server/rdb_header.hpp"

namespace redis_agent::wire {

// The fields are always within these first bytes of the file.
inline constexpr std::size_t rdb_header_bytes_max = 4096;

// Of what is no RDB, or ends before its fields do: a failure that says so.
core::result<core::rdb_header> parse_rdb_header(std::string_view bytes);

}  // namespace redis_agent::wire
