// The user's own redis.conf, and cgroup files, which are texts that the agent did not write either.
#include "core/configuration/access.hpp"
#include "core/configuration/cgroup.hpp"
#include "core/configuration/judgement.hpp"
#include "core/configuration/redis_conf.hpp"
#include "fuzzing.hpp"

using namespace redis_agent::core;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view text = redis_agent::fuzz::input(bytes, count);
  redis_conf_plan plan;
  plan.pod = "redis-slave-0";
  plan.primary = {"redis-master-0.redis-headless", 6379};
  plan.user_config = text;
  plan.data_dir = "/data";
  plan.port = 6379;
  plan.password = secret(std::string(text));
  plan.maxmemory = maxmemory_of(parse_memory_limit(text).value_or(count), 75);

  std::size_t line = 0;
  for (const directive& d : read_directives(text)) {
    promise(d.line > line, "lines are counted");
    line = d.line;
    promise(split_arguments(quote_secret(d.name)).value() == std::vector<std::string>{d.name},
            "what is quoted is read back");
  }
  // A file that includes whatever the text names finds the text again.
  const config_files files = {[&](const std::string&) { return std::string(text); },
                              [](const std::string& pattern) { return std::vector{pattern}; }};
  const auto config = read_user_config({"/user.conf", "/redis.conf", "/data", plan.version}, files);
  plan.access = judge_access(config->lines, std::string(text), plan).choice;
  for (const conf_finding& f : judge_directives(config->lines, plan)) {
    promise(f.line <= line, "it is there");
    plan.warnings.push_back(to_text(f));
    promise(plan.warnings.back().find('\n') == std::string::npos, "a warning is one line");
  }
  memory_limit_files(text);

  // Whatever the bytes, no directive can be smuggled into the file.
  const std::vector<std::string> warnings = warnings_in(render(plan));
  promise(warnings == plan.warnings, "warnings are read back");
  plan.access = {};
  const auto rendered = read_directives(render(plan));
  const std::size_t with_secrets = text.empty() ? 0 : 2;
  promise(rendered.size() == (text.empty() ? 0U : 1U) + 6U + with_secrets, "lines stay lines");
  if (!text.empty()) {
    promise(rendered.front().values == std::vector<std::string>{std::string(text)},
            "the path is read back");
  }
  const std::string shown = render(plan, secrets_are::replaced);
  promise(text.empty() || shown.find("\nrequirepass <secret>\n") != std::string::npos,
          "the secret is replaced");
  return 0;
}
