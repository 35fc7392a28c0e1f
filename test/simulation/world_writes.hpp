// What clients have written, by number, and what has become of it.
#pragma once

#include <cstddef>
#include <vector>

namespace redis_agent::simulation {

class write_log {
 public:
  int next() {
    states_.push_back({});
    return static_cast<int>(states_.size()) - 1;
  }
  int count() const { return static_cast<int>(states_.size()) - 1; }

  void acknowledge(int number) { at(number).is_acknowledged = true; }

  // A replica has it: from now on it must not be lost.
  void reach_replica(int number) {
    state& s = at(number);
    if (!s.is_acknowledged || s.is_protected || s.is_given_up) return;
    s.is_protected = true;
    ++protected_count_;
  }

  // By a fault that destroyed it everywhere: if it turns up it is one of the many again.
  void unprotect(int number) {
    state& s = at(number);
    if (s.is_protected) --protected_count_;
    s.is_protected = false;
  }

  // By a person, for good.
  void give_up(int number) {
    unprotect(number);
    at(number).is_given_up = true;
  }

  bool is_protected(int number) const {
    return states_[static_cast<std::size_t>(number)].is_protected;
  }
  std::size_t protected_count() const { return protected_count_; }

 private:
  struct state {
    bool is_acknowledged = false;
    bool is_protected = false;
    bool is_given_up = false;
  };

  state& at(int number) { return states_[static_cast<std::size_t>(number)]; }

  std::vector<state> states_ = std::vector<state>(1);  // numbers begin with 1
  std::size_t protected_count_ = 0;
};

}  // namespace redis_agent::simulation
