// SPDX-License-Identifier: MIT
// The firmware's log: a ring of text that the host reads at S4_REG_FW_LOG.
#pragma once

#include "hw/hw.hpp"
#include "s4/abi/s4_telemetry.h"
#include "support/format.hpp"

namespace s4::fw {

class Log {
 public:
  explicit Log(Hw hw) : hw_(hw) {}

  // Starts an empty log, or goes on with the one that is there (a trap handler does).
  void clear();
  void resume();

  // Appends one line, with the time before it. Longer ones are cut.
  template <typename... Args>
  void line(const char* pattern, Args... args) {
    char text[160];
    append(text, format(text, sizeof(text), pattern, args...));
  }

 private:
  void append(const char* text, uint32_t bytes);
  void put(const char* text, uint32_t bytes);

  [[no_unique_address]] Hw hw_;
  uint32_t written_ = 0;
  uint32_t at_ = 0;  // written_ % size of the ring, which is no power of two
};

}  // namespace s4::fw
