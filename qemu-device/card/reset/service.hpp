// SPDX-License-Identifier: MIT
// The thread for what nobody may wait for: ends of invalidations, discards, the drain of a reset.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "host/host.hpp"

namespace s4::card {

// Calls `work` once or more after each kick(), never at the same time as itself, and otherwise
// sleeps.
class Service {
 public:
  Service(Host& host, std::function<void()> work);
  ~Service();

  void kick();  // any thread
  void stop();  // waits for `work`, which does not begin any more

 private:
  void thread();

  Host& host_;
  std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool kicked_ = false;
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace s4::card
