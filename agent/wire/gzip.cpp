#include "wire/gzip.hpp"

#include <zlib.h>

namespace redis_agent::wire {
namespace {

constexpr int window_bits = 15;
constexpr int with_gzip_header = 16;
constexpr int memory_level = 8;

}  // namespace

std::optional<std::string> compress_gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits + with_gzip_header, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  std::string input(bytes);  // zlib asks for bytes that it may write, and does not
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool is_done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return is_done ? std::optional(std::move(packed)) : std::nullopt;
}

}  // namespace redis_agent::wire
