// What is on a data volume as dump.rdb: any version's, half of one, or no RDB at all.
#include "fuzzing.hpp"
#include "wire/rdb_header.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const auto header = wire::parse_rdb_header(fuzz::input(bytes, count));
  if (!header) {
    promise(!header.error().text.empty(), "a failure says what is wrong");
    return 0;
  }
  promise(header->replid.empty() || header->replid.size() == 40, "an id is whole or not there");
  promise(header->offset >= -1, "an offset is unknown or within a stream");
  promise(header->keys.value_or(0) >= header->expiring_keys, "no more keys expire than there are");
  promise(!core::describe(*header).empty(), "whatever was read can be said");
  return 0;
}
