// Asks the kernel what this process uses: /proc/self and getrlimit. Blocks on no disk.
#pragma once

#include "core/reporting/process_usage.hpp"

namespace redis_agent::io {

core::process_usage measure_process();

}  // namespace redis_agent::io
