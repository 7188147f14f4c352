// SPDX-License-Identifier: MIT
// Who may use the holder's callbacks, and how that right is taken back.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace s4::card {

// A reader lock whose writer revokes: whoever is inside finishes its one bounded access, nobody
// else gets in. Readers touch a cache line of their own (a shard picked by thread) and read one
// that hardly ever changes.
//
// Every entrant names the generation that its work belongs to. A reset moves the generation on, so
// that work from before it can never get in again, however late it comes.
class Gate {
 public:
  // Why the gate is shut. Several may hold.
  static constexpr uint64_t kShutdown = 1;
  static constexpr uint64_t kStopped = 2;
  static constexpr uint64_t kNoBusMaster = 4;
  static constexpr uint64_t kLinkDown = 8;

  enum class Entry {
    kOpen,       // leave() when done
    kStopped,    // try_enter() only: it will open again
    kRefused,    // no bus mastering, or no link
    kCancelled,  // of an earlier generation, or shut down: never again
  };

  explicit Gate(uint64_t closed) : state_(closed) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  Entry try_enter(uint64_t generation);
  // Waits while the machine is stopped, unless `*cancelled` (may be null) becomes true; whoever
  // sets that calls wake().
  Entry enter(uint64_t generation, const std::atomic<bool>* cancelled = nullptr);
  void leave();
  // Waits like enter(), without entering.
  Entry wait_open(uint64_t generation, const std::atomic<bool>* cancelled = nullptr);

  uint64_t state() const { return state_.load(std::memory_order_seq_cst); }
  uint64_t generation() const { return state() >> kFlagBits; }
  bool is(uint64_t flags) const { return (state() & flags) != 0; }
  // True while work of `generation` goes on: not reset, stopped or shut down. Card memory may be
  // used then even where open_for() is false.
  bool runs(uint64_t generation) const {
    return (state() & ~(kNoBusMaster | kLinkDown)) == generation << kFlagBits;
  }
  bool open_for(uint64_t generation) const { return state() == generation << kFlagBits; }

  // Sets and clears reasons; with `next_generation`, cuts off everybody of the present one. Returns
  // the generation now valid. When it returns nobody is inside who might not enter now.
  uint64_t change(uint64_t set, uint64_t clear, bool next_generation = false);

  // Makes waiters look at their `cancelled`.
  void wake();

 private:
  static constexpr unsigned kFlagBits = 8;
  static constexpr uint64_t kFlags = (1u << kFlagBits) - 1;
  static constexpr size_t kShards = 16;

  struct alignas(64) Shard {
    std::atomic<uint32_t> inside{0};
  };

  static size_t shard_of_thread();
  Entry judge(uint64_t state, uint64_t generation) const;
  void drain();

  alignas(64) std::atomic<uint64_t> state_;
  std::array<Shard, kShards> shards_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace s4::card
