// SPDX-License-Identifier: MIT
#include "queues/arbiter.hpp"

namespace s4::fw {
namespace {

constexpr uint32_t kAllCores = (1u << S4_NUM_CORES) - 1;
// Virtual time a cycle: 8 / 1, 8 / 4 and 8 / 8 as shifts.
constexpr uint32_t kStrideShift[S4_NUM_PRIORITIES] = {3, 1, 0};

}  // namespace

Queue* Arbiter::next(Queue* queues, const QueueSet& waiting, uint32_t free_cores) const {
  Queue* wide = nullptr;  // four cores
  Queue* one = nullptr;   // one core, free
  waiting.for_each([&](uint32_t i) {
    Queue& queue = queues[i];
    if (queue.cores != 1) {
      if (!wide || queue.pass < wide->pass)
        wide = &queue;
    } else if (free_cores >> queue.first_core & 1) {
      if (!one || queue.pass < one->pass)
        one = &queue;
    }
  });
  if (!wide || (one && one->pass < wide->pass))
    return one;
  return free_cores == kAllCores ? wide : nullptr;
}

void Arbiter::ended(Queue& queue, uint64_t cycles) const {
  const uint32_t charge =
      kJobCharge + (cycles < kMaxCharge ? static_cast<uint32_t>(cycles) : kMaxCharge);
  queue.pass += uint64_t{charge} << kStrideShift[queue.priority];
}

}  // namespace s4::fw
