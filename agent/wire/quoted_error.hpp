// What a server says to a command that has a secret in it: it may quote what it does not
// understand, and with it a password or its hash. Everybody may read what is shown, so that nothing
// is from the first quotation on that is no harmless word of the command.
//
//   ERR unknown command 'CONFIG', with args beginning with: 'SET' 'masterauth' ...
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "wire/resp.hpp"

namespace redis_agent::wire {

// What an error may quote of some commands; keeps no secret of theirs.
struct quotable {
  bool is_limited = false;  // there is a secret among them
  std::set<std::string, std::less<>> words{};
};

quotable quotable_of(std::span<const command> sent);

// Of an AUTH, whoever logs in.
quotable quotable_of_auth();

std::string show_error(std::string_view error, const quotable& of);

}  // namespace redis_agent::wire
