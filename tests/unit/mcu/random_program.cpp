// SPDX-License-Identifier: MIT
#include "random_program.hpp"

#include <cstring>

#include "encode.hpp"

namespace s4::card::mcu::test {
namespace {

class Generator {
 public:
  Generator(std::mt19937_64& random, const ProgramOptions& options)
      : random_(random), options_(options) {}

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  // One instruction and its size in bytes.
  uint32_t next(uint32_t& bits) {
    const uint32_t kind = below(100);
    if (kind < 30) {
      bits = compressed();
      return 2;
    }
    bits = kind < 52   ? arithmetic()
           : kind < 67 ? memory()
           : kind < 75 ? pointer()
           : kind < 85 ? jump()
           : kind < 93 ? csr_access()
           : kind < 96 ? system()
                       : static_cast<uint32_t>(random_()) | 3;
    return 4;
  }

 private:
  uint32_t reg() { return below(32); }
  int32_t imm12() {
    return below(2) != 0 ? static_cast<int32_t>(below(4096)) - 2048
                         : static_cast<int32_t>(below(64)) - 32;
  }

  uint32_t arithmetic() {
    const uint32_t funct3 = below(8);
    switch (below(4)) {
      case 0: {
        const bool shift = funct3 == 1 || funct3 == 5;
        const int32_t count = static_cast<int32_t>(below(32) | (funct3 == 5 ? below(2) << 10 : 0));
        return i_type(0x13, funct3, reg(), reg(), shift ? count : imm12());
      }
      case 1:
        return r_type(0x33, funct3, funct3 == 0 || funct3 == 5 ? below(2) << 5 : 0, reg(), reg(),
                      reg());
      case 2:
        return r_type(0x33, funct3, 1, reg(), reg(), reg());
      default:
        return (below(2) != 0 ? 0x37u : 0x17u) | reg() << 7 |
               static_cast<uint32_t>(random_()) << 12;
    }
  }

  // Pointers live in x8 to x15, which compressed instructions reach, and in sp.
  uint32_t pointer_reg() { return below(5) == 0 ? 2 : 8 + below(8); }

  uint32_t memory() {
    constexpr uint32_t kLoads[] = {0, 1, 2, 4, 5};
    int32_t offset = imm12();
    if (below(4) != 0) {
      offset &= ~3;
    }
    return below(2) != 0 ? load(kLoads[below(5)], reg(), pointer_reg(), offset)
                         : store(below(3), pointer_reg(), reg(), offset);
  }

  uint32_t pointer() {
    constexpr uint32_t kBases[] = {kDataBase, kDataBase + 0x1000, kDataBase,
                                   kCodeBase, kCodeBase + 0x2000, kDeviceBase};
    return lui(pointer_reg(), kBases[below(6)]);
  }

  uint32_t jump() {
    const uint32_t funct3 = 2 * below(4) + below(2);
    const int32_t near = 2 * (static_cast<int32_t>(below(60)) - 20);
    switch (below(8)) {
      case 0:
        return jal(below(2), below(4) == 0 ? 2 * (static_cast<int32_t>(below(8000)) - 4000) : near);
      case 1:
        return jalr(below(3), pointer_reg(), imm12());
      default:
        return b_type(funct3, reg(), reg(),
                      below(8) == 0 ? 2 * (static_cast<int32_t>(below(2000)) - 1000) : near);
    }
  }

  uint32_t csr_access() {
    constexpr uint32_t kNumbers[] = {0x300, 0x304, 0x340, 0x341, 0x342, 0x343, 0x344,
                                     0x301, 0xb00, 0xb02, 0xb80, 0xb82, 0x320, 0xf14,
                                     0x323, 0xb05, 0x310, 0xf11, 0xc00, 0x306};
    uint32_t number = kNumbers[below(20)];
    if (below(20) == 0) {
      number = below(4096);
    }
    uint32_t funct3 = 1 + below(7);
    if (number == kMtvec) {  // it would soon be lost
      return csrr(reg(), kMtvec);
    }
    return csr(funct3, reg(), number, below(3) == 0 ? 0 : reg());
  }

  uint32_t system() {
    switch (below(6)) {
      case 0:
        return kEbreak;
      case 1:
        return kMret;
      case 2:
        return options_.sleeps && below(4) == 0 ? kWfi : kEcall;
      case 3:
        return kFenceI;
      case 4:
        return 0x0ff0000f;  // fence
      default:
        return kEcall;
    }
  }

  // Uniform over the encodings, but for c.jr and c.jalr, which would go astray too often.
  uint32_t compressed() {
    while (true) {
      const uint32_t bits = below(0x10000);
      const bool register_jump = (bits & 0xe07f) == 0x8002;
      if ((bits & 3) != 3 && (!register_jump || below(8) == 0)) {
        return bits;
      }
    }
  }

  std::mt19937_64& random_;
  const ProgramOptions& options_;
};

}  // namespace

std::vector<uint8_t> random_program(std::mt19937_64& random, const ProgramOptions& options) {
  std::vector<uint8_t> code(kCodeSize);
  uint32_t at = 0;
  const auto put = [&](uint32_t bits, uint32_t size) {
    std::memcpy(code.data() + at, &bits, size);
    at += size;
  };
  put(lui(5, kCodeBase + 0x4000), 4);
  put(addi(5, 5, static_cast<int32_t>(kHandlerOffset) - 0x4000 + (random() % 2 != 0 ? 1 : 0)), 4);
  put(csrw(kMtvec, 5), 4);
  put(addi(5, 0, -1), 4);
  put(csrw(kMie, 5), 4);
  put(csrw(kMstatus, 5), 4);
  Generator generator(random, options);
  while (at < kHandlerOffset - 4) {
    uint32_t bits = 0;
    const uint32_t size = generator.next(bits);
    put(bits, size);
  }
  // The handler: exceptions come to its first word, interrupts in vectored mode to words 3, 7 and
  // 11, so those are jumps to what all share. mcause 1 (fetch) returns to the start, others go on
  // two bytes after what trapped, interrupts return and come again while their line is up.
  const auto handler = [&](uint32_t word, uint32_t bits) {
    std::memcpy(code.data() + kHandlerOffset + 4 * word, &bits, 4);
  };
  for (uint32_t word = 0; word < 12; ++word) {
    handler(word, jal(0, 4 * (12 - static_cast<int32_t>(word))));
  }
  uint32_t word = 12;
  for (const uint32_t bits : {
           csr(1, 5, kMscratch, 5),  // csrrw t0, mscratch, t0
           csrr(5, kMcause),         //
           b_type(4, 5, 0, 36),      // bltz t0, end
           addi(5, 5, -1),           //
           b_type(0, 5, 0, 20),      // beqz t0, fetch
           csrr(5, kMepc),           //
           addi(5, 5, 2),            //
           csrw(kMepc, 5),           //
           jal(0, 12),               // to the end
           lui(5, kCodeBase),        // fetch:
           csrw(kMepc, 5),           //
           csr(1, 5, kMscratch, 5),  // the end
           kMret,
       }) {
    handler(word++, bits);
  }
  return code;
}

}  // namespace s4::card::mcu::test
