// SPDX-License-Identifier: MIT
#include "reset/service.hpp"

#include <utility>

namespace s4::card {

Service::Service(Host& host, std::function<void()> work)
    : host_(host), work_(std::move(work)), thread_([this] { thread(); }) {}

Service::~Service() {
  stop();
}

void Service::kick() {
  {
    const std::lock_guard lock(mutex_);
    kicked_ = true;
  }
  changed_.notify_one();
}

void Service::stop() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Service::thread() {
  host_.attach_thread();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return kicked_ || quit_; });
    if (quit_) {
      break;
    }
    kicked_ = false;
    lock.unlock();
    work_();
    lock.lock();
  }
  lock.unlock();
  host_.detach_thread();
}

}  // namespace s4::card
