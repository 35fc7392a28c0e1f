// The main of the fuzzers where there is no libFuzzer: gives them each file of the folders named.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzzing.hpp"

int main(int count, char** arguments) {
  int replayed = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string input{std::istreambuf_iterator<char>(file), {}};
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
      ++replayed;
    }
  }
  std::printf("%d inputs\n", replayed);
  return replayed == 0 ? 1 : 0;
}
