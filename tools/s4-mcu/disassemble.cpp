// SPDX-License-Identifier: MIT
#include "disassemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "mcu/decode.hpp"

namespace s4::mcu_tool {
namespace {

using card::mcu::Instruction;
using card::mcu::Op;

struct CsrName {
  uint32_t number;
  std::string_view name;
};

constexpr CsrName kCsrNames[] = {
    {0x300, "mstatus"},  {0x301, "misa"},          {0x304, "mie"},       {0x305, "mtvec"},
    {0x310, "mstatush"}, {0x320, "mcountinhibit"}, {0x340, "mscratch"},  {0x341, "mepc"},
    {0x342, "mcause"},   {0x343, "mtval"},         {0x344, "mip"},       {0xb00, "mcycle"},
    {0xb02, "minstret"}, {0xb80, "mcycleh"},       {0xb82, "minstreth"}, {0xf11, "mvendorid"},
    {0xf12, "marchid"},  {0xf13, "mimpid"},        {0xf14, "mhartid"},   {0xf15, "mconfigptr"},
};

std::string csr_name(uint32_t number) {
  const auto* const found = std::ranges::find(kCsrNames, number, &CsrName::number);
  return found != std::end(kCsrNames) ? std::string(found->name) : fmt::format("{:#x}", number);
}

std::string mnemonic(Op op) {
  static constexpr std::string_view kNames[] = {
#define S4_NAME(name) #name,
      S4_MCU_OPERATIONS(S4_NAME)
#undef S4_NAME
  };
  if (op == Op::kFenceI) {
    return "fence.i";
  }
  std::string name(kNames[static_cast<size_t>(op)]);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

bool between(Op op, Op first, Op last) {
  return op >= first && op <= last;
}

std::string csr_text(uint32_t bits) {
  static constexpr std::string_view kNames[] = {"", "csrrw",  "csrrs",  "csrrc",
                                                "", "csrrwi", "csrrsi", "csrrci"};
  const uint32_t funct3 = bits >> 12 & 7, rs1 = bits >> 15 & 31;
  const std::string operand = funct3 >= 4 ? fmt::format("{}", rs1) : register_name(rs1);
  return fmt::format("{} {}, {}, {}", kNames[funct3], register_name(bits >> 7 & 31),
                     csr_name(bits >> 20), operand);
}

}  // namespace

const char* register_name(unsigned index) {
  static constexpr const char* kNames[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                             "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                             "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                             "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  return kNames[index & 31];
}

std::string disassemble(uint32_t pc, uint32_t bits) {
  const Instruction in = card::mcu::decode(bits);
  const std::string name = mnemonic(in.op);
  const char *const rd = register_name(in.rd), *const rs1 = register_name(in.rs1),
                    *const rs2 = register_name(in.rs2);
  const auto imm = static_cast<int32_t>(in.imm);
  if (between(in.op, Op::kLui, Op::kAuipc)) {
    return fmt::format("{} {}, {:#x}", name, rd, in.imm >> 12);
  }
  if (in.op == Op::kJal) {
    return fmt::format("{} {}, {:#x}", name, rd, pc + in.imm);
  }
  if (in.op == Op::kJalr || between(in.op, Op::kLb, Op::kLhu)) {
    return fmt::format("{} {}, {}({})", name, rd, imm, rs1);
  }
  if (between(in.op, Op::kBeq, Op::kBgeu)) {
    return fmt::format("{} {}, {}, {:#x}", name, rs1, rs2, pc + in.imm);
  }
  if (between(in.op, Op::kSb, Op::kSw)) {
    return fmt::format("{} {}, {}({})", name, rs2, imm, rs1);
  }
  if (between(in.op, Op::kAddi, Op::kSrai)) {
    return fmt::format("{} {}, {}, {}", name, rd, rs1, imm);
  }
  if (between(in.op, Op::kAdd, Op::kRemu)) {
    return fmt::format("{} {}, {}, {}", name, rd, rs1, rs2);
  }
  return in.op == Op::kCsr ? csr_text(bits) : name;
}

unsigned written_register(uint32_t bits) {
  const Instruction in = card::mcu::decode(bits);
  const bool writes = between(in.op, Op::kLui, Op::kJalr) || between(in.op, Op::kLb, Op::kLhu) ||
                      between(in.op, Op::kAddi, Op::kRemu) || in.op == Op::kCsr;
  return writes ? in.rd : 0;
}

}  // namespace s4::mcu_tool
