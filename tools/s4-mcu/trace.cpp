// SPDX-License-Identifier: MIT
#include "trace.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string>

#include "disassemble.hpp"
#include "mcu/decode.hpp"

namespace s4::mcu_tool {
namespace {

constexpr uint32_t kMepc = 0x341, kMcause = 0x342, kMtval = 0x343;

uint32_t parcel(const Memory& memory, uint32_t address, bool& readable) {
  uint16_t value = 0;
  const uint8_t* const data = memory.at(address, sizeof(value));
  readable = data != nullptr;
  if (readable) {
    std::memcpy(&value, data, sizeof(value));
  }
  return value;
}

}  // namespace

const char* cause_name(uint32_t cause) {
  switch (cause) {
    case 1:
      return "instruction access fault";
    case 2:
      return "illegal instruction";
    case 3:
      return "breakpoint";
    case 4:
      return "misaligned load";
    case 5:
      return "load access fault";
    case 6:
      return "misaligned store";
    case 7:
      return "store access fault";
    case 11:
      return "environment call";
    case 0x80000003:
      return "software interrupt";
    case 0x80000007:
      return "timer interrupt";
    case 0x8000000b:
      return "external interrupt";
    default:
      return "unknown cause";
  }
}

void Trace::print_trap(const card::mcu::Core& core) {
  const uint32_t cause = *core.csr(kMcause);
  fmt::print(out_, "trap: {} (mcause {:#x}), mepc {:#010x}, mtval {:#x} -> {:#010x}\n",
             cause_name(cause), cause, *core.csr(kMepc), *core.csr(kMtval), core.pc());
}

void Trace::interrupted(const card::mcu::Core& core) {
  if (!core.crash()) {
    print_trap(core);
  }
}

void Trace::before(const card::mcu::Core& core) {
  pc_ = core.pc();
  traps_ = core.traps();
  bool readable = false;
  bits_ = parcel(memory_, pc_, readable);
  parcels_ = readable ? 1 : 0;
  if (readable && !card::mcu::is_compressed(bits_)) {
    bits_ |= parcel(memory_, pc_ + 2, readable) << 16;
    parcels_ = readable ? 2 : 1;
  }
}

void Trace::after(const card::mcu::Core& core) {
  const bool trapped = core.traps() != traps_;
  const std::string bits = parcels_ == 0   ? ""
                           : parcels_ == 1 ? fmt::format("{:04x}", bits_)
                                           : fmt::format("{:08x}", bits_);
  std::string line = fmt::format("{:08x} {:<8} {:<28}", pc_, bits,
                                 parcels_ == 0 ? "(no memory)" : disassemble(pc_, bits_));
  const unsigned rd = written_register(bits_);
  if (!trapped && rd != 0) {
    line += fmt::format(" {}={:08x}", register_name(rd), core.reg(rd));
  }
  const std::string place = image_.describe(pc_);
  if (!place.empty() && place.find('+') == std::string::npos) {
    fmt::print(out_, "{}:\n", place);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  fmt::print(out_, "{}\n", line);
  if (trapped && !core.crash()) {
    print_trap(core);
  }
}

}  // namespace s4::mcu_tool
