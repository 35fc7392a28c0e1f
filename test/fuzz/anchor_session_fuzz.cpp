// What comes to the anchor, from replicas or from whoever reaches its port. The first byte says in
// which pieces, the rest is what comes.
#include "fuzzing.hpp"
#include "wire/anchor_session.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

namespace {

std::string receive_in_pieces(wire::anchor_session& session, std::string_view text,
                              std::size_t piece) {
  std::string answers;
  while (!text.empty()) {
    const bool was_usable = session.is_usable();
    const bool was_held = session.is_held();
    const std::string more = session.receive(text.substr(0, piece));
    promise(more.empty() || (was_usable && !was_held), "not a byte after +CONTINUE or garbage");
    answers += more;
    text.remove_prefix(std::min(piece, text.size()));
  }
  return answers;
}

void look_at(std::string_view answers, bool is_held) {
  bool continues = false;
  while (!answers.empty()) {
    promise(!continues, "+CONTINUE is the last that is said");
    promise(answers.find('\n') != std::string_view::npos, "an answer is a whole line");
    const std::string_view line = fuzz::take_line(answers);
    continues = line == "+CONTINUE\r";
    promise(continues || line == "+OK\r" || line == "+PONG\r" || line.starts_with("-ERR ") ||
                line.starts_with("-NOMASTERLINK "),
            "there are five answers, and none is a full sync");
  }
  promise(continues == is_held, "a replica is held when it was told so");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  std::string_view text = fuzz::input(bytes, count);
  if (text.empty()) return 0;
  const auto piece = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  wire::anchor_session whole;
  const std::string answers = whole.receive(text);
  look_at(answers, whole.is_held());
  wire::anchor_session cut;
  promise(receive_in_pieces(cut, text, std::size_t{1} + piece) == answers,
          "the size of the pieces does not matter");
  promise(cut.is_usable() == whole.is_usable() && cut.is_held() == whole.is_held(),
          "nor to what becomes of the connection");
  return 0;
}
