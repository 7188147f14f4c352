// SPDX-License-Identifier: MIT
// Fences and syncobjs, by the rules of the kernel's drm_syncobj. All of it under the simulated
// kernel's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace s4::sim {

// Signalled once, with 0 or an error that nobody who waits sees.
class Fence {
 public:
  bool signaled() const { return signaled_; }
  int error() const { return error_; }
  void signal(int error);
  // Called when the fence is signalled; at once if it is.
  void then(std::function<void()> callback);

 private:
  bool signaled_ = false;
  int error_ = 0;
  std::vector<std::function<void()>> callbacks_;
};

// Fences that count as one: signalled when all are. Empty: signalled.
using FenceSet = std::vector<std::shared_ptr<Fence>>;

bool signaled(const FenceSet& fences);
// Calls back once all are signalled; at once if they are.
void when_signaled(const FenceSet& fences, std::function<void()> callback);

// A container for a fence (binary) or for points on a timeline, each a fence.
class Syncobj {
 public:
  // The fence of `point` (0: whatever is there); nothing when it was not submitted yet.
  std::optional<FenceSet> find(uint64_t point) const;
  void reset();
  void replace(FenceSet fences);
  void add_point(uint64_t point, FenceSet fences);
  // The last point that is reached, or (submitted) the last that was added; 0 when binary.
  uint64_t query(bool submitted);
  // Calls back, once, as soon as find(point) gives a fence; at once if it does.
  void when_submitted(uint64_t point, std::function<void(const FenceSet&)> callback);

 private:
  struct Point {
    uint64_t seqno;
    FenceSet fences;
  };
  struct Waiter {
    uint64_t point;
    std::function<void(const FenceSet&)> callback;
  };
  void prune();
  void wake();

  bool timeline_ = false;
  // Seqnos do not descend. Empty: no fence. Those that are signalled merge into the first.
  std::vector<Point> points_;
  std::vector<Waiter> waiters_;
};

}  // namespace s4::sim
