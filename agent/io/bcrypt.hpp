// Whether a password is the one of a bcrypt hash ($2y$10$...). Takes as long as the hash's cost
// says: nothing for the loop.
#pragma once

#include <string>

#include "core/base/secret.hpp"

namespace redis_agent::io {

// Of the password the first 72 bytes count, as everywhere.
bool is_password_of(const std::string& hash, const core::secret& password);

}  // namespace redis_agent::io
