#include "io/run_again.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include "io/atomic_file.hpp"

namespace redis_agent::io {
namespace {

constexpr std::size_t arguments_bytes_max = std::size_t{1} << 20;

// Its sockets end with it: what listens there is to listen again.
void close_all_at_exec() {
  constexpr long most = 65536;
  const long limit = std::min(sysconf(_SC_OPEN_MAX), most);
  for (int file = STDERR_FILENO + 1; file < limit; ++file) fcntl(file, F_SETFD, FD_CLOEXEC);
}

}  // namespace

std::string run_again() {
  auto arguments = read_file("/proc/self/cmdline", arguments_bytes_max);
  if (!arguments) return arguments.error().text;
  std::vector<char*> words;
  char* const end = arguments->data() + arguments->size();
  for (char* word = arguments->data(); word < end; word += std::strlen(word) + 1) {
    words.push_back(word);
  }
  words.push_back(nullptr);
  close_all_at_exec();
  execv("/proc/self/exe", words.data());
  return "run /proc/self/exe: " + std::string(std::strerror(errno));
}

}  // namespace redis_agent::io
