#include "core/memory/lost_memory.hpp"

#include "core/memory/memory.hpp"

namespace redis_agent::core {
namespace {

// What a person would have to decide about is gone, or there is nothing of it. Of another data set
// nothing is known, and so nothing is given up that was not kept.
bool has_been_dealt_with(const divergence& found, const kept_lost& kept, bool person_decides) {
  if (kept.is_pings) return true;
  if (person_decides) return false;
  return kept.form != kept_form::nothing || found.from >= 0;
}

}  // namespace

std::optional<std::int64_t> divergence::bytes() const {
  if (from < 0 || to < from) return std::nullopt;
  return to - from + 1;
}

std::string_view to_text(kept_form form) {
  switch (form) {
    case kept_form::stream: return "stream";
    case kept_form::rdb: return "rdb";
    case kept_form::nothing: return "nothing";
  }
  return "unknown";
}

bool is_let_go(const memory& m, const lineage& own, bool person_decides) {
  const lost_memory& lost = m.lost;
  if (!lost.found || !lost.kept || !m.lock.seen) return false;
  const divergence& found = *lost.found;
  const lease& lock = *m.lock.seen;
  const bool is_that_holder = found.term == lock.term && found.holder == pod_of(lock.holder) &&
                              found.holder_run == m.primary_run_id;
  return is_that_holder && found.history_id == own.id && found.offset == own.offset &&
         has_been_dealt_with(found, *lost.kept, person_decides);
}

std::string describe_lost(const lost_memory& lost) {
  if (!lost.found) return {};
  const divergence& found = *lost.found;
  const auto bytes = found.bytes();
  std::string text = bytes ? std::to_string(*bytes) + " bytes" : std::string("data");
  if (found.from >= 0) text += " from offset " + std::to_string(found.from) + " on";
  text +=
      " that " + found.holder + ", in term " + std::to_string(found.term) + ", does not carry: ";
  if (!lost.kept) return text + "being kept";
  const kept_lost& kept = *lost.kept;
  if (kept.form == kept_form::nothing) return text + "not kept, " + kept.why;
  text += "kept as " + std::string(to_text(kept.form)) + " in " + kept.path;
  return kept.why.empty() ? text : text + " (" + kept.why + ")";
}

}  // namespace redis_agent::core
