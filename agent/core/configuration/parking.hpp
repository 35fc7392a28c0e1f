// Where a parked server is told to find its primary: nobody listens there, so that it keeps its
// data and its place in the stream. Redis tries it once a second, which costs nothing on the
// loopback. Written into files (redis_conf.hpp) and ordered later (safety/rope.hpp).
#pragma once

#include "core/base/address.hpp"

namespace redis_agent::core {

inline endpoint parking_place() { return {"127.0.0.1", 1}; }

}  // namespace redis_agent::core
