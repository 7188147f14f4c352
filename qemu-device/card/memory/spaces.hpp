// SPDX-License-Identifier: MIT
// The 64 address spaces: their registers, generations and invalidation.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "memory/pins.hpp"
#include "memory/tlb.hpp"
#include "s4/abi/s4_limits.h"

namespace s4::card {

// A generation of a space is a set of translations that may be used together: the root, whether the
// space is enabled, and whatever the TLB holds under that number. Everything that an invalidation
// or a register write must end moves the generation on; it has ended when no pin on an earlier one
// is left.
class Spaces {
 public:
  struct Pinned {
    size_t pin;
    unsigned space;
    bool enabled;
    uint64_t generation;
    uint64_t root;
  };

  // `on_release` is called, by any thread, when a pin is dropped that an invalidation may wait for;
  // it should have collect() called soon, from elsewhere.
  Spaces(unsigned threads, std::function<void()> on_release);

  Pinned pin(unsigned space);
  void unpin(const Pinned& pinned);

  // The registers at S4_REG_SPACE(space). write() is true when INVAL_DONE moved at once.
  uint32_t read(unsigned space, uint32_t reg) const;
  bool write(unsigned space, uint32_t reg, uint32_t value);

  bool collect();            // ends invalidations that nobody holds up any more; true: some did
  uint64_t enabled() const;  // a bit each
  void reset();              // disables all; accesses under way go on under the old generation

  Tlb& tlb(unsigned space) { return tlbs_[space]; }

 private:
  struct Space {
    std::atomic<uint64_t> generation{2};  // odd while it changes
    std::atomic<uint64_t> active_root{0};
    std::atomic<bool> enabled{false};
    std::atomic<uint64_t> root{0};  // the register: taken over when CTRL enables
    std::atomic<uint32_t> invalidated{0};
    uint32_t requested = 0;
  };

  void advance(Space& space, uint64_t root, bool enabled);
  bool try_finish(unsigned index);

  Pins pins_;
  std::function<void()> on_release_;
  mutable std::mutex mutex_;  // writers
  std::array<Space, S4_NUM_SPACES> spaces_;
  std::atomic<uint64_t> pending_{0};  // spaces with an invalidation under way
  std::unique_ptr<Tlb[]> tlbs_;
};

}  // namespace s4::card
