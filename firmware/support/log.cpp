// SPDX-License-Identifier: MIT
#include "support/log.hpp"

namespace s4::fw {

constexpr uint32_t kWritten = S4_MCU_FW_LOG + __builtin_offsetof(s4_fw_log, written);

void Log::clear() {
  written_ = 0;
  at_ = 0;
  hw_.store(kWritten, 0);
}

void Log::resume() {
  written_ = hw_.load(kWritten);
  at_ = written_ % sizeof(s4_fw_log::text);
}

void Log::put(const char* text, uint32_t bytes) {
  constexpr uint32_t kText = S4_MCU_FW_LOG + __builtin_offsetof(s4_fw_log, text);
  for (uint32_t i = 0; i < bytes; i++) {
    hw_.store_byte(kText + at_, static_cast<uint8_t>(text[i]));
    if (++at_ == sizeof(s4_fw_log::text))
      at_ = 0;
  }
  written_ += bytes;
}

void Log::append(const char* text, uint32_t bytes) {
  uint32_t high, low;
  do {
    high = hw_.load(S4_MCU_MTIME_HI);
    low = hw_.load(S4_MCU_MTIME_LO);
  } while (high != hw_.load(S4_MCU_MTIME_HI));
  const uint64_t us = uint64_t{high} << 32 | low;
  const uint32_t fraction = static_cast<uint32_t>(us % 1000000);

  char stamp[40];
  uint32_t n = format(stamp, sizeof(stamp), "[{}.", us / 1000000);
  for (uint32_t digit = 100000; digit; digit /= 10) {
    stamp[n++] = static_cast<char>('0' + fraction / digit % 10);
  }
  stamp[n++] = ']';
  stamp[n++] = ' ';
  put(stamp, n);
  put(text, bytes);
  put("\n", 1);
  hw_.store(kWritten, written_);
}

}  // namespace s4::fw
