// Names to addresses by c-ares, on the io_context and without a thread: a DNS server that is
// silent, slow or lying holds up nothing but the one question. Reads /etc/resolv.conf, /etc/hosts
// and /etc/nsswitch.conf as libc does (search list, ndots, several servers), anew for each
// question. Keeps no cache: an answer carries its TTL, and who asked decides when to ask again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/memory/dns.hpp"

namespace redis_agent::io {

struct dns_source {
  std::string resolv_conf = "/etc/resolv.conf";
  std::uint16_t port = 53;  // of every server that is named there
  // Kubernetes writes a pod's own full name into its /etc/hosts: what others are told is DNS's
  // alone.
  bool reads_hosts_file = true;
};

class dns_resolver {
 public:
  // Every server is tried twice, the second time for twice the timeout: a name that no server
  // answers for has failed after three timeouts for each of them.
  dns_resolver(boost::asio::io_context& context, core::duration timeout, dns_source source = {});
  ~dns_resolver();
  dns_resolver(const dns_resolver&) = delete;
  dns_resolver& operator=(const dns_resolver&) = delete;

  // A and AAAA; a name may have only one of the two. An IP literal answers itself with the longest
  // TTL. The addresses are sorted and without duplicates, so that two answers can be compared.
  // What comes from /etc/hosts has a TTL of 0.
  boost::asio::awaitable<core::result<core::address_answer>> resolve_addresses(std::string name);

  // SRV, sorted by name; priority and weight are not looked at. An empty answer (NODATA) is a
  // failure like NXDOMAIN.
  boost::asio::awaitable<core::result<core::service_answer>> resolve_service(std::string name);

  // Why a service has no answer: whether DNS itself says that nobody is listed, or that only
  // addresses are (a headless Service without ports has A records and no SRV).
  boost::asio::awaitable<core::absence> explain_absence(std::string service);

  // Ends every question with a failure. Called by the destructor too.
  void cancel();

 private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

}  // namespace redis_agent::io
