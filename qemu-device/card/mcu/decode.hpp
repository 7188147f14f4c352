// SPDX-License-Identifier: MIT
// Instruction words to operations.
#pragma once

#include <cstdint>

namespace s4::card::mcu {

// Every operation, in one list from which the enumeration, the interpreter's table of handlers and
// the names of the trace are made. The first two and the ...Far ones exist only in the code cache.
#define S4_MCU_OPERATIONS(X)                                                                       \
  X(Decode)                                                                                        \
  X(PageEnd)                                                                                       \
  X(Illegal) X(Lui) X(Auipc) X(Jal) X(JalFar) X(Jalr) X(Beq) X(Bne) X(Blt) X(Bge) X(Bltu) X(Bgeu)  \
      X(BeqFar) X(BneFar) X(BltFar) X(BgeFar) X(BltuFar) X(BgeuFar) X(Lb) X(Lh) X(Lw) X(Lbu)       \
          X(Lhu) X(Sb) X(Sh) X(Sw) X(Addi) X(Slti) X(Sltiu) X(Xori) X(Ori) X(Andi) X(Slli) X(Srli) \
              X(Srai) X(Add) X(Sub) X(Sll) X(Slt) X(Sltu) X(Xor) X(Srl) X(Sra) X(Or) X(And) X(Mul) \
                  X(Mulh) X(Mulhsu) X(Mulhu) X(Div) X(Divu) X(Rem) X(Remu) X(Fence) X(FenceI)      \
                      X(Ecall) X(Ebreak) X(Mret) X(Wfi) X(Csr)

enum class Op : uint8_t {
#define S4_MCU_ENUMERATOR(name) k##name,
  S4_MCU_OPERATIONS(S4_MCU_ENUMERATOR)
#undef S4_MCU_ENUMERATOR
};

struct Instruction {
  Op op = Op::kIllegal;
  uint8_t rd = 0, rs1 = 0, rs2 = 0;
  // The immediate, sign-extended (Lui, Auipc: shifted). Illegal and Csr: the instruction itself, as
  // mtval shows it. Fence: 1 when it orders earlier stores before later loads.
  uint32_t imm = 0;
};

// True when a 16-bit parcel is a whole instruction.
constexpr bool is_compressed(uint32_t parcel) {
  return (parcel & 3) != 3;
}

// `bits` as fetched; of a compressed instruction only the low half counts. Never fails: what is not
// an instruction of RV32IMC_Zicsr_Zifencei is Op::kIllegal.
Instruction decode(uint32_t bits);

}  // namespace s4::card::mcu
