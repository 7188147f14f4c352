// SPDX-License-Identifier: MIT
// S4_REG_FAULT_*: the first memory fault since the host cleared it, and how many there were.
#pragma once

#include <cstdint>
#include <mutex>

#include "memory/memory_port.hpp"

namespace s4::card {

class FaultLog {
 public:
  // True for faults that an access to memory met (not for refused descriptors).
  static bool is_memory_fault(s4_status status) {
    return status == S4_E_UNMAPPED || status == S4_E_READONLY || status == S4_E_TABLE ||
           status == S4_E_DMA || status == S4_E_ECC;
  }

  void record(const Fault& fault, unsigned space, unsigned queue, unsigned unit) {
    const std::lock_guard lock(mutex_);
    ++count_;
    if ((info_ & S4_FAULT_VALID) == 0) {
      info_ = S4_FAULT_VALID | (space & 0x3f) | (queue & 0x3f) << 6 | (unit & 0x1f) << 12 |
              static_cast<uint32_t>(fault.access) << 17 | static_cast<uint32_t>(fault.status) << 19;
      va_ = fault.va;
    }
  }

  uint32_t info() const { return get(info_); }
  uint32_t count() const { return get(count_); }
  uint64_t va() const { return get(va_); }
  void clear() {
    const std::lock_guard lock(mutex_);
    info_ = 0;
    va_ = 0;
  }
  void reset() {
    clear();
    const std::lock_guard lock(mutex_);
    count_ = 0;
  }

 private:
  template <typename T>
  T get(const T& value) const {
    const std::lock_guard lock(mutex_);
    return value;
  }

  mutable std::mutex mutex_;
  uint32_t info_ = 0;
  uint32_t count_ = 0;
  uint64_t va_ = 0;
};

}  // namespace s4::card
