// SPDX-License-Identifier: MIT
// Instruction words for the tests, written from the formats of the manual.
#pragma once

#include <cstdint>

namespace s4::card::mcu::test {

constexpr uint32_t r_type(uint32_t opcode, uint32_t funct3, uint32_t funct7, uint32_t rd,
                          uint32_t rs1, uint32_t rs2) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t i_type(uint32_t opcode, uint32_t funct3, uint32_t rd, uint32_t rs1,
                          int32_t imm) {
  return static_cast<uint32_t>(imm) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t s_type(uint32_t opcode, uint32_t funct3, uint32_t rs1, uint32_t rs2,
                          int32_t imm) {
  const auto bits = static_cast<uint32_t>(imm);
  return (bits >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (bits & 31) << 7 |
         opcode;
}
constexpr uint32_t b_type(uint32_t funct3, uint32_t rs1, uint32_t rs2, int32_t imm) {
  const auto bits = static_cast<uint32_t>(imm);
  return (bits >> 12 & 1) << 31 | (bits >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         (bits >> 1 & 15) << 8 | (bits >> 11 & 1) << 7 | 0x63;
}
constexpr uint32_t jal(uint32_t rd, int32_t imm) {
  const auto bits = static_cast<uint32_t>(imm);
  return (bits >> 20 & 1) << 31 | (bits >> 1 & 0x3ff) << 21 | (bits >> 11 & 1) << 20 |
         (bits >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}
constexpr uint32_t lui(uint32_t rd, uint32_t value) {
  return (value & 0xfffff000u) | rd << 7 | 0x37;
}
constexpr uint32_t addi(uint32_t rd, uint32_t rs1, int32_t imm) {
  return i_type(0x13, 0, rd, rs1, imm);
}
constexpr uint32_t jalr(uint32_t rd, uint32_t rs1, int32_t imm) {
  return i_type(0x67, 0, rd, rs1, imm);
}
constexpr uint32_t load(uint32_t funct3, uint32_t rd, uint32_t rs1, int32_t imm) {
  return i_type(0x03, funct3, rd, rs1, imm);
}
constexpr uint32_t lw(uint32_t rd, uint32_t rs1, int32_t imm) {
  return load(2, rd, rs1, imm);
}
constexpr uint32_t store(uint32_t funct3, uint32_t rs1, uint32_t rs2, int32_t imm) {
  return s_type(0x23, funct3, rs1, rs2, imm);
}
constexpr uint32_t sw(uint32_t rs2, uint32_t rs1, int32_t imm) {
  return store(2, rs1, rs2, imm);
}
constexpr uint32_t csr(uint32_t funct3, uint32_t rd, uint32_t number, uint32_t rs1) {
  return number << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x73;
}
constexpr uint32_t csrw(uint32_t number, uint32_t rs1) {
  return csr(1, 0, number, rs1);
}
constexpr uint32_t csrr(uint32_t rd, uint32_t number) {
  return csr(2, rd, number, 0);
}

constexpr uint32_t kEcall = 0x00000073, kEbreak = 0x00100073, kMret = 0x30200073, kWfi = 0x10500073,
                   kFenceI = 0x0000100f;
constexpr uint32_t kNopHalf = 0x0001;

// Numbers of control and status registers.
constexpr uint32_t kMstatus = 0x300, kMisa = 0x301, kMie = 0x304, kMtvec = 0x305,
                   kMcountinhibit = 0x320, kMscratch = 0x340, kMepc = 0x341, kMcause = 0x342,
                   kMtval = 0x343, kMip = 0x344, kMcycle = 0xb00, kMinstret = 0xb02;

}  // namespace s4::card::mcu::test
