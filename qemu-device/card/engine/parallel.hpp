// SPDX-License-Identifier: MIT
// Runs the tiles of a command on idle workers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "engine/float_environment.hpp"
#include "engine/pool.hpp"
#include "memory/memory_port.hpp"

namespace s4::card {

// Tiles [0, tiles) that threads take one by one, in ascending order. None above a failed one is
// begun, so the fault, that of the lowest tile that failed, does not depend on the threads. A
// helper that comes when all is done finds the batch closed: nobody waits for helpers that have not
// begun, and a waiting thread takes up no other command.
class TileBatch : public Pool::Task {
 public:
  TileBatch(const TileBatch&) = delete;
  TileBatch& operator=(const TileBatch&) = delete;

  // Works until no tile is left.
  void work();
  // Waits until the helpers that have begun are done; later ones find nothing to do.
  Fault close();
  void release();  // a reference; the last one deletes
  void run() override;

 protected:
  TileBatch(size_t tiles, unsigned references)
      : tiles_(tiles), failed_(tiles), references_(references) {}
  virtual ~TileBatch() = default;
  virtual Fault tile(size_t index) = 0;

 private:
  static constexpr uint32_t kClosed = 1u << 31;  // of state_, beside the number of helpers at work

  const size_t tiles_;
  std::atomic<size_t> next_{0};
  std::atomic<size_t> failed_;  // lowest tile that failed, or their number
  std::mutex mutex_;
  Fault fault_;  // of tile failed_
  std::atomic<uint32_t> state_{0};
  std::atomic<unsigned> references_;
};

// Calls body(tile) -> Fault for every tile in [0, tiles) on this thread and idle workers, and gives
// the fault of the lowest tile that failed (S4_E_INTERNAL when memory ran out).
template <class Body>
Fault for_each_tile(Pool& pool, size_t tiles, Body&& body) {
  class Batch final : public TileBatch {
   public:
    Batch(size_t count, unsigned references, Body& use) : TileBatch(count, references), use_(use) {}

   private:
    Fault tile(size_t index) override { return use_(index); }
    Body& use_;  // lives until close() has returned, which no call outlasts
  };
  const auto helpers =
      static_cast<unsigned>(tiles < pool.threads() ? tiles : pool.threads()) - (tiles > 0 ? 1 : 0);
  auto* batch = new Batch(tiles, helpers + 1, body);
  for (unsigned i = 0; i < helpers; ++i) {
    try {
      pool.enqueue(*batch);
    } catch (const std::bad_alloc&) {
      batch->release();  // one helper less
    }
  }
  batch->work();
  const Fault fault = batch->close();
  batch->release();
  return fault;
}

}  // namespace s4::card
