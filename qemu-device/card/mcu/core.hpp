// SPDX-License-Identifier: MIT
// The card's MCU: one RISC-V hart, RV32IMC_Zicsr_Zifencei, machine mode only.
//
// The contract with software (the privileged specification 1.12 leaves these open):
//   - Loads and stores that are not naturally aligned trap (mcause 4 and 6), before any bus access.
//   - Every bus fault is precise: mepc is the instruction, mtval the address. A fetch of a 32-bit
//     instruction whose second half faults has mtval = pc + 2.
//   - Illegal instruction: mtval is the instruction, 16-bit ones zero-extended. For ecall it is 0,
//     for ebreak the pc.
//   - Stores reach the instruction stream at the next FENCE.I (or reset, or flush_code()) at the
//     latest; what has been executed before keeps its old meaning until then.
//   - misa, mstatus.MPP (always M), mstatush, mconfigptr, the hpm counters and their events are
//     read-only; writes to the writable-numbered ones are ignored. mip is read-only: its bits are
//     the interrupt lines. mtvec: direct or vectored, BASE 4-byte aligned, bit 1 reads 0. mepc: bit
//     0 reads 0. mcause and mtval hold any value. CSRs of S and U mode, of PMP, of the triggers,
//     menvcfg, mcounteren and the unprivileged counters do not exist: illegal instruction.
//   - mcycle counts one for every instruction, also one that traps; minstret only those that retire
//     (ecall and ebreak do not). Both stand still during WFI and under mcountinhibit.
//   - Interrupts are taken at taken jumps, after CSR writes, MRET, and device accesses, at page
//     boundaries and at the start of run(): never more than 2,048 instructions late. Priority is
//     external, software, timer.
//   - WFI waits until an interrupt that mie enables is pending, whatever mstatus.MIE says.
//   - Reset: registers, CSRs and counters are 0, pc = reset_pc, and mtvec holds no handler until
//     it is written.
//   - The core stops as crashed when a trap cannot reach a handler: mtvec was never written since
//     reset, its target is not executable memory, or the first instruction at mtvec itself raised
//     the exception (that would repeat for ever). See crash().
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "mcu/bus.hpp"

namespace s4::card::mcu {

class CodeCache;

struct CoreConfig {
  uint32_t reset_pc = 0;  // bit 0 is ignored
  uint32_t hart_id = 0;
  uint32_t vendor_id = 0;  // mvendorid
  uint32_t arch_id = 0;    // marchid
  uint32_t imp_id = 0;     // mimpid
};

// The machine interrupt lines; the values are their bits in mip and mie, and their codes in mcause.
enum class Irq : uint32_t { kSoftware = 3, kTimer = 7, kExternal = 11 };

enum class Cause : uint32_t {
  kFetchFault = 1,
  kIllegal = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadFault = 5,
  kStoreMisaligned = 6,
  kStoreFault = 7,
  kEcall = 11,
};

enum class StopReason {
  kBudget,   // max_instructions were executed
  kWfi,      // waiting, and nothing that mie enables is pending: sleep until wants_wake()
  kCrashed,  // see crash(); only reset() leads out
  kStopped,  // request_stop() was called
};

// The trap that found no handler.
struct Crash {
  uint32_t cause;    // as mcause would be
  uint32_t epc;      // the instruction that trapped
  uint32_t tval;     // as mtval would be
  uint32_t handler;  // where the trap would have gone
};

// One hart. Owned by one thread, which alone calls its methods, except those marked "any thread".
// Cores share nothing with each other.
//
//   Bus bus;                       // add_ram(), add_device()
//   Core core({.reset_pc = 0x1000}, bus);
//   switch (core.run(100'000)) { ... }
class Core {
 public:
  // The bus must outlive the core and be complete.
  Core(const CoreConfig& config, const Bus& bus);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Back to the reset state; the interrupt lines keep their levels, a pending stop request is lost.
  // `reset_pc`, when given, replaces the configured one from now on.
  void reset(std::optional<uint32_t> reset_pc = std::nullopt);

  // Executes at most `max_instructions` (an instruction that traps counts; taking an interrupt does
  // not) and says why it returned. Exact: kBudget means that just so many were executed.
  StopReason run(uint64_t max_instructions);

  // Takes an enabled pending interrupt now, without executing anything. True when one was taken.
  bool take_interrupt();

  // Any thread. Sets the level of an interrupt line. The owner that sleeps on kWfi must be woken by
  // the caller's own means, after this call.
  void set_irq(Irq line, bool level);

  // Any thread. Makes the current run() return kStopped soon (after the current instruction when
  // called from a Device), or else the next run() at once.
  void request_stop();

  // Any thread. False only while the core waits in WFI with nothing enabled pending.
  bool wants_wake() const;

  // Ends a wait in WFI without an interrupt, as the ISA allows at any time.
  void end_wait() { waiting_.store(false, std::memory_order_relaxed); }

  // Forgets decoded instructions: for an owner that changed memory behind a running core's back.
  void flush_code();

  uint32_t pc() const { return pc_; }
  void set_pc(uint32_t pc) { pc_ = pc & ~1u; }
  uint32_t reg(unsigned index) const { return x_[index]; }  // 0..31
  void set_reg(unsigned index, uint32_t value);             // writes to 0 are lost

  // Reads a CSR as csrr would. Empty when there is no such CSR.
  std::optional<uint32_t> csr(uint32_t number) const;

  // Instructions executed since construction (not reset by reset()); exact inside a Device too.
  uint64_t executed() const { return deadline_ - budget_; }
  // Traps taken since construction, interrupts included.
  uint64_t traps() const { return traps_; }

  bool waiting() const { return waiting_.load(std::memory_order_relaxed); }
  const std::optional<Crash>& crash() const { return crash_; }

 private:
  struct Interpreter;  // the execution loop (interpreter.cpp), which keeps hot state in registers
  friend struct Interpreter;

  // A counter CSR: reads `source - offset` while it runs, `frozen` while inhibited.
  struct Counter {
    uint64_t offset = 0;
    uint64_t frozen = 0;
    bool inhibited = false;
    uint64_t read(uint64_t source) const { return inhibited ? frozen : source - offset; }
    void write(uint64_t source, uint64_t value);
    void inhibit(uint64_t source, bool on);
  };

  // The part of the address space that loads or stores hit last.
  struct Span {
    uint32_t base = 0;
    uint32_t bytes = 0;  // 0: nothing is cached
    uint8_t* data = nullptr;
  };

  std::optional<uint32_t> read_csr(uint32_t number, uint64_t cycle, uint64_t instret) const;
  void write_csr(uint32_t number, uint32_t value, uint64_t cycle, uint64_t instret);
  bool execute_csr(uint32_t instruction);  // false: illegal
  void execute_mret();
  void enter_trap(uint32_t cause, uint32_t tval);  // from pc_; sets pc_ or crash_
  void raise(Cause cause, uint32_t tval) { enter_trap(static_cast<uint32_t>(cause), tval); }
  // An interrupt belongs to the instruction that follows it: none without budget for that one.
  void poll_interrupts() {
    if (budget_ != 0) {
      take_interrupt();
    }
  }
  uint32_t mip() const { return lines_.load(std::memory_order_acquire); }
  uint64_t retired() const { return executed() - unretired_; }

  static constexpr uint32_t kIrqChanged = 1, kStop = 2;
  static constexpr uint32_t kMie = 1u << 3, kMpie = 1u << 7, kMpp = 3u << 11;

  // x_[32] takes the writes that aim at x0: decoding maps rd 0 to it, so handlers need no test.
  std::array<uint32_t, 33> x_{};
  uint32_t pc_ = 0;
  uint64_t budget_ = 0;    // instructions left of the current run()
  uint64_t deadline_ = 0;  // executed() at which the current run() ends
  uint64_t unretired_ = 0;
  uint64_t traps_ = 0;
  Span load_span_, store_span_;
  std::atomic<uint32_t> attention_{0};  // kIrqChanged, kStop
  std::atomic<uint32_t> lines_{0};
  std::atomic<uint32_t> mie_{0};
  std::atomic<bool> waiting_{false};

  uint32_t mstatus_ = 0;  // MIE and MPIE
  uint32_t mtvec_ = 0, mscratch_ = 0, mepc_ = 0, mcause_ = 0, mtval_ = 0;
  Counter mcycle_, minstret_;
  bool has_handler_ = false;  // mtvec was written since reset
  std::optional<Crash> crash_;

  CoreConfig config_;
  const Bus& bus_;
  std::unique_ptr<CodeCache> code_;
};

}  // namespace s4::card::mcu
