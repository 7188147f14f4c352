// SPDX-License-Identifier: MIT
// Address translation, and accesses through it. docs/hardware.md, "Address translation".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "host/host.hpp"
#include "inject/injector.hpp"
#include "memory/dram.hpp"
#include "memory/memory_port.hpp"
#include "memory/spaces.hpp"
#include "memory/sram.hpp"

namespace s4::card {

// On whose behalf memory is accessed.
struct Accessor {
  uint64_t generation = 0;  // of the gate
  uint8_t space = 0;
  uint8_t sram_core = 0;   // on-chip window: first core,
  uint8_t sram_cores = 0;  // and how many; 0: no window
  bool unit = false;       // a unit, not the firmware: faults on demand aim at it
  const std::atomic<bool>* cancelled = nullptr;
};

struct Mmu {
  Host& host;
  Dram& dram;
  Sram& sram;
  Spaces& spaces;
  Injector& injector;
};

// Where some bytes are.
struct Place {
  enum Kind : uint8_t { kDram, kSram, kHost };
  Kind kind = kDram;
  uint64_t address = 0;
  uint64_t bytes = 0;  // contiguous from there on; not more than was asked for
};

// One scope, under one generation of one space. `accessor` must outlive it.
class SpaceScope final : public AccessScope {
 public:
  SpaceScope(const Mmu& mmu, const Accessor& accessor)
      : mmu_(mmu), accessor_(accessor), pinned_(mmu.spaces.pin(accessor.space)) {}
  ~SpaceScope() override { mmu_.spaces.unpin(pinned_); }

  const std::byte* view(uint64_t va, size_t bytes) override;
  std::byte* view_write(uint64_t va, size_t bytes) override;
  Fault read(uint64_t va, void* dst, size_t bytes) override;
  Fault write(uint64_t va, const void* src, size_t bytes) override;

 private:
  // The stretch of memory that begins at `va`, as long as it is contiguous, at most `bytes`.
  Fault locate(uint64_t va, uint64_t bytes, s4_access access, Place& place);
  Fault locate_page(uint64_t va, s4_access access, Place& place);
  Fault locate_sram(uint64_t va, s4_access access, Place& place) const;
  // The leaf entry for `va`, valid and well formed.
  Fault find_leaf(uint64_t va, s4_access access, uint64_t& leaf);
  Fault walk(uint64_t va, s4_access access, uint64_t& leaf);
  Fault walk_last_level(uint64_t table, uint64_t va, s4_access access, uint64_t& leaf);
  Fault read_entries(uint64_t address, uint64_t* entries, size_t count, uint64_t va);
  bool is_good_leaf(uint64_t entry, uint64_t page_bytes) const;
  std::byte* pointer(const Place& place, s4_access access);
  // A copy to or from host memory; on failure `done` is what was copied before.
  s4_status copy_host(const Place& place, s4_access access, std::byte* data, uint64_t& done);

  const Mmu& mmu_;
  const Accessor& accessor_;
  const Spaces::Pinned pinned_;
};
static_assert(sizeof(SpaceScope) <= sizeof(MemoryPort::ScopeStorage));

}  // namespace s4::card
