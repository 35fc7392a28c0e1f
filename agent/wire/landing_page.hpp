// The page at / for a person: files of agent/page, which ask /topology for what they show. Here it
// says only what is to be seen where no script runs, and what a browser may do with it.
#pragma once

#include <optional>
#include <string_view>

#include "core/reporting/http.hpp"
#include "core/reporting/status_report.hpp"

namespace redis_agent::wire {

core::http_answer answer_page(const core::status_report& report);

// /page/NAME; nullopt: there is no such file.
std::optional<core::http_answer> answer_page_file(std::string_view path);

}  // namespace redis_agent::wire
