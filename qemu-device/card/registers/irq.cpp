// SPDX-License-Identifier: MIT
#include "registers/irq.hpp"

#include "s4/abi/s4_pci.h"

namespace s4::card {

void Irq::signal(uint64_t generation, bool wanted) {
  if (wanted) {
    host_.interrupt(generation, S4_VECTOR_CONTROL);
  }
}

void Irq::raise(uint64_t generation, uint32_t sources) {
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    if (generation != host_.generation()) {
      return;
    }
    status_ |= sources;
    wanted = (sources & enable_) != 0;
  }
  signal(generation, wanted);
}

uint32_t Irq::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

uint32_t Irq::enable() const {
  const std::lock_guard lock(mutex_);
  return enable_;
}

void Irq::acknowledge(uint32_t sources) {
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    status_ &= ~sources;
    wanted = (status_ & enable_) != 0;
  }
  signal(host_.generation(), wanted);
}

void Irq::set_enable(uint32_t sources) {
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    wanted = (status_ & sources & ~enable_) != 0;
    enable_ = sources;
  }
  signal(host_.generation(), wanted);
}

void Irq::reset() {
  const std::lock_guard lock(mutex_);
  status_ = 0;
  enable_ = 0;
}

}  // namespace s4::card
