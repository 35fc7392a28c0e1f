// Histories out of a model in which the true data is known: servers that write, copy from each
// other and are promoted, in any order.
#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <tuple>

#include "core/memory/lineage.hpp"

namespace redis_agent::core {
namespace {

struct server {
  lineage history;
  std::vector<int> data;  // what each byte of its streams was: no two writes are alike
};

using moves = std::vector<std::tuple<int, int, int>>;  // what, who, from whom

rc::Gen<moves> any_moves() {
  const auto server_number = rc::gen::inRange(0, 3);
  return rc::gen::container<moves>(
      rc::gen::tuple(rc::gen::inRange(0, 4), server_number, server_number));
}

// All that any server was at any moment.
std::vector<server> play(const moves& all, std::size_t promotions_max = 100) {
  std::vector<server> now(3, {{"root", 0}, {}});
  std::vector<server> seen = now;
  int writes = 0;
  std::size_t promotions = 0;
  for (const auto& [what, who, from] : all) {
    server& s = now.at(static_cast<std::size_t>(who));
    if (what <= 1) {
      // Two servers that write to one stream would be two histories of one name.
      const bool is_shared =
          std::count_if(now.begin(), now.end(), [&](const server& other) {
            return other.history.id == s.history.id && other.history.offset >= s.history.offset;
          }) > 1;
      if (is_shared) continue;
      ++s.history.offset;
      s.data.push_back(writes++);
    } else if (what == 2) {
      s = now.at(static_cast<std::size_t>(from));
    } else if (promotions < promotions_max) {
      lineage next{"stream-" + std::to_string(promotions++), s.history.offset};
      add_ancestors(next, s.history, s.history.offset + 1);
      next.begin = s.history.offset;
      s.history = next;
    }
    seen.push_back(s);
  }
  return seen;
}

bool has_all(const server& mine, const server& theirs) {
  return mine.data.size() >= theirs.data.size() &&
         std::equal(theirs.data.begin(), theirs.data.end(), mine.data.begin());
}

RC_GTEST_PROP(carries, is_never_said_of_data_that_is_not_there, ()) {
  const auto seen = play(*any_moves());
  for (const server& mine : seen) {
    for (const server& theirs : seen) {
      if (carries(mine.history, theirs.history)) RC_ASSERT(has_all(mine, theirs));
    }
  }
}

RC_GTEST_PROP(carries, is_said_of_all_data_that_is_there_while_all_ancestors_are_known, ()) {
  const auto seen = play(*any_moves(), 16);
  for (const server& mine : seen) {
    for (const server& theirs : seen) {
      RC_ASSERT(carries(mine.history, theirs.history) == has_all(mine, theirs));
    }
  }
}

RC_GTEST_PROP(carries, is_reflexive_and_transitive, ()) {
  const auto seen = play(*rc::gen::resize(25, any_moves()), 16);
  for (const server& x : seen) {
    RC_ASSERT(carries(x.history, x.history));
    for (const server& y : seen) {
      if (!carries(x.history, y.history)) continue;
      for (const server& z : seen) {
        if (carries(y.history, z.history)) RC_ASSERT(carries(x.history, z.history));
      }
    }
  }
}

// What a server itself tells: its stream and one before it, and no more.
RC_GTEST_PROP(carries, is_never_wrong_with_less_knowledge, ()) {
  auto seen = play(*any_moves());
  auto less = seen;
  for (server& s : less) {
    if (s.history.ancestors.size() > 1) s.history.ancestors.resize(1);
    for (ancestor& older : s.history.ancestors) older.begin = -1;
    if (*rc::gen::arbitrary<bool>()) s.history.begin = -1;
  }
  for (const server& mine : less) {
    for (const server& theirs : less) {
      if (carries(mine.history, theirs.history)) RC_ASSERT(has_all(mine, theirs));
    }
    for (const server& theirs : seen) {
      if (carries(mine.history, theirs.history)) RC_ASSERT(has_all(mine, theirs));
    }
  }
}

RC_GTEST_PROP(join_history, of_one_stream_carries_what_either_did_and_invents_nothing, ()) {
  const auto seen = play(*any_moves(), 16);
  for (const server& one : seen) {
    lineage bare = one.history;
    bare.ancestors.clear();
    bare.begin = -1;
    for (const server& other : seen) {
      if (other.history.id != one.history.id) continue;
      const lineage joined = join_history(bare, other.history);
      for (const server& theirs : seen) {
        RC_ASSERT(carries(joined, theirs.history) == has_all(one, theirs));
      }
    }
  }
}

RC_GTEST_PROP(are_related, is_symmetric_and_follows_from_carries, ()) {
  const auto seen = play(*any_moves());
  for (const server& x : seen) {
    for (const server& y : seen) {
      RC_ASSERT(are_related(x.history, y.history) == are_related(y.history, x.history));
      if (carries(x.history, y.history)) RC_ASSERT(are_related(x.history, y.history));
    }
  }
}

}  // namespace
}  // namespace redis_agent::core
