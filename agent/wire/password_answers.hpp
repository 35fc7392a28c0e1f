// What a server says of its passwords. One that comes in clear is hashed at once and not kept.
#pragma once

#include <optional>
#include <string>

#include "core/memory/password_memory.hpp"
#include "wire/resp.hpp"

namespace redis_agent::wire {

// To ACL GETUSER.
core::password_report read_users_passwords(const resp_value& reply);

// To CONFIG GET requirepass, which is all that there is before 6.0.
void take_required_password(core::password_report& report, const resp_value& reply);

// To CONFIG GET masterauth.
std::optional<std::string> read_links_password(const resp_value& reply);

// To CONFIG GET masteruser, which is not there before 6.0.
std::string read_links_user(const resp_value& reply);

// To AUTH: the password is taken; nullopt: it says nothing about that.
std::optional<bool> is_taken(const resp_value& reply);

}  // namespace redis_agent::wire
