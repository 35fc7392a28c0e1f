// What survives a server: its files. An older volume put back is an assignment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace redis_agent::simulation {

// The keys of a server, as the unique numbers of the writes that made them, in their order. Copies
// share one growing buffer and differ in how much of it they see, so that a copy and an append cost
// next to nothing; only histories that fork copy what they have in common. Not for two threads.
class dataset {
 public:
  void append(int number) {
    if (!buffer_) buffer_ = std::make_shared<std::vector<int>>();
    if (size_ < buffer_->size() && (*buffer_)[size_] != number) {
      const auto shared = numbers();
      buffer_ = std::make_shared<std::vector<int>>(shared.begin(), shared.end());
    }
    if (size_ == buffer_->size()) buffer_->push_back(number);
    ++size_;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Valid until the next append to this dataset or to a copy of it.
  std::span<const int> numbers() const {
    return buffer_ ? std::span<const int>(buffer_->data(), size_) : std::span<const int>();
  }

  bool contains(int number) const { return std::ranges::find(numbers(), number) != end(); }

  // Everything that the other has, in its order, comes first in this one.
  bool begins_with(const dataset& other) const {
    if (other.size_ > size_) return false;
    return buffer_ == other.buffer_ ||
           std::ranges::equal(numbers().first(other.size_), other.numbers());
  }

  friend bool operator==(const dataset& a, const dataset& b) {
    return a.size_ == b.size_ && a.begins_with(b);
  }

 private:
  std::span<const int>::iterator end() const { return numbers().end(); }

  std::shared_ptr<std::vector<int>> buffer_;
  std::size_t size_ = 0;
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
