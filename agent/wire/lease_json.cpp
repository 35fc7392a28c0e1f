#include "wire/lease_json.hpp"

#include <array>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/address.hpp"
#include "wire/json_fields.hpp"
#include "wire/kubernetes_json.hpp"

namespace redis_agent::wire {
namespace {

constexpr std::size_t members_max = 1000;
constexpr std::size_t members_bytes_max = std::size_t{64} << 10;

constexpr const char* cluster = "redis-agent.io/cluster";
constexpr const char* lineage = "redis-agent.io/lineage";
constexpr const char* offset = "redis-agent.io/offset";
constexpr const char* keys = "redis-agent.io/keys";
constexpr const char* functions = "redis-agent.io/functions";
constexpr const char* members = "redis-agent.io/members";
constexpr const char* successor = "redis-agent.io/successor";
constexpr const char* given_by = "redis-agent.io/given-by";
constexpr const char* routed = "redis-agent.io/routed-term";
constexpr const char* address = "redis-agent.io/address";

// Takes fields one after the other, and remembers the first that could not be read.
class field_reader {
 public:
  explicit field_reader(const json::object& from) : from_(from) {}

  void read(const char* name, std::string& into) {
    auto text = one_line_at(from_, name);
    if (!text) return complain(name);
    into = std::move(*text);
  }

  // Of an annotation: a number as text.
  void read_count(const char* name, std::int64_t& into) {
    const auto text = one_line_at(from_, name);
    if (text && text->empty() && from_.find(name) == from_.end()) return;
    const auto count = text ? parse_count(*text) : std::nullopt;
    if (!count) return complain(name);
    into = *count;
  }

  // Of the spec: an int32 of Kubernetes, from 0 on.
  void read_number(const char* name, std::int64_t& into) {
    const json::value* const value = from_.if_contains(name);
    if (value == nullptr || value->is_null()) return;
    const auto number = integer_at(from_, name);
    if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
      return complain(name);
    }
    into = *number;
  }

  void read_members(std::vector<core::lock_member>& into) {
    const json::value* const value = from_.if_contains(members);
    if (value == nullptr || value->is_null()) return;
    if (!value->is_string() || value->get_string().size() > members_bytes_max) {
      return complain(members);
    }
    boost::system::error_code error;
    const json::value parsed = json::parse(value->get_string(), error);
    if (error || !parsed.is_object() || parsed.get_object().size() > members_max) {
      return complain(members);
    }
    for (const auto& [pod, its_offset] : parsed.get_object()) {
      if (!core::is_dns_name({pod.data(), pod.size()}) || !its_offset.is_int64() ||
          its_offset.get_int64() < 0) {
        return complain(members);
      }
      into.push_back({std::string(pod), its_offset.get_int64()});
    }
  }

  void complain(const char* name) {
    if (unreadable_.empty()) unreadable_ = name;
  }
  const std::string& unreadable() const { return unreadable_; }

 private:
  const json::object& from_;
  std::string unreadable_;
};

std::string read_spec(const json::object& spec, core::lease& into) {
  field_reader fields(spec);
  std::int64_t seconds = 0;
  fields.read("holderIdentity", into.holder);
  fields.read_number("leaseDurationSeconds", seconds);
  fields.read("renewTime", into.renewed_at);
  fields.read("acquireTime", into.acquired_at);
  fields.read_number("leaseTransitions", into.term);
  into.length = std::chrono::seconds(seconds);
  return fields.unreadable();
}

core::lease read_annotations(const json::object& annotations, const core::lease& spec) {
  field_reader fields(annotations);
  core::lease into = spec;
  fields.read(cluster, into.cluster_id);
  fields.read(lineage, into.history_id);
  fields.read_count(offset, into.offset);
  fields.read_count(keys, into.keys);
  fields.read_count(functions, into.functions);
  fields.read(address, into.address);
  into.address = core::canonical_host(into.address);
  fields.read_members(into.members);
  fields.read(successor, into.successor);
  fields.read(given_by, into.given_by);
  fields.read_count(routed, into.routed_term);
  if (!into.address.empty() && !core::is_ip_literal(into.address)) fields.complain(address);
  if (!into.successor.empty() && !core::is_dns_name(into.successor)) fields.complain(successor);
  if (!into.given_by.empty() && !core::is_dns_name(into.given_by)) fields.complain(given_by);
  if (fields.unreadable().empty()) return into;
  core::lease unreadable = spec;
  unreadable.unreadable = fields.unreadable();
  return unreadable;
}

std::string render_members(const std::vector<core::lock_member>& listed) {
  json::object compact;
  for (const core::lock_member& member : listed) compact.emplace(member.pod, member.offset);
  return compact.empty() ? std::string() : json::serialize(compact);
}

// "" is said by absence: an empty time is a bad one, and a successor is named or not.
void put_text(json::object& into, const char* name, const std::string& text) {
  if (text.empty()) {
    into.erase(name);
  } else {
    into[name] = text;
  }
}

void write_spec(const core::lease& wanted, json::object& spec) {
  spec["holderIdentity"] = wanted.holder;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wanted.length).count();
  if (seconds > 0) {
    spec["leaseDurationSeconds"] = seconds;
  } else {
    spec.erase("leaseDurationSeconds");  // 0 is refused
  }
  put_text(spec, "acquireTime", wanted.acquired_at);
  put_text(spec, "renewTime", wanted.renewed_at);
  spec["leaseTransitions"] = wanted.term;
}

void write_annotations(const core::lease& wanted, json::object& annotations) {
  put_text(annotations, cluster, wanted.cluster_id);
  put_text(annotations, lineage, wanted.history_id);
  put_text(annotations, offset, std::to_string(wanted.offset));
  put_text(annotations, keys, std::to_string(wanted.keys));
  put_text(annotations, functions, wanted.functions > 0 ? std::to_string(wanted.functions) : "");
  put_text(annotations, members, render_members(wanted.members));
  put_text(annotations, successor, wanted.successor);
  put_text(annotations, given_by, wanted.given_by);
  put_text(annotations, address, wanted.address);
  put_text(annotations, routed, wanted.routed_term < 0 ? "" : std::to_string(wanted.routed_term));
}

}  // namespace

core::result<core::lease> parse_lease(std::string_view body) {
  auto parsed = parse_kubernetes_object(body, "Lease");
  if (!parsed) return parsed.error();
  json::object& object = *parsed;
  core::lease read;
  read.version = one_line_at(metadata_of(object), "resourceVersion").value_or("");
  const std::string unreadable = read_spec(object_at(object, "spec"), read);
  if (!unreadable.empty()) {
    return core::failure{"is no lock: its " + unreadable + " is not what an agent writes"};
  }
  read = read_annotations(object_at(metadata_of(object), "annotations"), read);
  make_object_at(object, "metadata").erase("managedFields");
  read.object = json::serialize(object);
  return read;
}

std::string render_lease(const core::lease& wanted) {
  boost::system::error_code error;
  json::value base = json::parse(wanted.object, error);
  json::object object;
  if (!error && base.is_object()) object = std::move(base.get_object());
  object["apiVersion"] = "coordination.k8s.io/v1";
  object["kind"] = "Lease";
  json::object& metadata = make_object_at(object, "metadata");
  metadata.erase("managedFields");
  metadata["resourceVersion"] = wanted.version;
  write_annotations(wanted, make_object_at(metadata, "annotations"));
  write_spec(wanted, make_object_at(object, "spec"));
  return json::serialize(object);
}

std::string render_micro_time(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<microseconds>(time - day));
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace redis_agent::wire
