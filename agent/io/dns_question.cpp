#include "io/dns_question.hpp"

#include <arpa/nameser.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <netdb.h>
#include <span>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// c-ares reads until nothing is left. A server that sends without end must not keep the loop of the
// whole agent in there: after this many reads the rest waits for its turn.
constexpr unsigned reads_in_a_row_max = 32;

// What comes unfragmented over every usual network (dnsflagday.net/2020).
constexpr int udp_bytes_max = 1232;

// Of a packet's head (RFC 1035, 4.1.1).
constexpr std::size_t head_bytes = 12;

bool is_cut(std::span<const unsigned char> packet) { return (packet[2] & 0x02U) != 0; }

bool is_misunderstood(std::span<const unsigned char> packet) {
  const unsigned code = packet[3] & 0x0fU;
  return code == ns_r_formerr || code == ns_r_notimpl;
}

}  // namespace

// A socket of the channel's, watched for what c-ares wants to know of it.
class dns_question::watched_socket : public std::enable_shared_from_this<watched_socket> {
 public:
  watched_socket(dns_question& owner, ares_socket_t number)
      : owner_(owner), number_(number), descriptor_(owner.context_) {}

  // Owns the socket from here on, if it returns true.
  bool open() {
    error_code error;
    descriptor_.assign(number_, error);
    return !error;
  }

  void watch(bool for_reading, bool for_writing) {
    reading_.is_wanted = for_reading;
    writing_.is_wanted = for_writing;
    wait(stream_descriptor::wait_read, reading_);
    wait(stream_descriptor::wait_write, writing_);
  }

  void close() {
    error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  struct interest {
    bool is_wanted = false;
    bool is_waiting = false;
  };

  void wait(stream_descriptor::wait_type type, interest& what) {
    if (!what.is_wanted || what.is_waiting || !descriptor_.is_open()) return;
    what.is_waiting = true;
    // The question and its sockets can be gone when the handler runs.
    descriptor_.async_wait(type, [weak = weak_from_this(), type, &what](error_code error) {
      const auto self = weak.lock();
      if (!self || error) return;
      what.is_waiting = false;
      const bool is_read = type == stream_descriptor::wait_read;
      self->owner_.process(is_read ? self->number_ : ARES_SOCKET_BAD,
                           is_read ? ARES_SOCKET_BAD : self->number_);
      self->wait(type, what);
    });
  }

  dns_question& owner_;
  const ares_socket_t number_;
  stream_descriptor descriptor_;
  interest reading_;
  interest writing_;
};

// What c-ares calls. It opens its sockets through these too, so that Asio is told before one is
// closed, and so that a server that hangs up cannot kill the process with SIGPIPE.
struct dns_question::c_callbacks {
  static dns_question& self(void* pointer) { return *static_cast<dns_question*>(pointer); }

  static ares_socket_t open(int family, int type, int protocol, void* pointer) {
    const int number = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (number < 0) return ARES_SOCKET_BAD;
    const auto watched = std::make_shared<watched_socket>(self(pointer), number);
    if (!watched->open()) {
      ::close(number);
      return ARES_SOCKET_BAD;
    }
    self(pointer).sockets_.emplace(number, watched);
    return number;
  }

  static int close(ares_socket_t number, void* pointer) {
    auto& sockets = self(pointer).sockets_;
    sockets.at(number)->close();
    sockets.erase(number);
    return 0;
  }

  static int connect(ares_socket_t number, const sockaddr* address, ares_socklen_t size, void*) {
    return ::connect(number, address, size);
  }

  static ares_ssize_t receive(ares_socket_t number, void* into, std::size_t size, int flags,
                              sockaddr* from, ares_socklen_t* from_size, void* pointer) {
    dns_question& question = self(pointer);
    if (question.reads_left_ == 0) {
      errno = EAGAIN;
      return -1;
    }
    --question.reads_left_;
    const auto count = ::recvfrom(number, into, size, flags, from, from_size);
    const bool is_udp = from != nullptr;
    if (is_udp && count >= static_cast<ssize_t>(head_bytes)) {
      const std::span packet(static_cast<const unsigned char*>(into), head_bytes);
      question.was_cut_ |= is_cut(packet);
      question.was_misunderstood_ |= is_misunderstood(packet);
    }
    return count;
  }

  static ares_ssize_t send(ares_socket_t number, const iovec* parts, int count, void*) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = static_cast<std::size_t>(count);
    const auto sent = ::sendmsg(number, &message, MSG_NOSIGNAL);
    // What is reported here is the refusal of the packet before (A before AAAA), and with the
    // report it is forgotten: the question before would wait for it in vain. Sent again, this
    // packet is refused too, and c-ares reads that and moves both on.
    if (sent < 0 && errno == ECONNREFUSED) return ::sendmsg(number, &message, MSG_NOSIGNAL);
    return sent;
  }

  static void watch(void* pointer, ares_socket_t number, int readable, int writable) {
    const auto& sockets = self(pointer).sockets_;
    if (const auto found = sockets.find(number); found != sockets.end()) {
      found->second->watch(readable != 0, writable != 0);
    }
  }

  static void take_addresses(void* pointer, int status, int, ares_addrinfo* found) {
    self(pointer).addresses_.reset(found);
    self(pointer).end(status);
  }

  static void take_packet(void* pointer, int status, int, unsigned char* bytes, int size) {
    if (status == ARES_SUCCESS) self(pointer).packet_.assign(bytes, bytes + size);
    self(pointer).end(status);
  }

  static constexpr ares_socket_functions sockets{open, close, connect, receive, send};
};

dns_question::dns_question(asio::io_context& context, const dns_source& source,
                           core::duration timeout, dns_way way)
    : context_(context), wake_(context) {
  std::string path = source.resolv_conf;
  ares_options options{};
  options.timeout =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
  options.tries = 2;
  options.flags =
      (way.has_edns ? ARES_FLAG_EDNS : 0) | (way.takes_cut_answers ? ARES_FLAG_IGNTC : 0);
  options.ednspsz = udp_bytes_max;
  options.udp_port = source.port;
  options.tcp_port = source.port;
  options.resolvconf_path = path.data();
  std::string by_dns_alone = "b";
  if (!source.reads_hosts_file) options.lookups = by_dns_alone.data();
  const int lookups = source.reads_hosts_file ? 0 : ARES_OPT_LOOKUPS;
  options.sock_state_cb = c_callbacks::watch;
  options.sock_state_cb_data = this;
  const int status =
      ares_init_options(&channel_, &options,
                        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_UDP_PORT |
                            ARES_OPT_TCP_PORT | ARES_OPT_RESOLVCONF | ARES_OPT_FLAGS |
                            ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB | lookups);
  if (status == ARES_SUCCESS) {
    ares_set_socket_functions(channel_, &c_callbacks::sockets, this);
  } else {
    end(status);
  }
}

dns_question::~dns_question() {
  if (channel_ != nullptr) ares_destroy(channel_);
}

void dns_question::ask_addresses(const std::string& name) {
  if (status_) return;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = ARES_AI_NOSORT;  // sorting by reach would open sockets of its own
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, c_callbacks::take_addresses, this);
}

void dns_question::ask_service(const std::string& name) {
  if (status_) return;
  ares_search(channel_, name.c_str(), ns_c_in, ns_t_srv, c_callbacks::take_packet, this);
}

asio::awaitable<void> dns_question::finish() {
  while (!status_) {
    wake_.expires_after(time_to_next_try());
    co_await wake_.async_wait(completion);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) cancel();
    if (!status_) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
}

void dns_question::cancel() { end(ARES_ECANCELLED); }

void dns_question::end(int status) {
  if (!status_) status_ = status;
  wake_.cancel();
}

void dns_question::process(ares_socket_t readable, ares_socket_t writable) {
  reads_left_ = reads_in_a_row_max;
  ares_process_fd(channel_, readable, writable);
  wake_.cancel();  // what c-ares waits for next can have another time
}

asio::steady_timer::duration dns_question::time_to_next_try() const {
  timeval longest{.tv_sec = 3600, .tv_usec = 0};
  timeval left{};
  const timeval* next = ares_timeout(channel_, &longest, &left);
  // c-ares cuts off parts of a millisecond: without one more the timer would run ahead and spin.
  return std::chrono::seconds(next->tv_sec) + std::chrono::microseconds(next->tv_usec) +
         std::chrono::milliseconds(1);
}

}  // namespace redis_agent::io
