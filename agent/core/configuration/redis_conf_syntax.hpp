// The language of redis.conf: lines, words and quotes, as Redis's own sdssplitargs has them from
// version 5 to 8. Knows no directive by name and opens no file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redis_agent::core {

// The words of a line. nullopt: quotes that are not closed, or closed inside a word; Redis refuses
// to start with such a line. A NUL ends the line, since Redis keeps it in a C string.
std::optional<std::vector<std::string>> split_arguments(std::string_view line);

// One word that split_arguments reads back byte for byte, in quotes only if it needs them.
std::string quote_argument(std::string_view bytes);

// The same, always in quotes and with every byte outside [A-Za-z0-9_.-] as \xHH: the form that was
// tried with random bytes on real servers, also after CONFIG REWRITE.
std::string quote_secret(std::string_view bytes);

struct directive {
  std::size_t line = 0;  // counted from 1
  std::string name;      // in lower case: Redis does not care
  std::vector<std::string> values;
};

// What a file says, without comments and without lines that Redis would refuse.
std::vector<directive> read_directives(std::string_view text);

}  // namespace redis_agent::core
