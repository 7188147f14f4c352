// SPDX-License-Identifier: MIT
// The card itself (libs4card) as a bus would show it: registers, DRAM, interrupts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "s4/result.hpp"
#include "transport/sim/host_memory.hpp"
#include "transport/sim/options.hpp"

struct s4_card;

namespace s4::sim {

class CardPort {
 public:
  // `interrupt` is called from the card's threads, and must not call back into the card.
  static Result<std::unique_ptr<CardPort>> create(const Options& options, HostMemory& host,
                                                  std::function<void(unsigned)> interrupt);
  ~CardPort();
  CardPort(const CardPort&) = delete;
  CardPort& operator=(const CardPort&) = delete;

  // After this the card reaches neither memory nor interrupt.
  void shut_down();

  uint32_t read(uint32_t reg);  // all ones while the link is down
  void write(uint32_t reg, uint32_t value);
  uint64_t read64(uint32_t lo, uint32_t hi);  // of a register that changes, consistent
  void write64(uint32_t lo, uint32_t hi, uint64_t value);
  void read_window(uint32_t reg, void* to, size_t bytes);  // multiple of 4

  std::byte* dram() const { return dram_; }
  void set_bus_master(bool on);
  int inject(uint32_t what, uint32_t arg);

 private:
  CardPort(HostMemory& host, std::function<void(unsigned)> interrupt)
      : host_(host), interrupt_(std::move(interrupt)) {}
  HostMemory& host_;
  const std::function<void(unsigned)> interrupt_;
  s4_card* card_ = nullptr;
  std::byte* dram_ = nullptr;
};

}  // namespace s4::sim
