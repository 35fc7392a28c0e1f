// What a Secret has as tls.crt, tls.key and ca.crt, one after the other: half of one, others'
// files, anything that is no PEM.
#include <array>
#include <string>

#include "fuzzing.hpp"
#include "io/certificate_files.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

namespace {

constexpr std::string_view between = "==\n";

std::string take_part(std::string_view& left) {
  const auto end = left.find(between);
  const std::string part(left.substr(0, end));
  left.remove_prefix(end == std::string_view::npos ? left.size() : end + between.size());
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  std::string_view left = fuzz::input(bytes, count);
  io::certificate_files files;
  files.certificate = take_part(left);
  files.key = core::secret(take_part(left));
  files.authorities = take_part(left);
  const core::certificate_facts facts = io::look_into(files);
  const core::certificate_fault fault = core::find_fault(facts, facts.valid_from);
  promise(core::describe_fault(facts, fault).empty() == (fault == core::certificate_fault::none),
          "a fault has its words");
  const std::vector<std::string> authorities = io::split_authorities(files.authorities);
  promise(!facts.unread.empty() || !authorities.empty(), "who is read has an authority");
  std::string all;
  for (const std::string& one : authorities) all += one;
  promise(io::split_authorities(all) == authorities, "what is written is read back as it was");
  const bool is_of_use = fault == core::certificate_fault::none;
  promise(!is_of_use || io::make_tls(files).has_value(), "a good set makes a connection");
  return 0;
}
