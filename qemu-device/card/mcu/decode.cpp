// SPDX-License-Identifier: MIT
#include "mcu/decode.hpp"

#include "mcu/compressed.hpp"

namespace s4::card::mcu {
namespace {

uint32_t arithmetic_shift(uint32_t value, unsigned count) {
  return static_cast<uint32_t>(static_cast<int32_t>(value) >> count);
}

uint32_t imm_i(uint32_t bits) {
  return arithmetic_shift(bits, 20);
}
uint32_t imm_s(uint32_t bits) {
  return (imm_i(bits) & ~0x1fu) | ((bits >> 7) & 0x1f);
}
uint32_t imm_b(uint32_t bits) {
  return (arithmetic_shift(bits, 19) & 0xfffff000u) | ((bits << 4) & 0x800) |
         ((bits >> 20) & 0x7e0) | ((bits >> 7) & 0x1e);
}
uint32_t imm_j(uint32_t bits) {
  return (arithmetic_shift(bits, 11) & 0xfff00000u) | (bits & 0xff000) | ((bits >> 9) & 0x800) |
         ((bits >> 20) & 0x7fe);
}

Op branch_op(uint32_t funct3) {
  constexpr Op kOps[] = {Op::kBeq, Op::kBne, Op::kIllegal, Op::kIllegal,
                         Op::kBlt, Op::kBge, Op::kBltu,    Op::kBgeu};
  return kOps[funct3];
}

Op load_op(uint32_t funct3) {
  constexpr Op kOps[] = {Op::kLb,  Op::kLh,  Op::kLw,      Op::kIllegal,
                         Op::kLbu, Op::kLhu, Op::kIllegal, Op::kIllegal};
  return kOps[funct3];
}

Op store_op(uint32_t funct3) {
  constexpr Op kOps[] = {Op::kSb, Op::kSh, Op::kSw};
  return funct3 < 3 ? kOps[funct3] : Op::kIllegal;
}

Op immediate_op(uint32_t funct3, uint32_t funct7) {
  switch (funct3) {
    case 0:
      return Op::kAddi;
    case 1:
      return funct7 == 0 ? Op::kSlli : Op::kIllegal;
    case 2:
      return Op::kSlti;
    case 3:
      return Op::kSltiu;
    case 4:
      return Op::kXori;
    case 5:
      return funct7 == 0 ? Op::kSrli : funct7 == 0x20 ? Op::kSrai : Op::kIllegal;
    case 6:
      return Op::kOri;
    default:
      return Op::kAndi;
  }
}

Op register_op(uint32_t funct3, uint32_t funct7) {
  constexpr Op kBase[] = {Op::kAdd, Op::kSll, Op::kSlt, Op::kSltu,
                          Op::kXor, Op::kSrl, Op::kOr,  Op::kAnd};
  constexpr Op kMultiply[] = {Op::kMul, Op::kMulh, Op::kMulhsu, Op::kMulhu,
                              Op::kDiv, Op::kDivu, Op::kRem,    Op::kRemu};
  if (funct7 == 0) {
    return kBase[funct3];
  }
  if (funct7 == 1) {
    return kMultiply[funct3];
  }
  if (funct7 == 0x20 && (funct3 == 0 || funct3 == 5)) {
    return funct3 == 0 ? Op::kSub : Op::kSra;
  }
  return Op::kIllegal;
}

Op system_op(uint32_t bits) {
  switch (bits) {
    case 0x00000073:
      return Op::kEcall;
    case 0x00100073:
      return Op::kEbreak;
    case 0x30200073:
      return Op::kMret;
    case 0x10500073:
      return Op::kWfi;
    default:  // funct3 0 with other operands, and 4, are of other extensions and modes
      return ((bits >> 12) & 3) != 0 ? Op::kCsr : Op::kIllegal;
  }
}

Instruction decode32(uint32_t bits) {
  const uint32_t funct3 = (bits >> 12) & 7, funct7 = bits >> 25;
  Instruction out;
  out.rd = (bits >> 7) & 31;
  out.rs1 = (bits >> 15) & 31;
  out.rs2 = (bits >> 20) & 31;
  switch (bits & 0x7f) {
    case 0x37:
      out.op = Op::kLui;
      out.imm = bits & 0xfffff000u;
      break;
    case 0x17:
      out.op = Op::kAuipc;
      out.imm = bits & 0xfffff000u;
      break;
    case 0x6f:
      out.op = Op::kJal;
      out.imm = imm_j(bits);
      break;
    case 0x67:
      out.op = funct3 == 0 ? Op::kJalr : Op::kIllegal;
      out.imm = imm_i(bits);
      break;
    case 0x63:
      out.op = branch_op(funct3);
      out.imm = imm_b(bits);
      break;
    case 0x03:
      out.op = load_op(funct3);
      out.imm = imm_i(bits);
      break;
    case 0x23:
      out.op = store_op(funct3);
      out.imm = imm_s(bits);
      break;
    case 0x13:
      out.op = immediate_op(funct3, funct7);
      out.imm = funct3 == 1 || funct3 == 5 ? out.rs2 : imm_i(bits);
      break;
    case 0x33:
      out.op = register_op(funct3, funct7);
      break;
    case 0x0f:  // operands and fm are reserved for finer fences: a plain one serves them all
      out.op = funct3 == 0 ? Op::kFence : funct3 == 1 ? Op::kFenceI : Op::kIllegal;
      out.imm = (bits >> 24 & 5) != 0 && (bits >> 20 & 10) != 0 && bits >> 28 != 8 ? 1 : 0;
      break;
    case 0x73:
      out.op = system_op(bits);
      out.imm = bits;
      break;
    default:
      break;
  }
  return out;
}

}  // namespace

Instruction decode(uint32_t bits) {
  const bool compressed = is_compressed(bits);
  if (compressed) {
    bits &= 0xffff;
  }
  Instruction out = decode32(compressed ? expand_compressed(static_cast<uint16_t>(bits)) : bits);
  if (out.op == Op::kIllegal) {
    out.imm = bits;
  }
  return out;
}

}  // namespace s4::card::mcu
