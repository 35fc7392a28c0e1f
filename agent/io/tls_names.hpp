// Which names a server's certificate has to have, told to OpenSSL before the handshake.
#pragma once

#include <string>
#include <vector>

struct ssl_st;

namespace redis_agent::io {

// Every name at once: one of them is enough. An address stands in a certificate as one. False if
// OpenSSL cannot ask for them.
bool ask_for_names(ssl_st* session, const std::vector<std::string>& names);

}  // namespace redis_agent::io
