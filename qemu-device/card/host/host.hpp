// SPDX-License-Identifier: MIT
// The card's only way out: the holder's callbacks, each behind a gate.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "host/gate.hpp"
#include "s4/abi/s4_ring.h"
#include "s4/card/card.h"

namespace s4::card {

// One uninterruptible access to host memory is at most this long, so that revoking waits little.
constexpr size_t kMaxCopyBytes = 64 * 1024;

class Host {
 public:
  Host(const s4_card_host& callbacks, void* opaque, bool trace);

  // Memory and interrupts: accesses of a generation that has ended give S4_E_CANCELLED. Both wait
  // while the machine is stopped. `cancelled` as Gate::enter().
  s4_status read(uint64_t generation, uint64_t addr, void* dst, size_t bytes,
                 const std::atomic<bool>* cancelled = nullptr);
  s4_status write(uint64_t generation, uint64_t addr, const void* src, size_t bytes,
                  const std::atomic<bool>* cancelled = nullptr);
  // Raises an MSI-X vector now, or when the machine goes on, or when bus mastering comes back.
  void interrupt(uint64_t generation, unsigned vector);

  Gate& gate() { return gate_; }
  uint64_t generation() const { return gate_.generation(); }
  // Gate::change() on the gate of memory and interrupts, with what follows for interrupts.
  uint64_t change(uint64_t set, uint64_t clear, bool next_generation = false);
  // Nothing gets out any more.
  void shutdown();

  uint64_t time_ns();  // since power-on
  void report(s4_card_error kind);
  __attribute__((format(printf, 3, 4))) void log(s4_card_log level, const char* format, ...);

  void attach_thread();  // by each thread of the card's, first
  void detach_thread();  // and last

 private:
  template <typename Copy>
  s4_status transfer(uint64_t generation, uint64_t addr, size_t bytes,
                     const std::atomic<bool>* cancelled, Copy copy);
  void deliver_pending();
  uint64_t change_gate(uint64_t set, uint64_t clear, bool next_generation);

  const s4_card_host callbacks_;
  void* const opaque_;
  const bool trace_;
  Gate gate_{Gate::kNoBusMaster};
  Gate calls_{0};  // everything else: shut by shutdown() only
  std::atomic<uint32_t> pending_vectors_{0};
  uint64_t time_base_ = 0;
  std::atomic<uint64_t> last_time_{0};
  std::mutex threads_mutex_;
  std::unordered_set<std::thread::id> threads_;
};

}  // namespace s4::card
