// SPDX-License-Identifier: MIT
#include "reference.hpp"

namespace s4::card::mcu::test {
namespace {

// Bits [high:low] of a word.
uint32_t field(uint32_t word, int high, int low) {
  return static_cast<uint32_t>((uint64_t{word} >> low) & ((uint64_t{1} << (high - low + 1)) - 1));
}
uint32_t bit(uint32_t word, int n) {
  return field(word, n, n);
}

// `bits` wide two's complement to 32 bits.
uint32_t extend(uint32_t value, int bits) {
  const int64_t modulus = int64_t{1} << bits;
  int64_t number = value & static_cast<uint32_t>(modulus - 1);
  if (number >= modulus / 2) {
    number -= modulus;
  }
  return static_cast<uint32_t>(number);
}

int32_t as_signed(uint32_t value) {
  return static_cast<int32_t>(value);
}

}  // namespace

const Reference::Block* Reference::block_of(uint32_t address, unsigned size) const {
  for (const Block& block : memory) {
    const uint64_t begin = block.base, end = begin + block.bytes.size();
    if (address >= begin && uint64_t{address} + size <= end) {
      return &block;
    }
  }
  return nullptr;
}

Reference::Block* Reference::block_of(uint32_t address, unsigned size) {
  return const_cast<Block*>(static_cast<const Reference*>(this)->block_of(address, size));
}

bool Reference::executable(uint32_t address) const {
  const Block* block = block_of(address, 1);
  return block != nullptr && block->executable;
}

uint32_t Reference::fetch_half(uint32_t address) const {
  const Block* block = block_of(address, 2);
  if (block == nullptr || !block->executable) {
    throw Trap{1, address};
  }
  const size_t at = address - block->base;
  return block->bytes[at] + 256u * block->bytes[at + 1];
}

uint32_t Reference::read(uint32_t address, unsigned size) {
  if (address % size != 0) {
    throw Trap{4, address};
  }
  const Block* block = block_of(address, size);
  if (block == nullptr) {
    const auto value = device_load ? device_load(address, size) : std::nullopt;
    if (!value) {
      throw Trap{5, address};
    }
    return *value;
  }
  uint32_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    value |= uint32_t{block->bytes[address - block->base + i]} << (8 * i);
  }
  return value;
}

void Reference::write(uint32_t address, unsigned size, uint32_t value) {
  if (address % size != 0) {
    throw Trap{6, address};
  }
  Block* block = block_of(address, size);
  if (block == nullptr) {
    if (size < 4) {
      value &= (1u << (8 * size)) - 1;
    }
    if (!device_store || !device_store(address, size, value)) {
      throw Trap{7, address};
    }
    return;
  }
  if (!block->writable) {
    throw Trap{7, address};
  }
  for (unsigned i = 0; i < size; ++i) {
    block->bytes[address - block->base + i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

void Reference::set(uint32_t rd, uint32_t value) {
  if (rd != 0) {
    x[rd] = value;
  }
}

void Reference::trap(uint32_t cause, uint32_t value, bool interrupt) {
  const uint32_t base = mtvec & 0xfffffffc;
  uint32_t target = base;
  if (interrupt && (mtvec & 3) == 1) {
    target += 4 * cause;
  }
  if (!mtvec_written_ || !executable(target) || (!interrupt && pc == base)) {
    crashed = true;
    return;
  }
  mepc = pc;
  mcause = cause + (interrupt ? 0x80000000u : 0);
  mtval = value;
  const uint32_t mie_bit = bit(mstatus, 3);
  mstatus = 0x1800 | mie_bit << 7;
  pc = target;
}

bool Reference::step() {
  if (crashed) {
    return false;
  }
  if (sleeping) {
    if ((mip & mie) == 0) {
      return false;
    }
    sleeping = false;
  }
  const uint32_t pending = mip & mie;
  if (bit(mstatus, 3) == 1 && pending != 0) {
    trap(bit(pending, 11) == 1 ? 11 : bit(pending, 3) == 1 ? 3 : 7, 0, true);
    if (crashed) {
      return false;
    }
  }
  wrote_cycle_ = wrote_instret_ = false;
  const uint32_t inhibited = mcountinhibit;
  bool retired = true;
  try {
    const uint32_t low = fetch_half(pc);
    if ((low & 3) == 3) {
      const uint32_t word = low | fetch_half(pc + 2) << 16;
      next_ = pc + 4;
      execute32(word);
    } else {
      next_ = pc + 2;
      execute16(low);
    }
    pc = next_;
  } catch (const Trap& reason) {
    retired = false;
    trap(reason.cause, reason.value, false);
  }
  // An instruction that changes mcountinhibit still counts by the rule before it.
  if (!wrote_cycle_ && bit(inhibited, 0) == 0) {
    ++mcycle;
  }
  if (!wrote_instret_ && bit(inhibited, 2) == 0 && retired) {
    ++minstret;
  }
  return !crashed && !sleeping;
}

uint32_t Reference::multiply(uint32_t funct3, uint32_t a, uint32_t b) const {
  const int64_t sa = as_signed(a), sb = as_signed(b);
  const uint64_t ua = a, ub = b;
  const bool overflow = a == 0x80000000u && b == 0xffffffffu;
  switch (funct3) {
    case 0:
      return static_cast<uint32_t>(ua * ub);
    case 1:
      return static_cast<uint32_t>(static_cast<uint64_t>(sa * sb) >> 32);
    case 2: {
      // a - 2^32 for negative a: subtract b from the high word.
      const auto high = static_cast<uint32_t>(ua * ub >> 32);
      return sa < 0 ? high - b : high;
    }
    case 3:
      return static_cast<uint32_t>(ua * ub >> 32);
    case 4:
      return b == 0 ? 0xffffffffu : overflow ? a : static_cast<uint32_t>(sa / sb);
    case 5:
      return b == 0 ? 0xffffffffu : a / b;
    case 6:
      return b == 0 ? a : overflow ? 0 : static_cast<uint32_t>(sa % sb);
    default:
      return b == 0 ? a : a % b;
  }
}

void Reference::execute32(uint32_t i) {
  const uint32_t opcode = field(i, 6, 0), funct3 = field(i, 14, 12), funct7 = field(i, 31, 25);
  const uint32_t rd = field(i, 11, 7);
  const uint32_t a = x[field(i, 19, 15)], b = x[field(i, 24, 20)];
  const uint32_t immediate = extend(field(i, 31, 20), 12);
  const Trap illegal{2, i};
  switch (opcode) {
    case 0b0110111:
      set(rd, field(i, 31, 12) << 12);
      return;
    case 0b0010111:
      set(rd, pc + (field(i, 31, 12) << 12));
      return;
    case 0b1101111: {
      const uint32_t offset =
          bit(i, 31) << 20 | field(i, 19, 12) << 12 | bit(i, 20) << 11 | field(i, 30, 21) << 1;
      set(rd, next_);
      next_ = pc + extend(offset, 21);
      return;
    }
    case 0b1100111: {
      if (funct3 != 0) {
        throw illegal;
      }
      const uint32_t target = (a + immediate) & 0xfffffffe;
      set(rd, next_);
      next_ = target;
      return;
    }
    case 0b1100011: {
      const uint32_t offset =
          bit(i, 31) << 12 | bit(i, 7) << 11 | field(i, 30, 25) << 5 | field(i, 11, 8) << 1;
      bool taken;
      switch (funct3) {
        case 0:
          taken = a == b;
          break;
        case 1:
          taken = a != b;
          break;
        case 4:
          taken = as_signed(a) < as_signed(b);
          break;
        case 5:
          taken = as_signed(a) >= as_signed(b);
          break;
        case 6:
          taken = a < b;
          break;
        case 7:
          taken = a >= b;
          break;
        default:
          throw illegal;
      }
      if (taken) {
        next_ = pc + extend(offset, 13);
      }
      return;
    }
    case 0b0000011:
      switch (funct3) {
        case 0:
          set(rd, extend(read(a + immediate, 1), 8));
          return;
        case 1:
          set(rd, extend(read(a + immediate, 2), 16));
          return;
        case 2:
          set(rd, read(a + immediate, 4));
          return;
        case 4:
          set(rd, read(a + immediate, 1));
          return;
        case 5:
          set(rd, read(a + immediate, 2));
          return;
        default:
          throw illegal;
      }
    case 0b0100011: {
      const uint32_t address = a + extend(funct7 << 5 | rd, 12);
      if (funct3 > 2) {
        throw illegal;
      }
      write(address, 1u << funct3, b);
      return;
    }
    case 0b0010011: {
      const uint32_t count = field(i, 24, 20);
      switch (funct3) {
        case 0:
          set(rd, a + immediate);
          return;
        case 1:
          if (funct7 != 0) {
            throw illegal;
          }
          set(rd, a << count);
          return;
        case 2:
          set(rd, as_signed(a) < as_signed(immediate) ? 1 : 0);
          return;
        case 3:
          set(rd, a < immediate ? 1 : 0);
          return;
        case 4:
          set(rd, a ^ immediate);
          return;
        case 5:
          if (funct7 == 0) {
            set(rd, a >> count);
          } else if (funct7 == 0b0100000) {
            set(rd, static_cast<uint32_t>(int64_t{as_signed(a)} >> count));
          } else {
            throw illegal;
          }
          return;
        case 6:
          set(rd, a | immediate);
          return;
        default:
          set(rd, a & immediate);
          return;
      }
    }
    case 0b0110011: {
      if (funct7 == 1) {
        set(rd, multiply(funct3, a, b));
        return;
      }
      const uint32_t count = b % 32;
      if (funct7 == 0b0100000 && funct3 == 0) {
        set(rd, a - b);
      } else if (funct7 == 0b0100000 && funct3 == 5) {
        set(rd, static_cast<uint32_t>(int64_t{as_signed(a)} >> count));
      } else if (funct7 != 0) {
        throw illegal;
      } else {
        const uint32_t results[8] = {
            a + b,           a << count, as_signed(a) < as_signed(b) ? 1u : 0u,
            a < b ? 1u : 0u, a ^ b,      a >> count,
            a | b,           a & b};
        set(rd, results[funct3]);
      }
      return;
    }
    case 0b0001111:
      if (funct3 > 1) {
        throw illegal;
      }
      return;  // this interpreter keeps nothing that fences would order
    case 0b1110011:
      execute_system(i);
      return;
    default:
      throw illegal;
  }
}

void Reference::execute_system(uint32_t i) {
  if (field(i, 14, 12) != 0) {
    execute_csr(i);
    return;
  }
  if (field(i, 11, 7) != 0 || field(i, 19, 15) != 0) {
    throw Trap{2, i};
  }
  switch (field(i, 31, 20)) {
    case 0:
      throw Trap{11, 0};
    case 1:
      throw Trap{3, pc};
    case 0x302:
      mstatus = 0x1880 | bit(mstatus, 7) << 3;
      next_ = mepc;
      return;
    case 0x105:
      sleeping = (mip & mie) == 0;
      return;
    default:
      throw Trap{2, i};
  }
}

void Reference::execute_csr(uint32_t i) {
  const uint32_t number = field(i, 31, 20), funct3 = field(i, 14, 12);
  const uint32_t source = field(i, 19, 15), rd = field(i, 11, 7);
  if (funct3 == 4 || !csr_exists(number)) {
    throw Trap{2, i};
  }
  const uint32_t operand = funct3 > 4 ? source : x[source];
  const uint32_t kind = funct3 % 4;
  const uint32_t old = csr_read(number);
  const bool writes = kind == 1 || source != 0;
  if (writes) {
    if (field(number, 11, 10) == 3) {
      throw Trap{2, i};
    }
    csr_write(number, kind == 1 ? operand : kind == 2 ? old | operand : old & ~operand);
  }
  set(rd, old);
}

bool Reference::csr_exists(uint32_t number) const {
  switch (number) {
    case 0x300:  // mstatus
    case 0x301:  // misa
    case 0x304:  // mie
    case 0x305:  // mtvec
    case 0x310:  // mstatush
    case 0x320:  // mcountinhibit
    case 0x340:  // mscratch
    case 0x341:  // mepc
    case 0x342:  // mcause
    case 0x343:  // mtval
    case 0x344:  // mip
    case 0xb00:
    case 0xb80:  // mcycle, mcycleh
    case 0xb02:
    case 0xb82:  // minstret, minstreth
    case 0xf11:
    case 0xf12:
    case 0xf13:
    case 0xf14:
    case 0xf15:
      return true;
    default:  // performance counters 3 to 31, their high halves and their events
      return (number >= 0xb03 && number <= 0xb1f) || (number >= 0xb83 && number <= 0xb9f) ||
             (number >= 0x323 && number <= 0x33f);
  }
}

uint32_t Reference::csr_read(uint32_t number) const {
  switch (number) {
    case 0x300:
      return mstatus;
    case 0x301:
      return 0x40001104;
    case 0x304:
      return mie;
    case 0x305:
      return mtvec;
    case 0x320:
      return mcountinhibit;
    case 0x340:
      return mscratch;
    case 0x341:
      return mepc;
    case 0x342:
      return mcause;
    case 0x343:
      return mtval;
    case 0x344:
      return mip;
    case 0xb00:
      return static_cast<uint32_t>(mcycle);
    case 0xb80:
      return static_cast<uint32_t>(mcycle >> 32);
    case 0xb02:
      return static_cast<uint32_t>(minstret);
    case 0xb82:
      return static_cast<uint32_t>(minstret >> 32);
    default:
      return 0;
  }
}

void Reference::csr_write(uint32_t number, uint32_t value) {
  const uint64_t low = 0xffffffff;
  switch (number) {
    case 0x300:
      mstatus = 0x1800 | (value & 0x88);
      return;
    case 0x304:
      mie = value & 0x888;
      return;
    case 0x305:
      mtvec = value & 0xfffffffd;
      mtvec_written_ = true;
      return;
    case 0x320:
      mcountinhibit = value & 5;
      return;
    case 0x340:
      mscratch = value;
      return;
    case 0x341:
      mepc = value & 0xfffffffe;
      return;
    case 0x342:
      mcause = value;
      return;
    case 0x343:
      mtval = value;
      return;
    case 0xb00:
      mcycle = (mcycle & ~low) | value;
      wrote_cycle_ = true;
      return;
    case 0xb80:
      mcycle = (mcycle & low) | uint64_t{value} << 32;
      wrote_cycle_ = true;
      return;
    case 0xb02:
      minstret = (minstret & ~low) | value;
      wrote_instret_ = true;
      return;
    case 0xb82:
      minstret = (minstret & low) | uint64_t{value} << 32;
      wrote_instret_ = true;
      return;
    default:
      return;
  }
}

// Chapter "C", tables of quadrants 0 to 2.
void Reference::execute16(uint32_t c) {
  const Trap illegal{2, c};
  const uint32_t funct3 = field(c, 15, 13), quadrant = field(c, 1, 0);
  const uint32_t full = field(c, 11, 7), second = field(c, 6, 2);      // rd/rs1 and rs2
  const uint32_t high = field(c, 9, 7) + 8, low = field(c, 4, 2) + 8;  // rd'/rs1' and rs2'
  const uint32_t imm6 = extend(bit(c, 12) << 5 | second, 6);
  const uint32_t word_offset = field(c, 12, 10) << 3 | bit(c, 6) << 2 | bit(c, 5) << 6;
  const uint32_t jump =
      extend(bit(c, 12) << 11 | bit(c, 11) << 4 | field(c, 10, 9) << 8 | bit(c, 8) << 10 |
                 bit(c, 7) << 6 | bit(c, 6) << 7 | field(c, 5, 3) << 1 | bit(c, 2) << 5,
             12);
  const uint32_t branch = extend(bit(c, 12) << 8 | field(c, 11, 10) << 3 | field(c, 6, 5) << 6 |
                                     field(c, 4, 3) << 1 | bit(c, 2) << 5,
                                 9);
  switch (quadrant << 3 | funct3) {
    case 0b00'000: {  // C.ADDI4SPN
      const uint32_t offset =
          field(c, 12, 11) << 4 | field(c, 10, 7) << 6 | bit(c, 6) << 2 | bit(c, 5) << 3;
      if (offset == 0) {
        throw illegal;
      }
      x[low] = x[2] + offset;
      return;
    }
    case 0b00'010:  // C.LW
      x[low] = read(x[high] + word_offset, 4);
      return;
    case 0b00'110:  // C.SW
      write(x[high] + word_offset, 4, x[low]);
      return;
    case 0b01'000:  // C.NOP, C.ADDI
      set(full, x[full] + imm6);
      return;
    case 0b01'001:  // C.JAL
      x[1] = next_;
      next_ = pc + jump;
      return;
    case 0b01'010:  // C.LI
      set(full, imm6);
      return;
    case 0b01'011: {
      if (imm6 == 0) {
        throw illegal;
      }
      if (full == 2) {  // C.ADDI16SP
        x[2] += extend(bit(c, 12) << 9 | bit(c, 6) << 4 | bit(c, 5) << 6 | field(c, 4, 3) << 7 |
                           bit(c, 2) << 5,
                       10);
      } else {  // C.LUI
        set(full, imm6 << 12);
      }
      return;
    }
    case 0b01'100:
      switch (field(c, 11, 10)) {
        case 0b00:  // C.SRLI
          if (bit(c, 12) == 1) {
            throw illegal;
          }
          x[high] >>= second;
          return;
        case 0b01:  // C.SRAI
          if (bit(c, 12) == 1) {
            throw illegal;
          }
          x[high] = static_cast<uint32_t>(int64_t{as_signed(x[high])} >> second);
          return;
        case 0b10:  // C.ANDI
          x[high] &= imm6;
          return;
        default:
          if (bit(c, 12) == 1) {
            throw illegal;
          }
          switch (field(c, 6, 5)) {
            case 0b00:
              x[high] -= x[low];
              return;
            case 0b01:
              x[high] ^= x[low];
              return;
            case 0b10:
              x[high] |= x[low];
              return;
            default:
              x[high] &= x[low];
              return;
          }
      }
    case 0b01'101:  // C.J
      next_ = pc + jump;
      return;
    case 0b01'110:  // C.BEQZ
      if (x[high] == 0) {
        next_ = pc + branch;
      }
      return;
    case 0b01'111:  // C.BNEZ
      if (x[high] != 0) {
        next_ = pc + branch;
      }
      return;
    case 0b10'000:  // C.SLLI
      if (bit(c, 12) == 1) {
        throw illegal;
      }
      set(full, x[full] << second);
      return;
    case 0b10'010:  // C.LWSP
      if (full == 0) {
        throw illegal;
      }
      x[full] = read(x[2] + (bit(c, 12) << 5 | field(c, 6, 4) << 2 | field(c, 3, 2) << 6), 4);
      return;
    case 0b10'100:
      if (second != 0) {  // C.MV, C.ADD
        set(full, bit(c, 12) == 1 ? x[full] + x[second] : x[second]);
      } else if (full != 0) {  // C.JR, C.JALR
        const uint32_t target = x[full] & 0xfffffffe;
        if (bit(c, 12) == 1) {
          x[1] = next_;
        }
        next_ = target;
      } else if (bit(c, 12) == 1) {  // C.EBREAK
        throw Trap{3, pc};
      } else {
        throw illegal;
      }
      return;
    case 0b10'110:  // C.SWSP
      write(x[2] + (field(c, 12, 9) << 2 | field(c, 8, 7) << 6), 4, x[second]);
      return;
    default:
      throw illegal;
  }
}

}  // namespace s4::card::mcu::test
