// SPDX-License-Identifier: MIT
#include "transport/sim/fence.hpp"

#include <algorithm>
#include <utility>

namespace s4::sim {

void Fence::signal(int error) {
  if (signaled_)
    return;
  signaled_ = true;
  error_ = error;
  for (auto& callback : std::exchange(callbacks_, {}))
    callback();
}

void Fence::then(std::function<void()> callback) {
  if (signaled_) {
    callback();
  } else {
    callbacks_.push_back(std::move(callback));
  }
}

bool signaled(const FenceSet& fences) {
  return std::all_of(fences.begin(), fences.end(),
                     [](const std::shared_ptr<Fence>& fence) { return fence->signaled(); });
}

void when_signaled(const FenceSet& fences, std::function<void()> callback) {
  auto left = std::make_shared<size_t>(fences.size() + 1);
  auto one = [left, callback = std::move(callback)] {
    if (--*left == 0)
      callback();
  };
  for (const auto& fence : fences)
    fence->then(one);
  one();
}

std::optional<FenceSet> Syncobj::find(uint64_t point) const {
  if (points_.empty())
    return std::nullopt;
  if (point != 0 && (!timeline_ || points_.back().seqno < point))
    return std::nullopt;
  FenceSet fences;
  for (const Point& p : points_) {  // a point is reached when all before it are
    for (const auto& fence : p.fences) {
      if (!fence->signaled())
        fences.push_back(fence);
    }
    if (point != 0 && p.seqno >= point)
      break;
  }
  return fences;
}

void Syncobj::reset() {
  points_.clear();
  timeline_ = false;
}

void Syncobj::replace(FenceSet fences) {
  reset();
  points_.push_back({0, std::move(fences)});
  wake();
}

void Syncobj::add_point(uint64_t point, FenceSet fences) {
  // One that does not ascend takes the number of the last, as dma_fence_chain_init() has it.
  const uint64_t last = timeline_ && !points_.empty() ? points_.back().seqno : 0;
  timeline_ = true;
  points_.push_back({std::max(point, last), std::move(fences)});
  prune();
  wake();
}

void Syncobj::prune() {
  while (points_.size() > 1 && signaled(points_[0].fences) && signaled(points_[1].fences)) {
    points_.erase(points_.begin());
  }
}

uint64_t Syncobj::query(bool submitted) {
  if (!timeline_ || points_.empty())
    return 0;
  if (submitted)
    return points_.back().seqno;
  prune();
  uint64_t reached = 0;
  for (const Point& p : points_) {
    if (!signaled(p.fences))
      break;
    reached = p.seqno;
  }
  return reached;
}

void Syncobj::when_submitted(uint64_t point, std::function<void(const FenceSet&)> callback) {
  if (auto fences = find(point)) {
    callback(*fences);
  } else {
    waiters_.push_back({point, std::move(callback)});
  }
}

void Syncobj::wake() {
  std::vector<Waiter> waiters = std::exchange(waiters_, {});
  for (Waiter& waiter : waiters) {
    if (auto fences = find(waiter.point)) {
      waiter.callback(*fences);
    } else {
      waiters_.push_back(std::move(waiter));
    }
  }
}

}  // namespace s4::sim
