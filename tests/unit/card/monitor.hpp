// SPDX-License-Identifier: MIT
// The MCU's world, reached through the mailbox and the monitor (monitor.S).
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "machine.hpp"
#include "memory/memory_port.hpp"

namespace s4::test {

// Boots the monitor and waits until it is ready. Enables bus mastering.
void boot_monitor(Machine& machine);

class Monitor {
 public:
  // The machine runs the monitor.
  explicit Monitor(Machine& machine) : machine_(machine) {}

  struct Reply {
    uint32_t trap;  // mcause + 1, 0: none
    uint32_t value;
  };
  enum class Request : uint32_t {
    kPeek = 1,
    kPoke = 2,
    kWrite = 3,
    kPeekByte = 4,
    kPokeByte = 5,
    kCrash = 6,
    kHang = 7,
    kSpin = 8,
    kTimer = 9,
    kNoHandler = 10,  // of traps, from now on
  };

  // Sends a request and waits for the reply.
  Reply call(Request request, std::initializer_list<uint32_t> arguments);
  void send(Request request, std::initializer_list<uint32_t> arguments);

  uint32_t peek(uint32_t address);
  void poke(uint32_t address, uint32_t value);
  Reply try_peek(uint32_t address) { return call(Request::kPeek, {address}); }
  Reply try_poke(uint32_t address, uint32_t value) {
    return call(Request::kPoke, {address, value});
  }
  void write(uint32_t address, std::span<const uint32_t> words);

  // A command of the tests' engine: runs `work` on a worker. `work` must live until it is done.
  using Work = std::function<card::Fault(const s4_dispatch&, card::MemoryPort&)>;
  static s4_dispatch dispatch_of(const Work& work, unsigned space = 0, unsigned queue = 0);
  // Starts a command: the index is unit * cores + core. It is in its own group in any case.
  void start(unsigned unit, s4_dispatch dispatch);
  bool done(unsigned unit) { return (peek(S4_MCU_DISPATCH + S4_DISPATCH_DONE) >> unit & 1) != 0; }
  void wait_done(unsigned unit);
  void acknowledge(unsigned unit) { poke(S4_MCU_DISPATCH + S4_DISPATCH_DONE, 1u << unit); }
  uint32_t unit_reg(unsigned unit, uint32_t reg) {
    return peek(S4_MCU_DISPATCH + S4_DISPATCH_UNIT(unit) + reg);
  }
  // Runs `work` on `unit` to its end; the status that the firmware sees.
  uint32_t run(const Work& work, unsigned space = 0, unsigned queue = 0, unsigned unit = 0);

  // A transfer by the data port; its status.
  uint32_t transfer(s4_access access, uint64_t address, uint32_t ram, uint32_t bytes,
                    uint32_t space = S4_PORT_HOST, uint32_t cores = 0);

  // RAM that the monitor does not use.
  static constexpr uint32_t kRam = S4_MCU_RAM + 0x10000;

 private:
  Machine& machine_;
  uint32_t sequence_ = 0;
};

}  // namespace s4::test
