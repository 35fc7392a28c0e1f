#include "wire/gzip.hpp"

#include <libdeflate.h>
#include <memory>
#include <new>

namespace redis_agent::wire {

std::optional<std::string> compress_gzip(std::string_view bytes) {
  constexpr int fastest = 1;
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(fastest), libdeflate_free_compressor);
  if (compressor == nullptr) throw std::bad_alloc();
  std::string packed(bytes.size(), '\0');  // what would be larger is not worth it
  packed.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(),
                                         packed.data(), packed.size()));
  return packed.empty() ? std::nullopt : std::optional(std::move(packed));
}

}  // namespace redis_agent::wire
