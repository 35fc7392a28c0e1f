// One question to DNS: a c-ares channel of its own, whose sockets and timer the io_context watches.
// With a channel for each question /etc/resolv.conf is always read as it is now, and no question
// can hold up or break another. What the answer means is decided by dns_answer.
#pragma once

#include <ares.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/time.hpp"
#include "io/dns_resolver.hpp"

namespace redis_agent::io {

// How it is asked. What UDP cuts is asked for by TCP, but for one that takes it as it is.
struct dns_way {
  bool has_edns = true;
  bool takes_cut_answers = false;
};

class dns_question {
 public:
  dns_question(boost::asio::io_context& context, const dns_source& source, core::duration timeout,
               dns_way way = {});
  ~dns_question();
  dns_question(const dns_question&) = delete;
  dns_question& operator=(const dns_question&) = delete;

  void ask_addresses(const std::string& name);
  void ask_service(const std::string& name);

  // Ends when the question is answered, has failed or was cancelled.
  boost::asio::awaitable<void> finish();
  void cancel();

  int status() const { return status_.value_or(ARES_ECANCELLED); }
  bool was_cut() const { return was_cut_; }  // an answer by UDP
  // A server does not know EDNS. c-ares asks again without it, but not for both families.
  bool was_misunderstood() const { return was_misunderstood_; }
  const ares_addrinfo* addresses() const { return addresses_.get(); }
  const std::vector<unsigned char>& packet() const { return packet_; }

 private:
  class watched_socket;
  struct c_callbacks;

  void end(int status);
  void process(ares_socket_t readable, ares_socket_t writable);
  boost::asio::steady_timer::duration time_to_next_try() const;

  boost::asio::io_context& context_;
  boost::asio::steady_timer wake_;
  std::unordered_map<ares_socket_t, std::shared_ptr<watched_socket>> sockets_;
  ares_channel channel_ = nullptr;
  unsigned reads_left_ = 0;
  bool was_cut_ = false;
  bool was_misunderstood_ = false;
  std::optional<int> status_;
  std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> addresses_{nullptr,
                                                                          &ares_freeaddrinfo};
  std::vector<unsigned char> packet_;
};

}  // namespace redis_agent::io
