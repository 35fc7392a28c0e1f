// What this pod's server has and the holder of the lock does not carry: since where the two
// histories differ, and what has become of it. Whether it is to be kept, and how, is
// failover/divergence.hpp's business.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/memory/lineage.hpp"

namespace redis_agent::core {

struct memory;

struct divergence {
  std::int64_t term = -1;  // of the lock, whose holder does not carry it
  std::string holder;      // its pod
  std::string holder_run;  // of its server
  std::string history_id;  // of this pod's server, and where that is in it
  std::int64_t offset = 0;
  std::int64_t from = -1;  // the first offset that the holder has not; -1: unknown
  std::int64_t to = -1;    // the last that is here, in the same stream; -1: unknown

  // nullopt where it cannot be counted: another data set, or an AOF of which only the least is
  // known.
  std::optional<std::int64_t> bytes() const;

  friend bool operator==(const divergence&, const divergence&) = default;
};

// In a file on the data volume: the commands themselves, or all the data that was here.
enum class kept_form { stream, rdb, nothing };
inline constexpr std::size_t kept_forms = 3;

std::string_view to_text(kept_form form);

struct kept_lost {
  kept_form form = kept_form::nothing;
  std::string path;       // of the file, "" if there is none
  std::string why;        // there is none, or what it lacks
  bool is_pings = false;  // the bytes were read, and no command that writes is in them

  friend bool operator==(const kept_lost&, const kept_lost&) = default;
};

struct lost_memory {
  std::optional<divergence> found;  // the last one
  instant found_at;
  bool is_under_way = false;   // it is being read or saved
  std::string stream_trouble;  // why it cannot be had in that form, "" if that was not tried
  std::string rdb_trouble;
  std::optional<kept_lost> kept;                    // nullopt: nothing has come of it yet
  std::uint64_t bytes_total = 0;                    // that were commands, of all
  std::array<std::uint64_t, kept_forms> settled{};  // how many that were more than pings, by form
};

// What is here, and the holder does not carry, has been dealt with: it may be copied over. The
// word of the setting: whether a person is to decide.
bool is_let_go(const memory& m, const lineage& own, bool person_decides);

// "142 bytes from offset 1290 on that redis-slave-0, in term 2, does not carry: kept as stream in
// /data/lost-2-1290-1431.resp"; "" if there never were any.
std::string describe_lost(const lost_memory& lost);

}  // namespace redis_agent::core
