// SPDX-License-Identifier: MIT
// The mailbox: one request of the driver at a time. S4_REG_MBOX_* and S4_MCU_MBOX.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "mcu/bus.hpp"
#include "processor/intc.hpp"
#include "s4/abi/s4_regs.h"

namespace s4::card {

class Mailbox final : public mcu::Device {
 public:
  // `on_reply` tells the host, called on the MCU's thread.
  Mailbox(Intc& intc, std::function<void()> on_reply);

  bool pending() const { return pending_.load(std::memory_order_seq_cst); }
  uint32_t done() const;
  uint32_t request(unsigned word) const;
  uint32_t response(unsigned word) const;
  void set_request(unsigned word, uint32_t value);
  bool send(uint32_t sequence);  // false: the one before is not answered yet
  void reset();

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  using Message = std::array<uint32_t, S4_MBOX_WORDS>;

  Intc& intc_;
  std::function<void()> on_reply_;
  mutable std::mutex mutex_;
  std::atomic<bool> pending_{false};
  uint32_t sequence_ = 0;
  uint32_t done_ = 0;
  Message request_{};   // the host may write it at any time:
  Message taken_{};     // the firmware sees it as it was when it was sent,
  Message reply_{};     // and writes this one,
  Message response_{};  // which the host sees when it is complete
};

}  // namespace s4::card
