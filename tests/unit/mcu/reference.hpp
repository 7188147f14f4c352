// SPDX-License-Identifier: MIT
// A second RV32IMC_Zicsr_Zifencei interpreter, to hold the first one against. It shares no code
// with the core: written from the manual, one instruction at a time, compressed ones executed as
// they are described there instead of being expanded, and memory is a map of bytes. Slow and plain.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace s4::card::mcu::test {

class Reference {
 public:
  struct Block {
    uint32_t base;
    std::vector<uint8_t> bytes;
    bool writable, executable;
  };
  // The device: empty result or false is a fault.
  std::function<std::optional<uint32_t>(uint32_t address, unsigned size)> device_load;
  std::function<bool(uint32_t address, unsigned size, uint32_t value)> device_store;

  explicit Reference(uint32_t reset_pc) : pc(reset_pc) {}

  // Interrupts first, then one instruction. False when it crashed or sleeps.
  bool step();

  std::vector<Block> memory;
  uint32_t pc;
  std::array<uint32_t, 32> x{};
  uint32_t mstatus = 0x1800, mie = 0, mip = 0, mtvec = 0, mscratch = 0, mepc = 0, mcause = 0,
           mtval = 0, mcountinhibit = 0;
  uint64_t mcycle = 0, minstret = 0;
  bool sleeping = false, crashed = false;

 private:
  struct Trap {
    uint32_t cause, value;
  };

  uint32_t fetch_half(uint32_t address) const;
  uint32_t read(uint32_t address, unsigned size);
  void write(uint32_t address, unsigned size, uint32_t value);
  Block* block_of(uint32_t address, unsigned size);
  const Block* block_of(uint32_t address, unsigned size) const;

  void execute16(uint32_t c);
  void execute32(uint32_t i);
  void execute_system(uint32_t i);
  void execute_csr(uint32_t i);
  bool csr_exists(uint32_t number) const;
  uint32_t csr_read(uint32_t number) const;
  void csr_write(uint32_t number, uint32_t value);
  uint32_t multiply(uint32_t funct3, uint32_t a, uint32_t b) const;

  void set(uint32_t rd, uint32_t value);
  void trap(uint32_t cause, uint32_t value, bool interrupt);
  bool executable(uint32_t address) const;

  uint32_t next_ = 0;         // where control goes after the instruction at hand
  bool wrote_cycle_ = false;  // the instruction wrote the counter: it does not count as well
  bool wrote_instret_ = false;
  bool mtvec_written_ = false;
};

}  // namespace s4::card::mcu::test
