// Asks an API server with the agent's own client what its input says: HOST PORT FOLDER TIMEOUT_MS.
// A batch is lines up to an empty one, and all of it is asked at once:
//   ask METHOD PATH CONTENT_TYPE BODY  | read | hold HOLDER | route | move POD TERM | cancel
//   AFTER_MS
// Each answer is a line, in the order in which they come: the number of its line in the batch,
// trouble, Retry-After in seconds, text, object, tabs between; a line with a dot ends the batch.
// "hold" and "move" write what the last "read" and "route" have read.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "io/kubernetes_client.hpp"
#include "io/rethrow.hpp"
#include "io/service_account.hpp"
#include "wire/lease_json.hpp"
#include "wire/service_json.hpp"

using namespace redis_agent;
namespace asio = boost::asio;

namespace {

struct surroundings {
  asio::io_context& context;
  io::kubernetes_client& client;
  std::string in_namespace;
  core::lease lock{};
  core::service_route route{};
};

wire::api_request request_of(const std::string& line, surroundings& known) {
  std::istringstream words(line);
  std::string verb, first, second;
  words >> verb >> first >> second;
  const wire::api_name lock{known.in_namespace, "redis"};
  const wire::api_name service{known.in_namespace, "redis-master"};
  if (verb == "read") return wire::read_lease(lock);
  if (verb == "route") return wire::read_service(service);
  if (verb == "move") {
    return wire::move_service(service, known.route, {first, first + "/uid", std::stoll(second)});
  }
  if (verb == "hold") {
    core::lease wanted = known.lock;
    wanted.holder = first;
    wanted.length = std::chrono::seconds(10);
    wanted.renewed_at = wire::render_micro_time(std::chrono::system_clock::now());
    if (wanted.holder != known.lock.holder) {
      wanted.acquired_at = wanted.renewed_at;
      ++wanted.term;
    }
    wanted.members = {{"redis-1", 300}};
    return wire::write_lease(lock, wanted);
  }
  wire::api_request request{first, second};
  words >> request.content_type;
  std::getline(words >> std::ws, request.body);
  return request;
}

// What was read is what the next write starts from; what no agent understands is told.
void remember(const std::string& line, wire::api_answer& answer, surroundings& known) {
  if (answer.trouble) return;
  std::string misread;
  if (line.starts_with("read") || line.starts_with("hold")) {
    auto lock = wire::parse_lease(answer.object);
    if (lock) known.lock = std::move(*lock);
    if (!lock) misread = lock.error().text;
  } else if (line.starts_with("route") || line.starts_with("move")) {
    auto route = wire::parse_service(answer.object);
    if (route) known.route = std::move(*route);
    if (!route) misread = route.error().text;
  }
  if (misread.empty()) return;
  answer.trouble = core::lock_trouble::malformed;
  answer.text = misread;
}

asio::awaitable<void> carry_out(std::string line, std::size_t number, surroundings& known) {
  if (line.starts_with("cancel ")) {
    asio::steady_timer timer(known.context, std::chrono::milliseconds(std::stoi(line.substr(7))));
    const auto completion = asio::as_tuple(asio::use_awaitable);
    (void)co_await timer.async_wait(completion);
    known.client.cancel();
    co_return;
  }
  wire::api_request request = request_of(line, known);
  wire::api_answer answer = co_await known.client.ask(std::move(request));
  remember(line, answer, known);
  std::cout << number << '\t' << (answer.trouble ? core::to_text(*answer.trouble) : "") << '\t'
            << (answer.retry_after ? std::to_string(core::to_seconds(*answer.retry_after)) : "")
            << '\t' << answer.text << '\t' << answer.object << '\n';
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  asio::io_context context;
  const auto port = static_cast<std::uint16_t>(std::atoi(arguments[2]));
  const std::string folder = arguments[3];
  io::kubernetes_client client(context, {arguments[1], port, folder},
                               std::chrono::milliseconds(std::atoi(arguments[4])));
  const auto in_namespace = io::read_namespace(folder);
  surroundings known{context, client, in_namespace ? *in_namespace : "default"};
  std::vector<std::string> batch;
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty()) {
      batch.push_back(line);
      continue;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      asio::co_spawn(context, carry_out(batch[i], i, known), io::rethrow);
    }
    batch.clear();
    context.restart();
    context.run();
    std::cout << "." << std::endl;
  }
}
