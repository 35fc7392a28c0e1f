#include "wire/metrics_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "wire/metric_families.hpp"

namespace redis_agent::wire {
namespace {

// What a scrape of a primary with some traffic takes, so that the text does not grow piece by
// piece.
constexpr std::size_t usual_size = std::size_t{64} * 1024;

void append_number(families& to, double value) {
  if (std::isnan(value)) {
    to += "NaN";
    return;
  }
  if (std::isinf(value)) {
    to += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  constexpr double exact_max = 1e15;
  std::array<char, 32> digits{};
  char* const end = digits.data() + digits.size();
  const bool is_whole = std::abs(value) < exact_max && value == std::trunc(value);
  const auto written = is_whole
                           ? std::to_chars(digits.data(), end, static_cast<std::int64_t>(value))
                           : std::to_chars(digits.data(), end, value);
  to.append(digits.data(), written.ptr);
}

// Whoever chose the text: a label is one line, and ASCII, since Prometheus refuses all of a scrape
// for one byte that is no UTF-8.
void append_label_value(families& to, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      to += "\\n";
    } else if (c == '"' || c == '\\') {
      to.append(1, '\\').append(1, c);
    } else {
      to += static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
  }
}

}  // namespace

family::family(families& to, std::string_view name, std::string_view type, std::string_view help)
    : to_(&to), name_(name) {
  to.append("# HELP ").append(name).append(" ").append(help);
  to.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void family::write(std::string_view suffix, double value, std::span<const label> named) {
  to_->append(name_).append(suffix);
  char before = '{';
  for (const auto& [name, text] : named) {
    to_->append(1, before).append(name).append("=\"");
    append_label_value(*to_, text);
    *to_ += '"';
    before = ',';
  }
  if (!named.empty()) *to_ += '}';
  *to_ += ' ';
  append_number(*to_, value);
  *to_ += '\n';
}

family& family::sample(double value, std::span<const label> named) {
  write("", value, named);
  return *this;
}

family& family::sample(double value, std::initializer_list<label> named) {
  write("", value, {named.begin(), named.size()});
  return *this;
}

family& family::line(std::string_view suffix, double value, std::initializer_list<label> named) {
  write(suffix, value, {named.begin(), named.size()});
  return *this;
}

family gauge(families& to, std::string_view name, std::string_view help) {
  return {to, name, "gauge", help};
}

family counter(families& to, std::string_view name, std::string_view help) {
  return {to, name, "counter", help};
}

family summary(families& to, std::string_view name, std::string_view help) {
  return {to, name, "summary", help};
}

std::string render_metrics(const snapshot& at) {
  families all;
  all.reserve(usual_size);
  add_redis_families(all, at);
  add_agent_families(all, at);
  add_process_families(all, at);
  return all;
}

}  // namespace redis_agent::wire
