// SPDX-License-Identifier: MIT
#include "mcu/compressed.hpp"

namespace s4::card::mcu {
namespace {

constexpr uint32_t kOpImm = 0x13, kOp = 0x33, kLoad = 0x03, kStore = 0x23, kLui = 0x37;
constexpr uint32_t kBranch = 0x63, kJal = 0x6f, kJalr = 0x67, kEbreak = 0x00100073;
constexpr uint32_t kRa = 1, kSp = 2, kWord = 2;

// `count` bits of `half` from `from` on, moved to bit `to`.
constexpr uint32_t move(uint32_t half, unsigned from, unsigned count, unsigned to) {
  return ((half >> from) & ((1u << count) - 1)) << to;
}

constexpr uint32_t sign_extend(uint32_t value, unsigned bits) {
  const uint32_t sign = 1u << (bits - 1);
  return (value ^ sign) - sign;
}

uint32_t i_type(uint32_t opcode, uint32_t funct3, uint32_t rd, uint32_t rs1, uint32_t imm) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | imm << 20;
}

uint32_t r_type(uint32_t funct3, uint32_t funct7, uint32_t rd, uint32_t rs1, uint32_t rs2) {
  return kOp | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
}

uint32_t store_word(uint32_t rs2, uint32_t rs1, uint32_t imm) {
  return kStore | (imm & 0x1f) << 7 | kWord << 12 | rs1 << 15 | rs2 << 20 | (imm >> 5) << 25;
}

uint32_t jal(uint32_t rd, uint32_t half) {
  uint32_t imm = move(half, 12, 1, 11) | move(half, 11, 1, 4) | move(half, 9, 2, 8) |
                 move(half, 8, 1, 10) | move(half, 7, 1, 6) | move(half, 6, 1, 7) |
                 move(half, 3, 3, 1) | move(half, 2, 1, 5);
  imm = sign_extend(imm, 12);
  return kJal | rd << 7 | (imm & 0xff000) | move(imm, 11, 1, 20) | move(imm, 1, 10, 21) |
         move(imm, 20, 1, 31);
}

uint32_t branch_zero(uint32_t funct3, uint32_t rs1, uint32_t half) {
  uint32_t imm = move(half, 12, 1, 8) | move(half, 10, 2, 3) | move(half, 5, 2, 6) |
                 move(half, 3, 2, 1) | move(half, 2, 1, 5);
  imm = sign_extend(imm, 9);
  return kBranch | move(imm, 11, 1, 7) | move(imm, 1, 4, 8) | funct3 << 12 | rs1 << 15 |
         move(imm, 5, 6, 25) | move(imm, 12, 1, 31);
}

uint32_t quadrant0(uint32_t half) {
  const uint32_t rd = 8 + move(half, 2, 3, 0), rs1 = 8 + move(half, 7, 3, 0);
  const uint32_t word_offset = move(half, 10, 3, 3) | move(half, 6, 1, 2) | move(half, 5, 1, 6);
  switch (half >> 13) {
    case 0: {  // c.addi4spn
      const uint32_t imm =
          move(half, 11, 2, 4) | move(half, 7, 4, 6) | move(half, 6, 1, 2) | move(half, 5, 1, 3);
      return imm == 0 ? 0 : i_type(kOpImm, 0, rd, kSp, imm);
    }
    case 2:  // c.lw
      return i_type(kLoad, kWord, rd, rs1, word_offset);
    case 6:  // c.sw
      return store_word(rd, rs1, word_offset);
    default:
      return 0;
  }
}

uint32_t arithmetic(uint32_t half) {
  const uint32_t rd = 8 + move(half, 7, 3, 0), rs2 = 8 + move(half, 2, 3, 0);
  const bool bit12 = move(half, 12, 1, 0) != 0;
  const uint32_t low = move(half, 2, 5, 0);
  switch (move(half, 10, 2, 0)) {
    case 0:  // c.srli; a shift of 32 and more is for custom use in RV32
      return bit12 ? 0 : i_type(kOpImm, 5, rd, rd, low);
    case 1:  // c.srai
      return bit12 ? 0 : i_type(kOpImm, 5, rd, rd, low | 0x400);
    case 2:  // c.andi
      return i_type(kOpImm, 7, rd, rd, sign_extend(low | (bit12 ? 32 : 0), 6));
    default:
      break;
  }
  if (bit12) {  // c.subw, c.addw and reserved
    return 0;
  }
  switch (move(half, 5, 2, 0)) {
    case 0:
      return r_type(0, 0x20, rd, rd, rs2);  // c.sub
    case 1:
      return r_type(4, 0, rd, rd, rs2);  // c.xor
    case 2:
      return r_type(6, 0, rd, rd, rs2);  // c.or
    default:
      return r_type(7, 0, rd, rd, rs2);  // c.and
  }
}

uint32_t quadrant1(uint32_t half) {
  const uint32_t rd = move(half, 7, 5, 0);
  const uint32_t imm6 = sign_extend(move(half, 12, 1, 5) | move(half, 2, 5, 0), 6);
  switch (half >> 13) {
    case 0:  // c.addi, c.nop
      return i_type(kOpImm, 0, rd, rd, imm6);
    case 1:  // c.jal
      return jal(kRa, half);
    case 2:  // c.li
      return i_type(kOpImm, 0, rd, 0, imm6);
    case 3: {
      if (imm6 == 0) {  // reserved in both
        return 0;
      }
      if (rd != kSp) {  // c.lui
        return kLui | rd << 7 | imm6 << 12;
      }
      const uint32_t imm = move(half, 12, 1, 9) | move(half, 6, 1, 4) | move(half, 5, 1, 6) |
                           move(half, 3, 2, 7) | move(half, 2, 1, 5);
      return i_type(kOpImm, 0, kSp, kSp, sign_extend(imm, 10));  // c.addi16sp
    }
    case 4:
      return arithmetic(half);
    case 5:  // c.j
      return jal(0, half);
    case 6:  // c.beqz
      return branch_zero(0, 8 + move(half, 7, 3, 0), half);
    default:  // c.bnez
      return branch_zero(1, 8 + move(half, 7, 3, 0), half);
  }
}

uint32_t quadrant2(uint32_t half) {
  const uint32_t rd = move(half, 7, 5, 0), rs2 = move(half, 2, 5, 0);
  const bool bit12 = move(half, 12, 1, 0) != 0;
  switch (half >> 13) {
    case 0:  // c.slli
      return bit12 ? 0 : i_type(kOpImm, 1, rd, rd, rs2);
    case 2: {  // c.lwsp
      const uint32_t offset = move(half, 12, 1, 5) | move(half, 4, 3, 2) | move(half, 2, 2, 6);
      return rd == 0 ? 0 : i_type(kLoad, kWord, rd, kSp, offset);
    }
    case 4:
      if (rs2 != 0) {  // c.add, c.mv
        return r_type(0, 0, rd, bit12 ? rd : 0, rs2);
      }
      if (rd == 0) {
        return bit12 ? kEbreak : 0;
      }
      return i_type(kJalr, 0, bit12 ? kRa : 0, rd, 0);  // c.jalr, c.jr
    case 6:                                             // c.swsp
      return store_word(rs2, kSp, move(half, 9, 4, 2) | move(half, 7, 2, 6));
    default:
      return 0;
  }
}

}  // namespace

uint32_t expand_compressed(uint16_t half) {
  switch (half & 3) {
    case 0:
      return quadrant0(half);
    case 1:
      return quadrant1(half);
    case 2:
      return quadrant2(half);
    default:
      return 0;
  }
}

}  // namespace s4::card::mcu
