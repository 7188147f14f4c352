// SPDX-License-Identifier: MIT
// The execution loop. Each handler ends in its own jump to the next one (computed goto, a GNU
// extension), which is what makes the host's branch predictor follow the guest's program.
//
// The program counter is a pointer into the decoded page. pc_ and budget_ of the core are behind
// while the loop runs and are brought up to date (S4_SYNC) before anything that may look at them.
#include <bit>
#include <limits>

#include "mcu/code_cache.hpp"
#include "mcu/core.hpp"
#include "mcu/ram.hpp"

namespace s4::card::mcu {
namespace {

int32_t as_signed(uint32_t value) {
  return static_cast<int32_t>(value);
}

// Cut to `Narrow` and widened by its rules, with or without the sign.
template <typename Narrow>
uint32_t extend(uint32_t value) {
  return static_cast<uint32_t>(int64_t{static_cast<Narrow>(value)});
}

// Division is total: by zero and the one overflow have results, not traps.
uint32_t divide(uint32_t a, uint32_t b) {
  if (b == 0) {
    return ~0u;
  }
  if (a == 0x80000000u && b == ~0u) {
    return a;
  }
  return static_cast<uint32_t>(as_signed(a) / as_signed(b));
}

uint32_t remainder(uint32_t a, uint32_t b) {
  if (b == 0) {
    return a;
  }
  if (a == 0x80000000u && b == ~0u) {
    return 0;
  }
  return static_cast<uint32_t>(as_signed(a) % as_signed(b));
}

uint32_t multiply_high(int64_t a, int64_t b) {
  return static_cast<uint32_t>(static_cast<uint64_t>(a * b) >> 32);
}

// FENCE. Only earlier stores before later loads cost anything on a host that orders the rest.
void fence(bool store_to_load) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wtsan"  // the thread sanitizer does not see fences
  if (store_to_load) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  } else {
    std::atomic_thread_fence(std::memory_order_acq_rel);
  }
#pragma GCC diagnostic pop
}

}  // namespace

struct Core::Interpreter {
  enum class Access { kDone, kFault };

  static StopReason run(Core& core);

  // Everything but an aligned hit in the span of RAM used last.
  template <typename T>
  [[gnu::noinline]] static Access load_slow(Core& core, uint32_t address, uint32_t& value);
  template <typename T>
  [[gnu::noinline]] static Access store_slow(Core& core, uint32_t address, T value);

  // The position of `address` in `span`, or null when it is elsewhere or not aligned: rotating the
  // offset moves the bits that must be zero to the top, so one comparison sees both.
  template <typename T>
  static uint8_t* locate(const Span& span, uint32_t address) {
    constexpr int kShift = std::countr_zero(sizeof(T));
    const uint32_t offset = address - span.base;
    return std::rotr(offset, kShift) < span.bytes >> kShift ? span.data + offset : nullptr;
  }
};

template <typename T>
Core::Interpreter::Access Core::Interpreter::load_slow(Core& core, uint32_t address,
                                                       uint32_t& value) {
  if (address % sizeof(T) != 0) {
    core.raise(Cause::kLoadMisaligned, address);
    return Access::kFault;
  }
  if (const RamRegion* ram = core.bus_.find_ram(address)) {
    core.load_span_ = {ram->base, ram->size, ram->data};
    value = load_ram<T>(ram->data + (address - ram->base));
    return Access::kDone;
  }
  Device* device = core.bus_.find_device(address);
  value = 0;
  if (device == nullptr || !device->load(address, sizeof(T), value)) {
    core.raise(Cause::kLoadFault, address);
    return Access::kFault;
  }
  value &= std::numeric_limits<T>::max();
  return Access::kDone;
}

template <typename T>
Core::Interpreter::Access Core::Interpreter::store_slow(Core& core, uint32_t address, T value) {
  if (address % sizeof(T) != 0) {
    core.raise(Cause::kStoreMisaligned, address);
    return Access::kFault;
  }
  if (const RamRegion* ram = core.bus_.find_ram(address); ram != nullptr && ram->writable) {
    core.store_span_ = {ram->base, ram->size, ram->data};
    store_ram<T>(ram->data + (address - ram->base), value);
    return Access::kDone;
  }
  Device* device = core.bus_.find_device(address);
  if (device == nullptr || !device->store(address, sizeof(T), value)) {
    core.raise(Cause::kStoreFault, address);
    return Access::kFault;
  }
  return Access::kDone;
}

// Both lengths of one operation. kLength is the instruction's, for what follows it in the page.
#define S4_OP(name, ...)                             \
  op_##name##_4 : {                                  \
    [[maybe_unused]] constexpr unsigned kLength = 4; \
    __VA_ARGS__                                      \
  }                                                  \
  op_##name##_2 : {                                  \
    [[maybe_unused]] constexpr unsigned kLength = 2; \
    __VA_ARGS__                                      \
  }

#define S4_DISPATCH()               \
  do {                              \
    if (budget == 0) [[unlikely]] { \
      goto out_of_budget;           \
    }                               \
    --budget;                       \
    goto* kHandlers[ip->handler];   \
  } while (false)

#define S4_NEXT()    \
  ip += kLength / 2; \
  S4_DISPATCH()

#define S4_PC() (page->base + 2 * static_cast<uint32_t>(ip - page->slots))

#define S4_SYNC()        \
  core.budget_ = budget; \
  core.pc_ = S4_PC()

// A taken jump within the page: the place where interrupts are noticed.
#define S4_JUMP_NEAR()                                                     \
  ip += as_signed(ip->imm);                                                \
  if (core.attention_.load(std::memory_order_relaxed) != 0) [[unlikely]] { \
    goto attend;                                                           \
  }                                                                        \
  S4_DISPATCH()

#define S4_JUMP_FAR(address) \
  target = (address);        \
  goto jump_far

#define S4_BRANCH(name, condition)                 \
  S4_OP(name, {                                    \
    const uint32_t a = x[ip->rs1], b = x[ip->rs2]; \
    if (condition) {                               \
      S4_JUMP_NEAR();                              \
    }                                              \
    S4_NEXT();                                     \
  })                                               \
  S4_OP(name##Far, {                               \
    const uint32_t a = x[ip->rs1], b = x[ip->rs2]; \
    if (condition) {                               \
      S4_JUMP_FAR(ip->imm);                        \
    }                                              \
    S4_NEXT();                                     \
  })

#define S4_ALU(name, expression)                   \
  S4_OP(name, {                                    \
    const uint32_t a = x[ip->rs1], b = x[ip->rs2]; \
    x[ip->rd] = (expression);                      \
    S4_NEXT();                                     \
  })

#define S4_ALU_IMMEDIATE(name, expression)      \
  S4_OP(name, {                                 \
    const uint32_t a = x[ip->rs1], b = ip->imm; \
    x[ip->rd] = (expression);                   \
    S4_NEXT();                                  \
  })

#define S4_LOAD(name, type, extended)                                              \
  S4_OP(name, {                                                                    \
    const uint32_t address = x[ip->rs1] + ip->imm;                                 \
    if (const uint8_t* data = locate<type>(core.load_span_, address)) [[likely]] { \
      x[ip->rd] = extend<extended>(load_ram<type>(data));                          \
      S4_NEXT();                                                                   \
    }                                                                              \
    S4_SYNC();                                                                     \
    uint32_t value;                                                                \
    if (load_slow<type>(core, address, value) == Access::kFault) {                 \
      goto resume;                                                                 \
    }                                                                              \
    x[ip->rd] = extend<extended>(value);                                           \
    ip += kLength / 2;                                                             \
    goto after_access;                                                             \
  })

#define S4_STORE(name, type)                                                                \
  S4_OP(name, {                                                                             \
    const uint32_t address = x[ip->rs1] + ip->imm;                                          \
    if (uint8_t* data = locate<type>(core.store_span_, address)) [[likely]] {               \
      store_ram<type>(data, static_cast<type>(x[ip->rs2]));                                 \
      S4_NEXT();                                                                            \
    }                                                                                       \
    S4_SYNC();                                                                              \
    if (store_slow<type>(core, address, static_cast<type>(x[ip->rs2])) == Access::kFault) { \
      goto resume;                                                                          \
    }                                                                                       \
    ip += kLength / 2;                                                                      \
    goto after_access;                                                                      \
  })

StopReason Core::Interpreter::run(Core& core) {
  static const void* const kHandlers[] = {
#define S4_HANDLER(name) &&op_##name##_4, &&op_##name##_2,
      S4_MCU_OPERATIONS(S4_HANDLER)
#undef S4_HANDLER
  };
  uint32_t* const x = core.x_.data();
  uint64_t budget = core.budget_;
  CodePage* page = nullptr;
  Slot* ip = nullptr;
  uint32_t target = core.pc_;

enter : {
  if (page == nullptr || target - page->base >= CodePage::kBytes) {
    CodePage* const next = core.code_->find(target);
    if (next == nullptr) {
      core.pc_ = target;
      core.budget_ = budget;
      if (budget == 0) {
        return StopReason::kBudget;
      }
      --core.budget_;
      core.raise(Cause::kFetchFault, target);
      goto resume;
    }
    page = next;
  }
  ip = page->slots + (target - page->base) / 2;
  S4_DISPATCH();
}

  // After anything that changed the core's state from outside the loop: pc_ and budget_ hold.
resume:
  if (core.attention_.load(std::memory_order_relaxed) != 0) {
    const uint32_t attention = core.attention_.exchange(0, std::memory_order_acquire);
    if ((attention & kStop) != 0) {
      return core.crash_ ? StopReason::kCrashed : StopReason::kStopped;
    }
    core.poll_interrupts();
  }
  if (core.crash_) {
    return StopReason::kCrashed;
  }
  budget = core.budget_;
  target = core.pc_;
  goto enter;

attend:
  S4_SYNC();
  goto resume;

after_access:
  if (core.attention_.load(std::memory_order_relaxed) != 0) [[unlikely]] {
    goto attend;
  }
  S4_DISPATCH();

jump_far:
  if (core.attention_.load(std::memory_order_relaxed) != 0) [[unlikely]] {
    core.pc_ = target;
    core.budget_ = budget;
    goto resume;
  }
  goto enter;

out_of_budget:
  S4_SYNC();
  return StopReason::kBudget;

  S4_OP(Decode, {
    uint32_t fault_address = 0;
    if (!core.code_->decode_slot(*page, *ip, fault_address)) {
      S4_SYNC();
      core.raise(Cause::kFetchFault, fault_address);
      goto resume;
    }
    goto* kHandlers[ip->handler];
  })

  S4_OP(PageEnd, {
    ++budget;  // no instruction
    S4_JUMP_FAR(S4_PC());
  })

  S4_OP(Illegal, {
    S4_SYNC();
    core.raise(Cause::kIllegal, ip->imm);
    goto resume;
  })

  S4_OP(Auipc, { goto op_Illegal_4; })  // the code cache turns it into Lui

  S4_OP(Lui, {
    x[ip->rd] = ip->imm;
    S4_NEXT();
  })

  S4_OP(Jal, {
    x[ip->rd] = S4_PC() + kLength;
    S4_JUMP_NEAR();
  })

  S4_OP(JalFar, {
    x[ip->rd] = S4_PC() + kLength;
    S4_JUMP_FAR(ip->imm);
  })

  S4_OP(Jalr, {
    const uint32_t address = (x[ip->rs1] + ip->imm) & ~1u;
    x[ip->rd] = S4_PC() + kLength;
    S4_JUMP_FAR(address);
  })

  S4_BRANCH(Beq, a == b)
  S4_BRANCH(Bne, a != b)
  S4_BRANCH(Blt, as_signed(a) < as_signed(b))
  S4_BRANCH(Bge, as_signed(a) >= as_signed(b))
  S4_BRANCH(Bltu, a < b)
  S4_BRANCH(Bgeu, a >= b)

  S4_LOAD(Lb, uint8_t, int8_t)
  S4_LOAD(Lh, uint16_t, int16_t)
  S4_LOAD(Lw, uint32_t, uint32_t)
  S4_LOAD(Lbu, uint8_t, uint8_t)
  S4_LOAD(Lhu, uint16_t, uint16_t)
  S4_STORE(Sb, uint8_t)
  S4_STORE(Sh, uint16_t)
  S4_STORE(Sw, uint32_t)

  S4_ALU_IMMEDIATE(Addi, a + b)
  S4_ALU_IMMEDIATE(Slti, as_signed(a) < as_signed(b))
  S4_ALU_IMMEDIATE(Sltiu, a < b)
  S4_ALU_IMMEDIATE(Xori, a ^ b)
  S4_ALU_IMMEDIATE(Ori, a | b)
  S4_ALU_IMMEDIATE(Andi, a & b)
  S4_ALU_IMMEDIATE(Slli, a << (b & 31))
  S4_ALU_IMMEDIATE(Srli, a >> (b & 31))
  S4_ALU_IMMEDIATE(Srai, static_cast<uint32_t>(as_signed(a) >> (b & 31)))

  S4_ALU(Add, a + b)
  S4_ALU(Sub, a - b)
  S4_ALU(Sll, a << (b & 31))
  S4_ALU(Slt, as_signed(a) < as_signed(b))
  S4_ALU(Sltu, a < b)
  S4_ALU(Xor, a ^ b)
  S4_ALU(Srl, a >> (b & 31))
  S4_ALU(Sra, static_cast<uint32_t>(as_signed(a) >> (b & 31)))
  S4_ALU(Or, a | b)
  S4_ALU(And, a & b)
  S4_ALU(Mul, a * b)
  S4_ALU(Mulh, multiply_high(as_signed(a), as_signed(b)))
  S4_ALU(Mulhsu, multiply_high(as_signed(a), b))
  S4_ALU(Mulhu, static_cast<uint32_t>(uint64_t{a} * b >> 32))
  S4_ALU(Div, divide(a, b))
  S4_ALU(Divu, b == 0 ? ~0u : a / b)
  S4_ALU(Rem, remainder(a, b))
  S4_ALU(Remu, b == 0 ? a : a % b)

  S4_OP(Fence, {
    fence(ip->imm != 0);
    S4_NEXT();
  })

  S4_OP(FenceI, {
    fence(true);
    core.code_->flush();
    S4_NEXT();
  })

  S4_OP(Ecall, {
    S4_SYNC();
    core.raise(Cause::kEcall, 0);
    goto resume;
  })

  S4_OP(Ebreak, {
    S4_SYNC();
    core.raise(Cause::kBreakpoint, core.pc_);
    goto resume;
  })

  S4_OP(Mret, {
    S4_SYNC();
    core.execute_mret();
    core.poll_interrupts();
    goto resume;
  })

  S4_OP(Wfi, {
    ip += kLength / 2;
    S4_SYNC();
    if ((core.mip() & core.mie_.load(std::memory_order_relaxed)) == 0) {
      core.waiting_.store(true, std::memory_order_seq_cst);
      return StopReason::kWfi;
    }
    core.poll_interrupts();
    goto resume;
  })

  S4_OP(Csr, {
    S4_SYNC();
    if (!core.execute_csr(ip->imm)) {
      core.raise(Cause::kIllegal, ip->imm);
    } else {
      core.pc_ += kLength;
      core.poll_interrupts();
    }
    goto resume;
  })
}

StopReason Core::run(uint64_t max_instructions) {
  deadline_ = executed() + max_instructions;
  budget_ = max_instructions;
  if (crash_) {
    return StopReason::kCrashed;
  }
  if ((attention_.exchange(0, std::memory_order_acquire) & kStop) != 0) {
    return StopReason::kStopped;
  }
  if (waiting()) {
    if ((mip() & mie_.load(std::memory_order_relaxed)) == 0) {
      return StopReason::kWfi;
    }
    waiting_.store(false, std::memory_order_relaxed);
  }
  poll_interrupts();
  return crash_ ? StopReason::kCrashed : Interpreter::run(*this);
}

}  // namespace s4::card::mcu
