// The API server of Kubernetes in a simulated world, as far as one Lease and one Service go:
// versions that each write has to name, answers that are late or lost, writes that are carried out
// long after the one who sent them has given up. Time is the world's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/memory/lock_memory.hpp"
#include "core/memory/route.hpp"

namespace redis_agent::simulation {

using core::duration;
using core::instant;

// What is wrong with it at this moment.
struct api_weather {
  bool is_down = false;                       // nobody listens
  bool applies_late = false;                  // a write is carried out up to a minute late
  bool loses_answers = false;                 // every second one
  duration slow_by{};                         // each way, at most
  std::optional<core::lock_trouble> refuses;  // every request
  std::set<int> split;                        // pods that it does not reach, nor they it
  std::set<int> revoked;                      // whose token counts no more

  friend bool operator==(const api_weather&, const api_weather&) = default;
};

struct api_question {
  enum class what { lock, read_route, move_route } kind = what::lock;
  core::lock_request lock{};
  core::service_route route{};  // to be written
};

struct api_reply {
  std::optional<core::lock_trouble> trouble;
  core::lease seen{};
  core::service_route route{};
};

class api_server {
 public:
  explicit api_server(std::mt19937_64& chance);

  std::uint64_t ask(int pod, const api_question& q, instant now);
  // nullopt: nothing has come yet.
  std::optional<api_reply> take_answer(std::uint64_t ticket, instant now);

  void advance(instant now);
  void set_weather(const api_weather& w, instant now);
  void restart();  // what was on its way is lost

  // By a person.
  void remove_lock() { has_lock_ = false; }
  void make_lock();  // as the chart does, where it is and where it is not
  void edit_lock(core::lease edited);

  const core::lease& lease() const { return lease_; }
  // As an agent wrote it last, whatever people have done to it since.
  const core::lease& written() const { return written_; }
  const core::service_route& route() const { return route_; }
  // "" or what no lock may do.
  const std::string& violation() const { return violation_; }
  // When the last write of that holder was carried out.
  std::optional<instant> renewed_at(const std::string& holder) const;
  bool reaches(int pod) const { return !weather_.is_down && !weather_.split.contains(pod); }

 private:
  struct pending {
    std::uint64_t ticket = 0;
    int pod = 0;
    api_question question;
    std::optional<instant> applies_at;  // nullopt: never
    std::optional<instant> answers_at;
    std::optional<api_reply> reply{};
    bool is_stuck = false;  // in the sender's socket, until the way is free
  };

  bool one_in(unsigned n) { return chance_() % n == 0; }
  duration draw(duration most);
  void refuse(pending& p, instant now);
  void send(pending& p, instant now);
  api_reply carry_out(const pending& p, instant now);
  api_reply write_lock(const core::lease& wanted, instant now);
  void watch_lock(const core::lease& before);

  std::mt19937_64& chance_;
  api_weather weather_;
  bool has_lock_ = true;
  core::lease lease_;
  core::lease written_;
  core::service_route route_;
  std::uint64_t version_ = 1;
  std::uint64_t tickets_ = 0;
  std::vector<pending> pending_;
  std::map<std::int64_t, std::string> holders_;  // by term
  std::map<std::string, instant> renewed_;
  std::set<std::int64_t> routed_terms_;
  std::string violation_;
};

}  // namespace redis_agent::simulation
