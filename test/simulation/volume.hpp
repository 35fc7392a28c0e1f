// What survives a server: its files. An older volume put back is an assignment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace redis_agent::simulation {

// The keys of a server, as the unique numbers of the writes that made them, in their order, and its
// functions, which are data and no keys. Copies share one growing buffer and differ in how much of
// it they see, so that a copy and an append cost next to nothing; only histories that fork copy
// what they have in common. Not for two threads.
class dataset {
 public:
  void append(int number) {
    if (!buffer_) buffer_ = std::make_shared<std::vector<int>>();
    if (size_ < buffer_->size() && (*buffer_)[size_] != number) {
      const std::span<const int> shared(buffer_->data(), size_);  // with what has expired
      buffer_ = std::make_shared<std::vector<int>>(shared.begin(), shared.end());
    }
    if (size_ == buffer_->size()) buffer_->push_back(number);
    ++size_;
  }

  // Keys live for a while, and those that were written first end first. Says how many ended.
  std::size_t expire_up_to(int number) {
    const std::size_t before = first_;
    while (first_ < size_ && (*buffer_)[first_] <= number) ++first_;
    return first_ - before;
  }

  // The keys alone.
  std::size_t size() const { return size_ - first_; }
  bool empty() const { return size() == 0; }

  // Valid until the next append to this dataset or to a copy of it.
  std::span<const int> numbers() const {
    return buffer_ ? std::span<const int>(buffer_->data() + first_, size())
                   : std::span<const int>();
  }

  bool contains(int number) const { return std::ranges::find(numbers(), number) != end(); }

  void add_function(int number) {
    auto more = functions_ ? std::make_shared<std::vector<int>>(*functions_)
                           : std::make_shared<std::vector<int>>();
    more->push_back(number);
    functions_ = std::move(more);
  }

  std::span<const int> functions() const {
    return functions_ ? std::span<const int>(*functions_) : std::span<const int>();
  }

  friend bool operator==(const dataset& a, const dataset& b) {
    if (a.size() != b.size() || !std::ranges::equal(a.functions(), b.functions())) return false;
    const bool is_shared = a.buffer_ == b.buffer_ && a.first_ == b.first_;
    return is_shared || std::ranges::equal(a.numbers(), b.numbers());
  }

 private:
  std::span<const int>::iterator end() const { return numbers().end(); }

  std::shared_ptr<std::vector<int>> buffer_;
  std::shared_ptr<const std::vector<int>> functions_;
  std::size_t first_ = 0;  // what is before it has expired
  std::size_t size_ = 0;   // with what has expired
};

// A dump.rdb. Without replication info (a server that was never in a chain) the id says nothing.
struct rdb_file {
  bool has_replication_info = false;
  std::string replid;
  std::int64_t offset = 0;
  dataset data;
};

struct volume {
  std::optional<rdb_file> rdb;
  std::optional<dataset> aof;             // the whole of it: no AOF has a replication id
  std::optional<std::string> agent_file;  // what the agent keeps there; the model never looks
};

}  // namespace redis_agent::simulation
