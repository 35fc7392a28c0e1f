// Runs a function in a child process, for what would spoil this one: limits, users, mounts, closed
// descriptors, system calls that are forbidden. Returns what the function returned.
#pragma once

#include <array>
#include <cstdlib>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace redis_agent::io {

inline std::string in_child(const std::function<std::string()>& function) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    std::string text;
    try {
      text = function();
    } catch (const std::exception& e) {
      text = std::string("threw: ") + e.what();
    }
    const bool was_written =
        ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(was_written ? 0 : 1);  // not exit: the test runner's own endings are not the child's
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t count = 0; (count = ::read(ends[0], piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "exit code " + std::to_string(WEXITSTATUS(status));
  return text;
}

}  // namespace redis_agent::io
