// Asks Kubernetes' API server over one kept connection, TLS verified against the pod's ca.crt. One
// request at a time; who asks meanwhile waits for his turn, within the time that he has. Judges
// nothing: what an answer means for the lock is not said here.
//
// Never throws for what others do: a missing token, a wrong certificate, silence are answers with a
// trouble. The folder is read on the loop (service_account.hpp says why that may be): the token for
// each request, ca.crt for each connection.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/time.hpp"
#include "wire/api_answer.hpp"
#include "wire/api_request.hpp"

namespace redis_agent::io {

struct api_place {
  std::string host;  // an IP address, IPv6 without brackets, or a name: the certificate has it
  std::uint16_t port = 443;
  std::string folder;  // has token and ca.crt
};

class kubernetes_client {
 public:
  // `timeout` is for the whole of each request, its turn and all its tries included. After it the
  // connection is closed: a kept one may lead to a server that is dead while the next does not.
  kubernetes_client(boost::asio::io_context& context, api_place place,
                    core::duration timeout = std::chrono::seconds(2));
  ~kubernetes_client();
  kubernetes_client(const kubernetes_client&) = delete;
  kubernetes_client& operator=(const kubernetes_client&) = delete;

  // A kept connection that turns out to be closed is made anew at once, once, and the request sent
  // again; a write of the agent's has the version in it, so that it takes effect no more than once,
  // and may find its own effect as a conflict. After a 401 the token is read again for one more
  // try. No redirects.
  boost::asio::awaitable<wire::api_answer> ask(wire::api_request request);

  // Ends the request that is under way, and those that wait, with a trouble; closes the connection.
  // The next request makes a new one. Called by the destructor too.
  void cancel();

 private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

}  // namespace redis_agent::io
