// The files of agent/page, as they are there. The build puts them into the program
// (agent/page/bundle.cmake).
#pragma once

#include <span>
#include <string_view>

namespace redis_agent::wire {

struct page_file {
  std::string_view name;  // "page.css"
  std::string_view bytes;
};

std::span<const page_file> page_files();

}  // namespace redis_agent::wire
