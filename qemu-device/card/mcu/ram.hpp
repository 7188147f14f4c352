// SPDX-License-Identifier: MIT
// Little-endian accesses to memory that other threads may share.
#pragma once

#include <bit>
#include <cstdint>

namespace s4::card::mcu {

static_assert(std::endian::native == std::endian::little, "the MCU's memory is used in place");

// `data` is aligned to the access. Relaxed atomics: plain moves on the hosts we know.
template <typename T>
inline T load_ram(const uint8_t* data) {
  return __atomic_load_n(reinterpret_cast<const T*>(data), __ATOMIC_RELAXED);
}

template <typename T>
inline void store_ram(uint8_t* data, T value) {
  __atomic_store_n(reinterpret_cast<T*>(data), value, __ATOMIC_RELAXED);
}

}  // namespace s4::card::mcu
