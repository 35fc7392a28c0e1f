// The README's tables say what the code says.
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "core/configuration/settings.hpp"
#include "core/readiness/verdict.hpp"

namespace redis_agent::core {
namespace {

std::string read_readme() {
  std::ifstream file(TEST_FILES "/../../../README.md");
  EXPECT_TRUE(file) << "no README.md";
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string used_by(const setting& s) {
  std::string names;
  const auto add = [&](subcommand command, const char* name) {
    if (s.belongs_to(command)) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  if (s.belongs_to(subcommand::check) && !s.belongs_to(subcommand::init) &&
      !s.belongs_to(subcommand::sidecar)) {
    return "check";
  }
  add(subcommand::init, "init");
  add(subcommand::sidecar, "sidecar");
  add(subcommand::status, "status");
  add(subcommand::resolve, "resolve");
  add(subcommand::switchover, "switchover");
  return names;
}

std::string settings_table() {
  std::string table = "| flag | default | in | |\n|---|---|---|---|\n";
  for (const setting& s : all_settings()) {
    const bool shows_default = !s.is_switch() && !s.fallback.empty();
    const std::string form = s.is_switch() ? "" : "=" + std::string(s.form);
    table += "| `" + s.flag() + form + "` | " +
             (shows_default ? "`" + std::string(s.fallback) + "`" : "") + " | " + used_by(s) +
             " | " + std::string(s.help) + " |\n";
  }
  return table;
}

TEST(readme, has_the_table_of_settings) {
  const std::string table = settings_table();
  EXPECT_NE(read_readme().find("<!-- settings -->\n" + table + "<!-- end of settings -->"),
            std::string::npos)
      << "README.md differs from settings_table.cpp; it has to say between its markers:\n"
      << table;
}

TEST(readme, names_every_reason) {
  const std::string readme = read_readme();
  for (std::size_t i = 0; i < reasons; ++i) {
    const auto why = static_cast<reason>(i);
    if (why == reason::primary_serving || why == reason::replica_in_sync) continue;  // all is well
    EXPECT_THAT(readme, testing::HasSubstr(std::string(to_text(why))));
  }
}

}  // namespace
}  // namespace redis_agent::core
