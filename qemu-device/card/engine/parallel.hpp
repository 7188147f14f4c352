// SPDX-License-Identifier: MIT
// Runs the tiles of a command on the engine's workers.
#pragma once

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <cstddef>
#include <mutex>

#include "engine/float_environment.hpp"
#include "memory/memory_port.hpp"

namespace s4::card {

class Workers {
 public:
  explicit Workers(unsigned threads) : threads_(threads) {}
  unsigned threads() const { return threads_; }

  // Calls body(tile) -> Fault for every tile in [0, tiles), in parallel, from a thread of the
  // arena. Tiles are handed out in ascending order and none above a failed one is begun, so the
  // fault returned, that of the lowest tile that failed, does not depend on the threads.
  // The waiting thread does not take up other commands.
  template <class Body>
  Fault for_each_tile(size_t tiles, Body&& body) const {
    Progress progress{.failed = tiles};
    const size_t helpers = tiles < threads_ ? tiles : threads_;
    if (helpers <= 1) {
      run_tiles(progress, tiles, body);
      return progress.fault;
    }
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          size_t{0}, helpers, [&](size_t) { run_tiles(progress, tiles, body); },
          tbb::simple_partitioner{});
    });
    // What the tiles wrote is ordered before what the caller reads (also for ThreadSanitizer,
    // which does not see into the pool).
    (void)progress.finished.load(std::memory_order_acquire);
    return progress.fault;
  }

 private:
  struct Progress {
    std::atomic<size_t> next{0};
    std::atomic<size_t> failed;  // lowest tile that failed, or their number
    std::atomic<size_t> finished{0};
    std::mutex mutex{};
    Fault fault{};  // of tile `failed`; under the mutex
  };

  template <class Body>
  static void run_tiles(Progress& progress, size_t tiles, Body& body) {
    const FloatEnvironment exact;
    for (;;) {
      const size_t tile = progress.next.fetch_add(1, std::memory_order_acq_rel);
      if (tile >= tiles || tile > progress.failed.load(std::memory_order_relaxed)) {
        break;
      }
      if (const Fault fault = body(tile)) {
        const std::lock_guard lock(progress.mutex);
        if (tile < progress.failed.load(std::memory_order_relaxed)) {
          progress.failed.store(tile, std::memory_order_relaxed);
          progress.fault = fault;
        }
      }
    }
    progress.finished.fetch_add(1, std::memory_order_release);
  }

  unsigned threads_;
};

}  // namespace s4::card
