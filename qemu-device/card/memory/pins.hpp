// SPDX-License-Identifier: MIT
// Who uses which generation of which address space right now.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace s4::card {

// One cache line a scope in progress. A thread comes back to the line that it used last time, so
// taking and dropping a pin touches nobody else's memory.
class Pins {
 public:
  // Room for `threads` threads with several scopes each.
  explicit Pins(unsigned threads);

  size_t take(unsigned space, uint64_t generation);
  void move(size_t pin, unsigned space, uint64_t generation);
  void drop(size_t pin);

  // True when somebody holds a generation of `space` before `generation`.
  bool older(unsigned space, uint64_t generation) const;

 private:
  static constexpr uint64_t encode(unsigned space, uint64_t generation) {
    return generation << 8 | space << 1 | 1;
  }
  struct alignas(64) Slot {
    std::atomic<uint64_t> pin{0};  // 0: free
  };

  size_t mask_;
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace s4::card
