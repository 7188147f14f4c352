// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/signal.hpp"
#include "s4/abi/s4_accel.h"
#include "s4/abi/s4_ring.h"
#include "s4/result.hpp"

namespace s4::core {

class CommandList;
class Device;
class Job;

class Queue : public std::enable_shared_from_this<Queue> {
 public:
  struct Options {
    uint32_t core_mode = 0;
    uint32_t core = 0;
    uint32_t priority = 1;
  };
  static Result<std::shared_ptr<Queue>> create(const std::shared_ptr<Device>& device,
                                               const Options& options);
  // Of a device that owns the queue: `keep` stays null.
  static Result<std::unique_ptr<Queue>> create_owned(Device& device, const Options& options);
  ~Queue();

  Device& device() const { return device_; }

  Result<std::shared_ptr<Job>> submit(const CommandList& list, const std::vector<Job*>& after);
  // Runs commands at `va`, whose record goes to `completion_va`, and signals when they have ended.
  struct Submitted {
    Signal signal;
    uint64_t number = 0;  // jobs of a queue end in its order
  };
  Result<Submitted> submit_raw(uint64_t va, uint32_t count, uint64_t completion_va,
                               const std::vector<drm_s4_sync>& in);
  // True when it is signalled, false when time is up.
  Result<bool> wait(const Signal& signal, int64_t deadline_ns);
  Result<drm_s4_queue_get_state> state();
  // Why a job without a record did not run. Gives the code that fits the queue's state.
  Code state_code();

  // No job begins any more; those that wait are cancelled.
  void close();

 private:
  Queue(Device& device, std::shared_ptr<Device> keep);
  Result<void> init(const Options& options);

  Device& device_;
  const std::shared_ptr<Device> keep_;
  uint32_t queue_id_ = 0;
  std::shared_ptr<SignalPool> signals_;
  std::mutex mutex_;  // order of submission is order of numbers
  uint64_t last_number_ = 0;
  bool closed_ = false;
};

// CLOCK_MONOTONIC in nanoseconds, `timeout_ns` from now, as far as that goes.
int64_t deadline_after(uint64_t timeout_ns);

}  // namespace s4::core
