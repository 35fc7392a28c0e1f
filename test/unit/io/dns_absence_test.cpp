// Why nobody is listed, and what DNS alone says, of dns_resolver against a real DNS server.
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "io/dns_resolver.hpp"
#include "unit/io/dns_test_servers.hpp"
#include "unit/io/run_coroutine.hpp"
#include "unit/io/temporary_folder.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using core::absence;

class dns_absence : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<dnsmasq>(std::vector<std::string>{
        "--host-record=portless.local,10.0.0.4", "--host-record=only6.local,fd00::6",
        "--txt-record=text.local,nothing else",
        "--srv-host=redis-headless.local,redis-master-0.local,6379"});
  }
  static void TearDownTestSuite() { server.reset(); }

  dns_source source(std::uint16_t port) const {
    return {folder_.write("resolv.conf", "nameserver 127.0.0.1\n"), port};
  }

  absence why(const std::string& name) { return run(context_, resolver_.explain_absence(name)); }
  absence why(const std::string& name, invented_dns_server::answers make) {
    const invented_dns_server invented(context_, std::move(make));
    dns_resolver resolver(context_, 200ms, source(invented.port()));
    return run(context_, resolver.explain_absence(name));
  }

  inline static std::unique_ptr<dnsmasq> server;
  temporary_folder folder_;
  asio::io_context context_;
  dns_resolver resolver_{context_, 2s, source(server->port())};
};

TEST_F(dns_absence, of_a_name_that_is_not_there_is_that_of_its_pods) {
  EXPECT_EQ(why("nobody.local"), absence::no_pods);
  EXPECT_EQ(why("text.local"), absence::no_pods) << "the name is there, and no address";
}

TEST_F(dns_absence, of_a_name_with_addresses_alone_is_that_of_its_ports) {
  EXPECT_EQ(why("portless.local"), absence::no_ports);
  EXPECT_EQ(why("only6.local"), absence::no_ports);
}

TEST_F(dns_absence, is_not_known_of_a_service_that_is_there) {
  EXPECT_EQ(why("redis-headless.local"), absence::unknown);
}

TEST_F(dns_absence, is_not_known_where_dns_fails_or_is_silent) {
  for (const unsigned rcode : {rcode_server_failure, rcode_refused}) {
    EXPECT_EQ(why("nobody.local",
                  [&](const std::string& question) {
                    return std::vector{dns_answer(question, flags_of_answer | rcode, {})};
                  }),
              absence::unknown)
        << rcode;
  }
  EXPECT_EQ(why("nobody.local", [](const std::string&) { return std::vector<std::string>(); }),
            absence::unknown);
}

// SRV is said to be missing, and then the server is gone.
TEST_F(dns_absence, is_not_known_where_only_half_of_it_was_heard) {
  const unsigned no_such_name = 3;
  EXPECT_EQ(why("nobody.local",
                [&](const std::string& question) -> std::vector<std::string> {
                  if (type_of(question) != type_srv) return {};
                  return {dns_answer(question, flags_of_answer | no_such_name, {})};
                }),
            absence::unknown);
}

TEST_F(dns_absence, is_not_known_of_what_is_no_name) {
  EXPECT_EQ(why("no name"), absence::unknown);
  EXPECT_EQ(why(""), absence::unknown);
}

// A name that the hosts file has and DNS has not.
std::string name_in_hosts_file() {
  std::ifstream file("/etc/hosts");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address;
    words >> address;
    for (std::string name; words >> name;) {
      if (name.find("localhost") == std::string::npos) return name;
    }
  }
  return {};
}

TEST_F(dns_absence, of_a_name_is_not_hidden_by_the_hosts_file_where_that_is_not_read) {
  const std::string name = name_in_hosts_file();
  if (name.empty()) GTEST_SKIP() << "/etc/hosts has no name but localhost";
  const auto asked = [&](bool reads_hosts_file) {
    dns_source from = source(server->port());
    from.reads_hosts_file = reads_hosts_file;
    dns_resolver resolver(context_, 2s, from);
    return run(context_, resolver.resolve_addresses(name));
  };
  const auto with = asked(true);
  EXPECT_TRUE(with) << with.error().text;
  EXPECT_FALSE(asked(false)) << name;
}

}  // namespace
}  // namespace redis_agent::io
