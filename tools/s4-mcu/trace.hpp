// SPDX-License-Identifier: MIT
// --trace: one line an instruction, and one for each trap.
#pragma once

#include <cstdint>
#include <cstdio>

#include "machine.hpp"

namespace s4::mcu_tool {

class Trace : public Machine::Observer {
 public:
  Trace(const Memory& memory, const ElfImage& image, std::FILE* out)
      : memory_(memory), image_(image), out_(out) {}

  void interrupted(const card::mcu::Core& core) override;
  void before(const card::mcu::Core& core) override;
  void after(const card::mcu::Core& core) override;

 private:
  void print_trap(const card::mcu::Core& core);

  const Memory& memory_;
  const ElfImage& image_;
  std::FILE* out_;
  uint32_t pc_ = 0, bits_ = 0;
  unsigned parcels_ = 0;  // 16-bit pieces of the instruction that could be read
  uint64_t traps_ = 0;
};

// The name of an exception or interrupt as mcause has it.
const char* cause_name(uint32_t cause);

}  // namespace s4::mcu_tool
