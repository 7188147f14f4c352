// SPDX-License-Identifier: MIT
// One command on one unit, and the memory it sees.
#pragma once

#include <atomic>
#include <cstdint>

#include "memory/mmu.hpp"
#include "queues/progress.hpp"
#include "s4/abi/s4_mcu.h"

namespace s4::card {

class Task final : public MemoryPort {
 public:
  Task(const Mmu& mmu, Progress& progress, const s4_dispatch& dispatch, unsigned unit,
       uint64_t generation)
      : dispatch(dispatch), unit(unit), mmu_(mmu), progress_(progress) {
    accessor_ = {.generation = generation,
                 .space = dispatch.space,
                 .sram_core = dispatch.sram_core,
                 .sram_cores = dispatch.sram_cores,
                 .unit = true,
                 .cancelled = &cancelled};
  }

  AccessScope* begin(ScopeStorage& storage) override;
  void end(AccessScope* scope) override;
  void retire(uint64_t units) override { progress_.add(dispatch.queue, units); }

  uint64_t generation() const { return accessor_.generation; }

  const s4_dispatch dispatch;
  const unsigned unit;
  std::atomic<bool> cancelled{false};

 private:
  const Mmu& mmu_;
  Progress& progress_;
  Accessor accessor_;
};

}  // namespace s4::card
