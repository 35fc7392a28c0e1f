#include "wire/rdb_header.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "core/server/info.hpp"

namespace redis_agent::wire {
namespace {

enum class opcode : std::uint8_t {
  function_library = 0xf5,
  function_before_7_0 = 0xf6,
  module_field = 0xf7,
  field = 0xfa,
  database_size = 0xfb,
  database_number = 0xfe,
  end_of_file = 0xff,
};

// Reads from the front of what is left, and never beyond it.
class cursor {
 public:
  explicit cursor(std::string_view bytes) : left_(bytes) {}

  core::result<std::uint8_t> byte() {
    const auto taken = take(1);
    if (!taken) return taken.error();
    return static_cast<std::uint8_t>(taken->front());
  }

  // Six bits in the first byte, 14 in two, or 32 or 64 in the bytes after it.
  core::result<std::uint64_t> length() {
    const auto first = byte();
    if (!first) return first.error();
    constexpr std::uint8_t of_32_bits = 0x80;
    constexpr std::uint8_t of_64_bits = 0x81;
    const std::uint64_t low_bits = *first & 0x3fU;
    if (*first == of_32_bits) return number(4, 0);
    if (*first == of_64_bits) return number(8, 0);
    switch (*first >> 6U) {
      case 0: return low_bits;
      case 1: return number(1, low_bits);
      default: return core::failure{"has a broken length"};
    }
  }

  // A number that stands for its digits becomes them. A compressed text becomes "": the fields that
  // count are too random to be compressed.
  core::result<std::string> text() {
    constexpr std::uint8_t special = 0xc0;
    const bool is_special = !left_.empty() && (static_cast<std::uint8_t>(left_.front()) >= special);
    if (is_special) return special_text(*byte() & 0x3fU);
    const auto size = length();
    if (!size) return size.error();
    const auto taken = take(*size);
    if (!taken) return taken.error();
    return std::string(*taken);
  }

 private:
  core::result<std::string_view> take(std::uint64_t count) {
    if (count > left_.size()) return core::failure{"ends within its header"};
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  // Big-endian, below the bits that are known already.
  core::result<std::uint64_t> number(std::size_t bytes, std::uint64_t high_bits) {
    const auto taken = take(bytes);
    if (!taken) return taken.error();
    for (const char c : *taken) high_bits = high_bits << 8U | static_cast<std::uint8_t>(c);
    return high_bits;
  }

  core::result<std::string> special_text(unsigned kind) {
    constexpr unsigned integers = 3;  // of 1, 2 and 4 bytes
    constexpr unsigned compressed = 3;
    if (kind < integers) return little_endian_integer(std::size_t{1} << kind);
    if (kind != compressed) return core::failure{"has a text of an unknown kind"};
    const auto size = length();
    if (!size) return size.error();
    if (const auto size_before = length(); !size_before) return size_before.error();
    if (const auto skipped = take(*size); !skipped) return skipped.error();
    return std::string();
  }

  core::result<std::string> little_endian_integer(std::size_t bytes) {
    const auto taken = take(bytes);
    if (!taken) return taken.error();
    std::uint64_t bits = 0;
    for (std::size_t i = bytes; i > 0; --i) {
      bits = bits << 8U | static_cast<std::uint8_t>((*taken)[i - 1]);
    }
    const auto size_in_bits = 8 * bytes;
    const bool is_negative = (bits >> (size_in_bits - 1) & 1U) != 0;
    const auto value = static_cast<std::int64_t>(bits);
    return std::to_string(is_negative ? value - (std::int64_t{1} << size_in_bits) : value);
  }

  std::string_view left_;
};

// "REDIS" and four digits; of Valkey 9 and later "VALKEY" and three.
bool has_magic(std::string_view bytes, std::string_view word, std::size_t size) {
  const std::string_view version =
      bytes.substr(std::min(bytes.size(), word.size()), size - word.size());
  return bytes.size() >= size && bytes.starts_with(word) &&
         version.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_replication_id(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// As Redis does, a field that says nothing sensible is passed over.
void note(core::rdb_header& header, const std::string& name, const std::string& value) {
  constexpr std::int64_t last_second_of_9999 = 253'402'300'799;
  const auto number = core::parse_number(value);
  const bool is_number = number && *number >= 0;
  if (name == "repl-id" && is_replication_id(value)) header.replid = value;
  if (name == "repl-offset" && is_number) header.offset = *number;
  if (name == "ctime" && is_number && *number <= last_second_of_9999) header.saved_at = number;
}

core::result<core::rdb_header> add_size(core::rdb_header header, cursor& rest) {
  const auto keys = rest.length();
  if (!keys) return keys.error();
  const auto expiring_keys = rest.length();
  if (!expiring_keys) return expiring_keys.error();
  constexpr std::uint64_t keys_max = std::numeric_limits<std::int64_t>::max();
  if (*keys > keys_max || *expiring_keys > *keys) return core::failure{"has a broken key count"};
  header.keys = static_cast<std::int64_t>(*keys);
  header.expiring_keys = static_cast<std::int64_t>(*expiring_keys);
  return header;
}

core::failure unexpected(std::uint8_t byte) {
  return core::failure{"has the byte " + std::to_string(byte) +
                       " where a field or a database begins"};
}

}  // namespace

core::result<core::rdb_header> parse_rdb_header(std::string_view bytes) {
  constexpr std::size_t magic_bytes = 9;
  const bool is_rdb =
      has_magic(bytes, "REDIS", magic_bytes) || has_magic(bytes, "VALKEY", magic_bytes);
  if (!is_rdb) return core::failure{"does not begin as an RDB does"};
  cursor rest(bytes.substr(magic_bytes));
  core::rdb_header header;
  while (true) {
    const auto code = rest.byte();
    if (!code) return code.error();
    switch (static_cast<opcode>(*code)) {
      case opcode::field: {
        const auto name = rest.text();
        if (!name) return name.error();
        const auto value = rest.text();
        if (!value) return value.error();
        note(header, *name, *value);
        break;
      }
      case opcode::function_library:
        header.has_functions = true;
        if (!rest.text()) return header;  // a long one hides the rest
        break;
      case opcode::function_before_7_0: header.has_functions = true; return header;
      case opcode::module_field: return header;
      case opcode::database_number:
        if (const auto number = rest.length(); !number) return number.error();
        break;
      case opcode::database_size: return add_size(std::move(header), rest);
      case opcode::end_of_file: header.keys = 0; return header;
      default: return unexpected(*code);
    }
  }
}

}  // namespace redis_agent::wire
