#include "io/dns_resolver.hpp"

#include <ares.h>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "core/base/address.hpp"
#include "io/dns_answer.hpp"
#include "io/dns_question.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds longest_ttl(2147483647);  // RFC 2181, 8

std::string describe(int status) {
  switch (status) {
    case ARES_ENOTFOUND: return "no such name";
    case ARES_ENODATA: return "the name has no such record";
    case ARES_ETIMEOUT: return "no answer in time";
    case ARES_ECONNREFUSED:  // also when every server refused to answer or could not
      return "no server gave an answer";
    case ARES_ECANCELLED: return "cancelled";
    case ARES_EBADRESP: return "the answer is malformed";
    default: return ares_strerror(status);
  }
}

std::string describe(const dns_question& question) {
  const std::string why = describe(question.status());
  return question.was_cut() ? "the answer is cut, and by TCP: " + why : why;
}

bool says_that_nothing_is_there(int status) {
  return status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

}  // namespace

class dns_resolver::implementation {
 public:
  // The resolver may be gone before its last question has ended, so that the coroutines own this.
  using self_pointer = std::shared_ptr<implementation>;
  using question_pointer = std::unique_ptr<dns_question>;

  implementation(asio::io_context& context, core::duration timeout, dns_source source)
      : context_(context), timeout_(timeout), source_(std::move(source)) {}

  static asio::awaitable<core::result<core::address_answer>> resolve_addresses(self_pointer self,
                                                                               std::string name);
  static asio::awaitable<core::result<core::service_answer>> resolve_service(self_pointer self,
                                                                             std::string name);

  static asio::awaitable<core::absence> explain_absence(self_pointer self, std::string name);

  void cancel() {
    for (dns_question* question : questions_) question->cancel();
  }

 private:
  static asio::awaitable<question_pointer> ask(self_pointer self,
                                               void (dns_question::*how)(const std::string&),
                                               std::string name);

  struct registration {
    registration(implementation& owner, dns_question& question)
        : in(owner.questions_), of(&question) {
      in.insert(of);
    }
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;
    ~registration() { in.erase(of); }

    std::unordered_set<dns_question*>& in;
    dns_question* of;
  };

  asio::io_context& context_;
  const core::duration timeout_;
  const dns_source source_;
  std::unordered_set<dns_question*> questions_;
};

// What was cut, and could not be had by TCP, is asked for once more and taken as it is.
asio::awaitable<dns_resolver::implementation::question_pointer> dns_resolver::implementation::ask(
    self_pointer self, void (dns_question::*how)(const std::string&), std::string name) {
  dns_way way;
  const auto ask_once = [&]() -> asio::awaitable<question_pointer> {
    auto question =
        std::make_unique<dns_question>(self->context_, self->source_, self->timeout_, way);
    const registration registered(*self, *question);
    (*question.*how)(name);
    co_await question->finish();
    co_return question;
  };
  const auto is_cancelled = [](const question_pointer& asked) {
    return asked->status() == ARES_ECANCELLED;
  };
  auto whole = co_await ask_once();
  if (whole->was_misunderstood() && !is_cancelled(whole)) {
    way.has_edns = false;
    whole = co_await ask_once();
  }
  if (whole->status() == ARES_SUCCESS || is_cancelled(whole) || !whole->was_cut()) co_return whole;
  way.takes_cut_answers = true;
  auto cut = co_await ask_once();
  co_return cut->status() == ARES_SUCCESS ? std::move(cut) : std::move(whole);
}

asio::awaitable<core::result<core::address_answer>> dns_resolver::implementation::resolve_addresses(
    self_pointer self, std::string name) {
  const std::string asked = "asked DNS for the addresses of " + name + ": ";
  boost::system::error_code is_name;
  const auto literal = asio::ip::make_address(name, is_name);
  if (!is_name) co_return core::address_answer{{literal.to_string()}, longest_ttl};
  if (!core::is_dns_name(name)) co_return core::failure{asked + "not a DNS name"};

  const auto question = co_await ask(self, &dns_question::ask_addresses, name);
  if (question->status() != ARES_SUCCESS) co_return core::failure{asked + describe(*question)};
  auto answer = read_addresses(*question->addresses());
  if (!answer) co_return core::failure{asked + answer.error().text};
  co_return answer;
}

asio::awaitable<core::result<core::service_answer>> dns_resolver::implementation::resolve_service(
    self_pointer self, std::string name) {
  const std::string asked = "asked DNS for SRV of " + name + ": ";
  if (!core::is_dns_name(name)) co_return core::failure{asked + "not a DNS name"};

  const auto question = co_await ask(self, &dns_question::ask_service, name);
  if (question->status() != ARES_SUCCESS) co_return core::failure{asked + describe(*question)};
  auto answer = read_service(question->packet());
  if (!answer) co_return core::failure{asked + answer.error().text};
  co_return answer;
}

asio::awaitable<core::absence> dns_resolver::implementation::explain_absence(self_pointer self,
                                                                             std::string name) {
  if (!core::is_dns_name(name)) co_return core::absence::unknown;
  const auto service = co_await ask(self, &dns_question::ask_service, name);
  if (!says_that_nothing_is_there(service->status())) co_return core::absence::unknown;

  const auto addresses = co_await ask(self, &dns_question::ask_addresses, name);
  if (addresses->status() == ARES_SUCCESS) co_return core::absence::no_ports;
  co_return says_that_nothing_is_there(addresses->status()) ? core::absence::no_pods
                                                            : core::absence::unknown;
}

dns_resolver::dns_resolver(asio::io_context& context, core::duration timeout, dns_source source)
    : implementation_(std::make_shared<implementation>(context, timeout, std::move(source))) {}

dns_resolver::~dns_resolver() { cancel(); }

void dns_resolver::cancel() { implementation_->cancel(); }

asio::awaitable<core::result<core::address_answer>> dns_resolver::resolve_addresses(
    std::string name) {
  return implementation::resolve_addresses(implementation_, std::move(name));
}

asio::awaitable<core::result<core::service_answer>> dns_resolver::resolve_service(
    std::string name) {
  return implementation::resolve_service(implementation_, std::move(name));
}

asio::awaitable<core::absence> dns_resolver::explain_absence(std::string service) {
  return implementation::explain_absence(implementation_, std::move(service));
}

}  // namespace redis_agent::io
