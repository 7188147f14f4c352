// SPDX-License-Identifier: MIT
// A computer with one card in it, as far as the card can see: host memory, interrupts, a clock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "s4/abi/s4_boot.h"
#include "s4/abi/s4_mcu.h"
#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_pci.h"
#include "s4/abi/s4_regs.h"
#include "s4/card/card.h"

namespace s4::test {

class Machine {
 public:
  // DMA addresses of host memory: [kHostBase, kHostBase + kHostBytes).
  static constexpr uint64_t kHostBase = 0x100000000;
  static constexpr uint64_t kHostBytes = 64 << 20;

  struct Options {
    uint64_t dram_bytes = 64 << 20;
    uint64_t aperture_bytes = 0;
    unsigned threads = 2;
    bool faults = true;
    bool skip_signature = false;
    bool stands_still = false;  // the clock moves only by advance_ns()
    const char* serial = "TEST-1";
  };

  Machine() : Machine(Options{}) {}
  explicit Machine(const Options& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  s4_card* card() { return card_; }
  void destroy_card();

  // BAR0.
  uint32_t rd(uint64_t offset) {
    return static_cast<uint32_t>(s4_card_mmio_read(card_, offset, 4));
  }
  uint64_t rd64(uint64_t offset) { return rd(offset) | uint64_t{rd(offset + 4)} << 32; }
  void wr(uint64_t offset, uint32_t value) { s4_card_mmio_write(card_, offset, value, 4); }
  void wr64(uint64_t offset, uint64_t value);
  uint32_t boot_state() { return S4_BOOT_STATE(rd(S4_REG_BOOT_STATUS)); }
  uint32_t boot_error() { return S4_BOOT_ERROR(rd(S4_REG_BOOT_STATUS)); }

  // Memory. alloc() gives DMA addresses of zeroed pages.
  uint64_t alloc(uint64_t bytes, uint64_t align = 4096);
  uint8_t* host(uint64_t dma) { return memory_.get() + (dma - kHostBase); }
  uint64_t& host64(uint64_t dma) { return *reinterpret_cast<uint64_t*>(host(dma)); }
  uint8_t* dram() { return static_cast<uint8_t*>(s4_card_dram(card_, nullptr)); }

  // What the card did. Counters count from the beginning.
  unsigned interrupts(unsigned vector) const { return interrupts_[vector].load(); }
  unsigned all_interrupts() const;
  unsigned accesses() const { return accesses_.load(); }
  unsigned errors(s4_card_error kind) const { return errors_[kind].load(); }
  unsigned guest_errors() const { return guest_errors_.load(); }
  unsigned threads() const { return threads_.load(); }
  std::string last_log() const;

  // Called within each access, before it: may block, or give a result but 0. Set it while the card
  // is idle.
  std::function<int(uint64_t addr, size_t bytes, bool write)> on_access;
  // Whether the card waits for accesses to return.
  bool cut() const { return cuts_.load() != 0; }
  unsigned cut_calls() const { return cut_calls_.load(); }

  void advance_ns(uint64_t ns) { clock_.fetch_add(ns); }

  // Waits, at most a minute, then fails the test.
  bool wait_for(const std::function<bool()>& condition, const char* what);
  bool wait_boot_state(uint32_t state);

  // Puts the image in host memory and starts the boot ROM.
  void start_boot(std::span<const uint8_t> image);

 private:
  static int dma_read(void* opaque, uint64_t addr, void* dst, size_t bytes);
  static int dma_write(void* opaque, uint64_t addr, const void* src, size_t bytes);
  int access(uint64_t addr, size_t bytes, bool write);

  std::unique_ptr<uint8_t, decltype(&std::free)> memory_{
      static_cast<uint8_t*>(std::calloc(kHostBytes, 1)), std::free};
  uint64_t next_ = kHostBase;
  bool stands_still_;
  std::atomic<uint64_t> clock_{0};
  std::array<std::atomic<unsigned>, S4_NUM_VECTORS> interrupts_{};
  std::array<std::atomic<unsigned>, 2> errors_{};
  std::atomic<unsigned> accesses_{0};
  std::atomic<int> cuts_{0};
  std::atomic<unsigned> cut_calls_{0};
  std::atomic<unsigned> guest_errors_{0};
  std::atomic<unsigned> threads_{0};
  mutable std::mutex log_mutex_;
  std::string last_log_;
  s4_card* card_ = nullptr;
};

}  // namespace s4::test
