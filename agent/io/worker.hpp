// One thread beside the loop, for what may block for as long as a disk likes: jobs run there one
// after the other, and what they return is told on the loop. The destructor waits for the one that
// runs.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

namespace redis_agent::io {

class worker {
 public:
  explicit worker(boost::asio::io_context& loop) : loop_(loop) {}

  // `tell` takes what `job` returns. The loop goes on until it has.
  template <class Job, class Tell>
  void run(Job job, Tell tell) {
    ++jobs_;
    boost::asio::post(threads_, [this, job = std::move(job), tell = std::move(tell),
                                 guard = boost::asio::make_work_guard(loop_)] {
      boost::asio::post(loop_, [this, tell, outcome = job()] {
        --jobs_;
        tell(outcome);
      });
    });
  }

  // A job runs, or waits for its turn.
  bool is_busy() const { return jobs_ > 0; }

 private:
  boost::asio::io_context& loop_;
  int jobs_ = 0;
  boost::asio::thread_pool threads_{1};
};

}  // namespace redis_agent::io
