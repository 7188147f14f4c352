// SPDX-License-Identifier: MIT
// Interrupt sources of the control vector: S4_REG_IRQ_STATUS and S4_REG_IRQ_ENABLE.
#pragma once

#include <cstdint>
#include <mutex>

#include "host/host.hpp"

namespace s4::card {

class Irq {
 public:
  explicit Irq(Host& host) : host_(host) {}

  // On behalf of `generation`: does nothing once that has ended.
  void raise(uint64_t generation, uint32_t sources);
  void raise(uint32_t sources) { raise(host_.generation(), sources); }

  uint32_t status() const;
  uint32_t enable() const;
  void acknowledge(uint32_t sources);
  void set_enable(uint32_t sources);
  void reset();  // both registers; to be called after the generation moved on

 private:
  // Every event sends a message, also when its bit was still set: the driver may be between
  // reading STATUS and clearing it.
  void signal(uint64_t generation, bool wanted);

  Host& host_;
  mutable std::mutex mutex_;
  uint32_t status_ = 0;
  uint32_t enable_ = 0;
};

}  // namespace s4::card
