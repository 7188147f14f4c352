// SPDX-License-Identifier: MIT
// A device's background thread: it takes apart what was released while the card may still use its
// address space, and ends jobs that nobody waits for. It begins with the first such thing.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

namespace s4::core {

class Device;
class Job;

class Keeper {
 public:
  explicit Keeper(Device& device);
  // Does what is left. May run on the keeper's own thread, which then ends afterwards.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Calls `action` soon. It must not keep the device alive.
  void dispose(std::function<void()> action);
  // Settles the job when it has ended, and keeps it until then.
  void watch(std::shared_ptr<Job> job);
  // Waits until what was disposed of before is gone. Not from an action.
  void flush();

 private:
  struct State;
  void ensure_thread();
  static void run(std::shared_ptr<State> state);
  static void wait_for_jobs(State& state, std::unique_lock<std::mutex>& lock);
  static void settle_jobs(State& state, std::unique_lock<std::mutex>& lock);
  void kick();

  const std::shared_ptr<State> state_;
};

}  // namespace s4::core
