// What the world is like on worse days: servers and volumes that hesitate or refuse, orders
// that are lost, people who edit the lock, planned ends, and a second blow after the first.
#include <algorithm>

#include "lock_faults.hpp"

namespace redis_agent::simulation {
namespace {

using namespace std::chrono_literals;
using generator = std::mt19937_64;

// What stops all writes, or takes a person, is seldom.
constexpr std::array seldom = {lock_fault_kind::scale_to_zero, lock_fault_kind::lease_delete,
                               lock_fault_kind::lease_empty, lock_fault_kind::lease_edit};

lock_fault draw_hard_fault(generator& chance, bool is_fast) {
  constexpr auto hard = static_cast<unsigned>(lock_fault_kinds - old_lock_faults);
  lock_fault f;
  do {
    f.kind = static_cast<lock_fault_kind>(old_lock_faults + static_cast<int>(chance() % hard));
  } while (std::ranges::find(seldom, f.kind) != seldom.end() && chance() % 2 != 0);
  f.at = std::chrono::milliseconds(7000 + static_cast<int>(chance() % (is_fast ? 25000 : 40000)));
  f.pod = chance() % 2 == 0 ? holder_pod : static_cast<int>(chance() % 3);
  f.other = static_cast<int>(chance() % 4);
  f.length = draw_length(chance, 200, is_fast ? 20000 : 30000);
  return f;
}

// Whoever holds the lock is gone, and whoever takes it then is, too.
void add_second_blow(generator& chance, lock_schedule& s) {
  constexpr std::array blows = {lock_fault_kind::kill_server, lock_fault_kind::delete_pod,
                                lock_fault_kind::lose_node,   lock_fault_kind::isolate,
                                lock_fault_kind::pause_pod,   lock_fault_kind::end_pod};
  lock_fault blow;
  blow.pod = holder_pod;
  blow.at = std::chrono::milliseconds(8000 + static_cast<int>(chance() % 8000));
  for (int i = 0; i < 2; ++i) {
    blow.kind = blows.at(chance() % blows.size());
    blow.length = draw_length(chance, 2000, 20000);
    s.faults.push_back(blow);
    const int after_ms = s.fast != 0 ? 5000 : 10000;
    blow.at += std::chrono::milliseconds(after_ms + static_cast<int>(chance() % 4000));
  }
}

}  // namespace

void draw_harder(lock_schedule& s) {
  generator chance(s.seed * 6364136223846793005U + 29);
  if (s.version == 6 && chance() % 2 == 0) s.version = 5;
  if (chance() % 6 == 0) add_second_blow(chance, s);
  const auto count = chance() % 3;
  for (std::uint64_t i = 0; i < count; ++i) {
    s.faults.push_back(draw_hard_fault(chance, s.fast != 0));
  }
  if (chance() % 4 == 0) s.unreached = 1 + static_cast<int>(chance() % 3);
}

}  // namespace redis_agent::simulation
