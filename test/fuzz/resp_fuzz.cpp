// The stream that comes from a Redis port, in pieces of any size, from whoever listens there.
#include "fuzzing.hpp"
#include "wire/resp.hpp"

using namespace redis_agent::wire;
using redis_agent::fuzz::promise;

namespace {

// Only counted: what the values are is the server's business.
std::size_t values_in(const resp_value& value) {
  std::size_t values = 1;
  for (const resp_value& item : value.items) values += values_in(item);
  return values;
}

std::size_t read_all(std::string_view text, std::size_t piece, std::string& trouble) {
  const resp_reader::limits limits{4096, 64};
  resp_reader reader(limits);
  std::size_t replies = 0;
  while (!text.empty() && reader.trouble() == resp_trouble::none) {
    reader.feed(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
    while (const auto reply = reader.next()) {
      promise(values_in(*reply) <= limits.values_max + 1, "the number of values is limited");
      ++replies;
    }
  }
  trouble = reader.trouble() == resp_trouble::none ? "" : "trouble";
  return replies;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view text = redis_agent::fuzz::input(bytes, count);
  std::string trouble;
  const std::size_t whole = read_all(text, 512, trouble);
  std::string trouble_in_pieces;
  const std::size_t in_pieces = read_all(text, 7, trouble_in_pieces);
  if (trouble.empty() && trouble_in_pieces.empty()) {
    promise(whole == in_pieces, "the size of the pieces does not matter");
  }
  const std::string sent = format_command({"AUTH", std::string(text)});
  promise(sent.size() > text.size(), "a command carries any bytes");
  return 0;
}
