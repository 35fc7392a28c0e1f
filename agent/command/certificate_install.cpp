#include "command/certificate_install.hpp"

#include <ctime>

#include "core/configuration/tls_places.hpp"
#include "io/certificate_files.hpp"

namespace redis_agent::command {
namespace {

bool are_the_same(const io::certificate_files& a, const io::certificate_files& b) {
  return a.certificate == b.certificate && a.authorities == b.authorities &&
         a.key.reveal() == b.key.reveal();
}

}  // namespace

certificate_look install_from_secret(const core::settings& s) {
  const std::string folder = core::own_certificates(s);
  certificate_look seen{.now = std::time(nullptr)};
  const auto present = io::read_certificates(folder);
  if (present) seen.installed = io::look_into(*present);
  const auto offered = io::read_certificates(s.tls_folder);
  if (!offered) {
    seen.trouble = offered.error().text;
    return seen;
  }
  if (present && are_the_same(*present, *offered)) return seen;
  const core::certificate_facts facts = io::look_into(*offered);
  if (!core::is_to_be_installed(facts, seen.installed, seen.now)) {
    seen.trouble = core::describe_fault(facts, core::find_fault(facts, seen.now));
    return seen;
  }
  if (const auto context = io::make_tls(*offered); !context) {
    seen.trouble = context.error().text;
    return seen;
  }
  const bool is_for_group = (s.output_mode & 0060) != 0;
  const auto done = io::install_certificates(folder, *offered, is_for_group);
  if (!done) {
    seen.trouble = done.error().text;
    return seen;
  }
  seen.installed = facts;
  seen.is_new = true;
  return seen;
}

}  // namespace redis_agent::command
