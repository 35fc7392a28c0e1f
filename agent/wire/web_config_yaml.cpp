#include "wire/web_config_yaml.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <vector>
#include <yaml.h>

#include "core/server/info.hpp"

namespace redis_agent::wire {
namespace {

using core::client_certificates;
using core::web_config;

// libyaml's parser with the first document of a text.
class document {
 public:
  explicit document(std::string_view yaml) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(yaml.data()),
                                 yaml.size());
    is_loaded_ = yaml_parser_load(&parser_, &first_) == 1;
  }
  ~document() {
    if (is_loaded_) yaml_document_delete(&first_);
    yaml_parser_delete(&parser_);
  }
  document(const document&) = delete;
  document& operator=(const document&) = delete;

  // "" if it is one.
  std::string trouble() const {
    if (is_loaded_) return {};
    return "line " + std::to_string(parser_.problem_mark.line + 1) + ": " +
           (parser_.problem != nullptr ? parser_.problem : "no YAML");
  }

  const yaml_node_t* root() { return yaml_document_get_root_node(&first_); }
  const yaml_node_t* at(int index) { return yaml_document_get_node(&first_, index); }

 private:
  yaml_parser_t parser_{};
  yaml_document_t first_{};
  bool is_loaded_ = false;
};

std::string line_of(const yaml_node_t& node) {
  return "line " + std::to_string(node.start_mark.line + 1) + ": ";
}

std::optional<std::string> text_of(const yaml_node_t& node) {
  if (node.type != YAML_SCALAR_NODE) return std::nullopt;
  const auto& scalar = node.data.scalar;
  const std::string text(reinterpret_cast<const char*>(scalar.value), scalar.length);
  const bool is_null = scalar.style == YAML_PLAIN_SCALAR_STYLE && (text == "~" || text == "null");
  return is_null ? std::string() : text;
}

struct entry {
  std::string key;
  const yaml_node_t& value;
};

// What is empty has no entries.
core::result<std::vector<entry>> entries_of(document& from, const yaml_node_t& node,
                                            const std::string& name) {
  std::vector<entry> entries;
  if (text_of(node) == "") return entries;
  if (node.type != YAML_MAPPING_NODE) {
    return core::failure{line_of(node) + name + ": expected keys and values"};
  }
  std::set<std::string> seen;
  for (auto* pair = node.data.mapping.pairs.start; pair != node.data.mapping.pairs.top; ++pair) {
    const auto key = text_of(*from.at(pair->key));
    if (!key) return core::failure{line_of(*from.at(pair->key)) + name + ": expected a plain key"};
    if (!seen.insert(*key).second) {
      return core::failure{line_of(*from.at(pair->key)) + name + ": " + *key + " stands twice"};
    }
    entries.push_back({*key, *from.at(pair->value)});
  }
  return entries;
}

// Stores the value; what would have been right if it cannot, "" if it could.
struct field {
  std::string_view name;
  std::string (*store)(web_config&, const std::string& value);
};

template <std::string web_config::*member>
std::string store_file(web_config& into, const std::string& value) {
  if (value.find('\0') != std::string::npos) return "expected a path";
  into.*member = value;
  return {};
}

std::string store_clients(web_config& into, const std::string& value) {
  if (value.empty() || value == "NoClientCert") return {};
  if (value == "VerifyClientCertIfGiven") into.clients = client_certificates::if_given;
  if (value == "RequireAndVerifyClientCert") into.clients = client_certificates::required;
  if (into.clients != client_certificates::none) return {};
  return "expected NoClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert: a "
         "certificate that nobody verifies proves nothing";
}

std::string store_least(web_config& into, const std::string& value) {
  if (value != "TLS12" && value != "TLS13") return "expected TLS12 or TLS13";
  into.least = value == "TLS13" ? core::tls_version::tls13 : core::tls_version::tls12;
  return {};
}

constexpr std::array tls_fields = {
    field{"cert_file", store_file<&web_config::certificate_file>},
    field{"key_file", store_file<&web_config::key_file>},
    field{"client_auth_type", store_clients},
    field{"client_ca_file", store_file<&web_config::client_authorities_file>},
    field{"min_version", store_least},
};

std::string expected_one_of(std::span<const field> fields) {
  std::string text = "not supported; expected one of ";
  for (const field& each : fields) {
    text.append(&each == fields.data() ? "" : ", ").append(each.name);
  }
  return text;
}

// The cost stands in the third part: $2y$10$ and 53 characters.
std::string judge_hash(const std::string& hash) {
  constexpr std::size_t head = 7;
  constexpr std::size_t whole = 60;
  constexpr std::string_view alphabet =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::array beginnings = {"$2a$", "$2b$", "$2y$"};
  const bool is_bcrypt = hash.size() == whole && hash[head - 1] == '$' &&
                         hash.find_first_not_of(alphabet, head) == std::string::npos &&
                         std::any_of(beginnings.begin(), beginnings.end(),
                                     [&](const char* begin) { return hash.starts_with(begin); });
  const auto cost = is_bcrypt ? core::parse_number(hash.substr(4, 2)) : std::nullopt;
  if (!cost) return "expected the bcrypt hash of a password, as htpasswd -nBC 10 NAME makes it";
  if (*cost < 4 || *cost > core::bcrypt_cost_max) {
    return "the hash has a cost of " + std::to_string(*cost) + "; expected one from 4 to " +
           std::to_string(core::bcrypt_cost_max) + ", at which a login takes a second";
  }
  return {};
}

// The sections: each is stored, or the answer says what is wrong.
std::string read_tls(document& from, const yaml_node_t& node, web_config& into) {
  const std::string name = "tls_server_config";
  const auto entries = entries_of(from, node, name);
  if (!entries) return entries.error().text;
  for (const entry& each : *entries) {
    const std::string where = line_of(each.value) + name + "." + each.key + ": ";
    const auto* const known = std::find_if(tls_fields.begin(), tls_fields.end(),
                                           [&](const field& f) { return f.name == each.key; });
    if (known == tls_fields.end()) return where + expected_one_of(tls_fields);
    const auto value = text_of(each.value);
    if (!value) return where + "expected one value";
    const std::string wanted = known->store(into, *value);
    if (!wanted.empty()) return where + "got \"" + *value + "\", " + wanted;
  }
  const bool asks = into.clients != client_certificates::none;
  const bool has_authorities = !into.client_authorities_file.empty();
  if (!entries->empty() && into.certificate_file.empty()) return name + ": expected cert_file";
  if (!entries->empty() && into.key_file.empty()) return name + ": expected key_file";
  if (asks && !has_authorities) return name + ": client_auth_type needs client_ca_file";
  if (!asks && has_authorities) return name + ": client_ca_file needs client_auth_type";
  return {};
}

std::string read_users(document& from, const yaml_node_t& node, web_config& into) {
  const std::string name = "basic_auth_users";
  const auto entries = entries_of(from, node, name);
  if (!entries) return entries.error().text;
  for (const entry& each : *entries) {
    const std::string where = line_of(each.value) + name + "." + each.key + ": ";
    const bool can_be_sent = !each.key.empty() && each.key.find(':') == std::string::npos;
    if (!can_be_sent) return where + "expected a name without a colon";
    const auto hash = text_of(each.value);
    const std::string wrong = judge_hash(hash.value_or(""));
    if (!wrong.empty()) return where + wrong;
    into.users.emplace(each.key, *hash);
  }
  return {};
}

struct section {
  std::string_view name;
  std::string (*read)(document&, const yaml_node_t&, web_config&);
};

constexpr std::array sections = {section{"tls_server_config", read_tls},
                                 section{"basic_auth_users", read_users}};

}  // namespace

core::result<web_config> parse_web_config(std::string_view yaml, const std::string& folder) {
  document from(yaml);
  if (const std::string trouble = from.trouble(); !trouble.empty()) return core::failure{trouble};
  web_config config;
  const yaml_node_t* const root = from.root();
  if (root == nullptr) return config;
  const auto entries = entries_of(from, *root, "the file");
  if (!entries) return entries.error();
  for (const entry& each : *entries) {
    const auto* const known = std::find_if(sections.begin(), sections.end(),
                                           [&](const section& s) { return s.name == each.key; });
    if (known == sections.end()) {
      return core::failure{line_of(each.value) + each.key +
                           ": not supported; expected one of tls_server_config, basic_auth_users"};
    }
    const std::string wrong = known->read(from, each.value, config);
    if (!wrong.empty()) return core::failure{wrong};
  }
  for (std::string* const file :
       {&config.certificate_file, &config.key_file, &config.client_authorities_file}) {
    if (!file->empty() && file->front() != '/') file->insert(0, folder + "/");
  }
  return config;
}

}  // namespace redis_agent::wire
