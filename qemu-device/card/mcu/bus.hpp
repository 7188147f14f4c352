// SPDX-License-Identifier: MIT
// What the MCU core sees outside itself: RAM it reads through plain pointers, and devices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace s4::card::mcu {

// A device on the MCU's bus. Addresses are absolute (not relative to the device's window), always
// naturally aligned, and `size` is 1, 2 or 4 bytes. Values are zero-extended; the core does any
// sign extension. Returning false makes the access an access fault (mcause 5 or 7, mtval =
// address).
//
// Both are called on the thread that is inside Core::run(). They may call set_irq(), request_stop()
// and the counters of that core, and nothing else of it.
class Device {
 public:
  virtual ~Device() = default;
  [[nodiscard]] virtual bool load(uint32_t address, unsigned size, uint32_t& value) = 0;
  [[nodiscard]] virtual bool store(uint32_t address, unsigned size, uint32_t value) = 0;
};

// Memory. The pointer stays the caller's and must outlive the bus. Accesses by the core are relaxed
// atomics of the access's size, so other threads may use the same bytes the same way; FENCE orders.
struct RamRegion {
  uint32_t base = 0;        // multiple of 4
  uint32_t size = 0;        // bytes, multiple of 4, not 0; base + size may be 2^32 but not more
  uint8_t* data = nullptr;  // at least 4-byte aligned, little-endian contents
  bool writable = true;     // false: a store is a store access fault (boot ROM)
  bool executable = true;   // false: a fetch is an instruction access fault
};

// The map of the bus: at most kMaxRegions of RAM and kMaxDevices windows, none overlapping. Fill it
// before a Core is made on it; from then on it must not change. Addresses in no window fault.
class Bus {
 public:
  static constexpr size_t kMaxRegions = 16;
  static constexpr size_t kMaxDevices = 16;

  struct Window {
    uint32_t base = 0;
    uint32_t size = 0;  // bytes, not 0; multiple of 4, as base is
    Device* device = nullptr;
  };

  // False when the window is empty, unaligned, wraps, overlaps another or does not fit the table.
  [[nodiscard]] bool add_ram(const RamRegion& region);
  [[nodiscard]] bool add_device(uint32_t base, uint32_t size, Device& device);

  size_t region_count() const { return region_count_; }
  const RamRegion& region(size_t index) const { return regions_[index]; }

  // The region or device window that holds `address`, or null.
  const RamRegion* find_ram(uint32_t address) const;
  Device* find_device(uint32_t address) const;

 private:
  bool is_free(uint32_t base, uint32_t size) const;

  std::array<RamRegion, kMaxRegions> regions_{};
  std::array<Window, kMaxDevices> windows_{};
  size_t region_count_ = 0;
  size_t window_count_ = 0;
};

}  // namespace s4::card::mcu
