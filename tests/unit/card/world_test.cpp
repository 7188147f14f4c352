// SPDX-License-Identifier: MIT
// What the firmware sees (s4_mcu.h), through the monitor.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>

#include "machine.hpp"
#include "monitor.hpp"
#include "page_tables.hpp"
#include "test_engine.hpp"

namespace s4::test {
namespace {

using card::Fault;
using card::MemoryPort;
using card::Scope;

class World : public testing::Test {
 protected:
  World() : monitor(machine) {}
  struct Booted : Machine {
    Booted() { boot_monitor(*this); }
  };
  Booted machine;
  Monitor monitor;
};

constexpr uint32_t kLoadFault = 5 + 1;
constexpr uint32_t kStoreFault = 7 + 1;

TEST_F(World, FaultsWhereNothingIs) {
  for (const uint32_t address : {0u,
                                 S4_MCU_RAM - 4,
                                 S4_MCU_RAM + S4_MCU_RAM_BYTES,
                                 S4_MCU_SYS + 0x30,
                                 S4_MCU_INTC + 8,
                                 S4_MCU_DOORBELL + 0x10,
                                 S4_MCU_DOORBELL + S4_DOORBELL_TAIL(64),
                                 S4_MCU_MBOX + 8,
                                 S4_MCU_MBOX + S4_MBOX_RESP(16),
                                 S4_MCU_PORT + 0x28,
                                 S4_MCU_DISPATCH + 0xc,
                                 S4_MCU_DISPATCH + S4_DISPATCH_UNIT(12),
                                 S4_MCU_DISPATCH + S4_DISPATCH_UNIT(0) + 0x20,
                                 S4_MCU_PROGRESS + 4,
                                 S4_MCU_SENSORS + 0x28,
                                 S4_MCU_SENSORS + S4_SENSOR_BUSY_LO(4),
                                 S4_MCU_TELEMETRY + 0x1000,
                                 0x0200c000u,
                                 0x02004008u,
                                 0xfffffffcu}) {
    EXPECT_EQ(monitor.try_peek(address).trap, kLoadFault) << std::hex << address;
    EXPECT_EQ(monitor.try_poke(address, 0).trap, kStoreFault) << std::hex << address;
  }
  EXPECT_EQ(monitor.try_poke(S4_MCU_SENSORS, 1).trap, kStoreFault) << "read-only";
  EXPECT_EQ(monitor.try_poke(S4_MCU_INTC, 1).trap, kStoreFault) << "read-only";
  EXPECT_EQ(monitor.call(Monitor::Request::kPeekByte, {S4_MCU_INTC}).trap, kLoadFault)
      << "registers are words";
  EXPECT_EQ(monitor.call(Monitor::Request::kPokeByte, {S4_MCU_INTC + 4, 1}).trap, kStoreFault);
  EXPECT_EQ(machine.boot_state(), S4_BOOT_RUNNING);
}

TEST_F(World, AnswersTheMailboxOnce) {
  machine.wr(S4_REG_MBOX_REQUEST, 77);
  machine.wr(S4_REG_MBOX_SEND, 500);
  machine.wait_for([&] { return machine.rd(S4_REG_MBOX_DONE) == 500; }, "an answer");
  EXPECT_EQ(machine.rd(S4_REG_MBOX_RESPONSE), ~0u) << "the monitor does not know 77";
  // A reply to nothing is no answer.
  monitor.poke(S4_MCU_MBOX + S4_MBOX_REPLY, 12345);
  EXPECT_NE(machine.rd(S4_REG_MBOX_DONE), 12345u);
}

TEST_F(World, TakesOneRequestAtATime) {
  s4_card_stop(machine.card());  // nobody answers meanwhile
  monitor.send(Monitor::Request::kPoke, {Monitor::kRam, 1});
  machine.wr(S4_REG_MBOX_REQUEST, 99);
  EXPECT_EQ(machine.guest_errors(), 0u);
  machine.wr(S4_REG_MBOX_SEND, 2);
  EXPECT_EQ(machine.guest_errors(), 1u);
  s4_card_continue(machine.card());
  machine.wait_for([&] { return machine.rd(S4_REG_MBOX_DONE) == 1; }, "the first");
  EXPECT_EQ(machine.rd(S4_REG_MBOX_RESPONSE), 0u) << "as it was when it was sent";
}

TEST_F(World, HearsDoorbellsOfQueuesThatExist) {
  machine.wr(S4_REG_DOORBELL(40), 1);
  EXPECT_EQ(machine.rd(S4_REG_BAD_DOORBELLS), 1u);
  EXPECT_EQ(machine.guest_errors(), 1u);
  EXPECT_EQ(monitor.peek(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_HI), 0u);
  monitor.poke(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_HI, 1u << 8);
  monitor.poke(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_LO, 1u << 3);
  machine.wr(S4_REG_DOORBELL(40), 17);
  machine.wr(S4_REG_DOORBELL(40), 18);
  machine.wr(S4_REG_DOORBELL(3), 0xffffffff);
  EXPECT_EQ(monitor.peek(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_HI), 1u << 8);
  EXPECT_EQ(monitor.peek(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_LO), 1u << 3);
  EXPECT_EQ(monitor.peek(S4_MCU_DOORBELL + S4_DOORBELL_TAIL(40)), 18u);
  EXPECT_EQ(monitor.peek(S4_MCU_DOORBELL + S4_DOORBELL_TAIL(3)), 0xffffffffu);
  EXPECT_EQ(monitor.peek(S4_MCU_INTC), S4_INTC_DOORBELL | S4_INTC_MAILBOX);
  monitor.poke(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_HI, ~0u);
  monitor.poke(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_LO, ~0u);
  EXPECT_EQ(monitor.peek(S4_MCU_INTC), S4_INTC_MAILBOX);
  EXPECT_EQ(machine.rd(S4_REG_BAD_DOORBELLS), 1u);
}

TEST_F(World, MovesDataBetweenRamAndHost) {
  const uint64_t page = machine.alloc(8192);
  machine.host64(page + 8) = 0x8877665544332211;
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, page + 8, Monitor::kRam, 8), S4_OK);
  EXPECT_EQ(monitor.peek(Monitor::kRam), 0x44332211u);
  EXPECT_EQ(monitor.peek(Monitor::kRam + 4), 0x88776655u);
  monitor.poke(Monitor::kRam, 0xabcd);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_WRITE, page + 4097, Monitor::kRam, 2), S4_OK);
  EXPECT_EQ(machine.host(page + 4097)[0], 0xcd);
  EXPECT_EQ(machine.host(page + 4097)[1], 0xab);
  EXPECT_EQ(machine.host(page + 4097)[2], 0);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, page, Monitor::kRam, 0), S4_OK);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, 0x1000, Monitor::kRam, 4), S4_E_DMA);
  EXPECT_EQ(monitor.peek(S4_MCU_PORT + S4_PORT_FAULT_LO), 0x1000u);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, ~0ULL - 3, Monitor::kRam, 8), S4_E_DMA);
  EXPECT_EQ(machine.rd(S4_REG_FAULT_COUNT), 0u) << "no address space has a fault";
}

TEST_F(World, MovesDataThroughAnAddressSpace) {
  PageTables tables(machine);
  tables.enable(63);
  constexpr uint64_t kVa = 0x200000;
  tables.map_card(kVa, 0x9000, 4096, S4_PTE_WRITE);
  monitor.poke(Monitor::kRam, 0x600df00d);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_WRITE, kVa + 2, Monitor::kRam, 4, 63), S4_OK);
  uint32_t seen = 0;
  std::memcpy(&seen, machine.dram() + 0x9002, 4);
  EXPECT_EQ(seen, 0x600df00du);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, kVa + 4094, Monitor::kRam, 4, 63), S4_E_UNMAPPED);
  EXPECT_EQ(monitor.peek(S4_MCU_PORT + S4_PORT_FAULT_LO), kVa + 4096);
  const uint32_t info = machine.rd(S4_REG_FAULT_INFO);
  EXPECT_EQ(S4_FAULT_UNIT(info), static_cast<uint32_t>(S4_UNIT_FIRMWARE * S4_NUM_CORES));
  EXPECT_EQ(S4_FAULT_SPACE(info), 63u);
  // On-chip memory only through the window that CORES opens: cores 2 and 3 here.
  EXPECT_EQ(monitor.transfer(S4_ACCESS_WRITE, S4_SRAM_VA, Monitor::kRam, 4, 63), S4_E_UNMAPPED);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_WRITE, S4_SRAM_VA + S4_SRAM_BYTES, Monitor::kRam, 4, 63,
                             2 | 2 << 8),
            S4_OK);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, S4_SRAM_VA, Monitor::kRam + 16, 4, 63, 3 | 1 << 8),
            S4_OK);
  EXPECT_EQ(monitor.peek(Monitor::kRam + 16), monitor.peek(Monitor::kRam));
}

TEST_F(World, RefusesTransfersThatAreNotSound) {
  const auto go = [&](uint32_t ram, uint32_t bytes, uint32_t space, uint32_t cores,
                      uint32_t access) {
    const uint32_t words[] = {static_cast<uint32_t>(Machine::kHostBase),
                              static_cast<uint32_t>(Machine::kHostBase >> 32),
                              ram,
                              bytes,
                              space,
                              cores};
    monitor.write(S4_MCU_PORT, words);
    return monitor.try_poke(S4_MCU_PORT + S4_PORT_GO, access).trap;
  };
  EXPECT_EQ(go(Monitor::kRam, 4, S4_PORT_HOST, 0, 0), 0u);
  EXPECT_EQ(go(Monitor::kRam + 2, 4, S4_PORT_HOST, 0, 0), kStoreFault);
  EXPECT_EQ(go(Monitor::kRam, S4_PORT_MAX_BYTES + 1, S4_PORT_HOST, 0, 0), kStoreFault);
  EXPECT_EQ(go(S4_MCU_RAM + S4_MCU_RAM_BYTES - 4, 8, S4_PORT_HOST, 0, 0), kStoreFault);
  EXPECT_EQ(go(S4_MCU_RAM - 4, 8, S4_PORT_HOST, 0, 1), kStoreFault);
  EXPECT_EQ(go(0xfffffffc, 8, S4_PORT_HOST, 0, 0), kStoreFault);
  EXPECT_EQ(go(Monitor::kRam, 0xffffffff, S4_PORT_HOST, 0, 0), kStoreFault);
  EXPECT_EQ(go(Monitor::kRam, 4, S4_NUM_SPACES, 0, 0), kStoreFault);
  EXPECT_EQ(go(Monitor::kRam, 4, 0, 2 | 3 << 8, 0), kStoreFault);
  EXPECT_EQ(go(Monitor::kRam, 4, 0, 0xff00, 0), kStoreFault);
  EXPECT_EQ(go(Monitor::kRam, 4, 0, 0xffffffff, 0), kStoreFault);
  EXPECT_EQ(go(Monitor::kRam, 4, S4_PORT_HOST, 0, S4_ACCESS_WALK), kStoreFault);
}

TEST_F(World, DispatchesToTwelveUnits) {
  std::atomic<unsigned> ran{0};
  const Monitor::Work work = [&](const s4_dispatch& dispatch, MemoryPort& port) {
    ran.fetch_add(1);
    port.retire(1000);
    return Fault{.status = S4_E_INDEX, .detail = dispatch.queue};
  };
  for (unsigned unit = 0; unit < 12; ++unit) {
    monitor.start(unit, Monitor::dispatch_of(work, 0, 20 + unit));
  }
  for (unsigned unit = 0; unit < 12; ++unit) {
    monitor.wait_done(unit);
    EXPECT_EQ(monitor.unit_reg(unit, S4_UNIT_STATUS), static_cast<uint32_t>(S4_E_INDEX));
    EXPECT_EQ(monitor.unit_reg(unit, S4_UNIT_DETAIL), 20 + unit);
    EXPECT_EQ(monitor.unit_reg(unit, S4_UNIT_CYCLES_LO), 0u) << "nothing was done";
    EXPECT_EQ(machine.rd64(S4_REG_PROGRESS(20 + unit)), 1000u);
  }
  EXPECT_EQ(monitor.peek(S4_MCU_DISPATCH + S4_DISPATCH_BUSY), 0xfffu);
  EXPECT_NE(monitor.peek(S4_MCU_INTC) & S4_INTC_UNIT, 0u);
  monitor.poke(S4_MCU_DISPATCH + S4_DISPATCH_DONE, 0xffffffff);
  EXPECT_EQ(monitor.peek(S4_MCU_DISPATCH + S4_DISPATCH_BUSY), 0u);
  EXPECT_EQ(monitor.peek(S4_MCU_INTC) & S4_INTC_UNIT, 0u);
  EXPECT_EQ(ran.load(), 12u);
  EXPECT_EQ(machine.rd(S4_REG_FAULT_COUNT), 0u) << "a refused descriptor is no memory fault";
}

TEST_F(World, TellsTheModelledCost) {
  const Monitor::Work work = [](const s4_dispatch&, MemoryPort&) { return Fault{}; };
  EXPECT_EQ(monitor.run(work), static_cast<uint32_t>(S4_OK));
  EXPECT_EQ(monitor.unit_reg(0, S4_UNIT_CYCLES_LO), static_cast<uint32_t>(kTestCycles));
  EXPECT_EQ(monitor.unit_reg(0, S4_UNIT_CYCLES_HI), static_cast<uint32_t>(kTestCycles >> 32));
}

TEST_F(World, RefusesDispatchesThatAreNotSound) {
  const Monitor::Work work = [](const s4_dispatch&, MemoryPort&) { return Fault{}; };
  const auto sound = [&] {
    s4_dispatch dispatch = Monitor::dispatch_of(work);
    dispatch.group = 1u << 3;
    return dispatch;
  };
  const uint32_t start = S4_MCU_DISPATCH + S4_DISPATCH_UNIT(3) + S4_UNIT_START;
  const auto put = [&](const s4_dispatch& dispatch) {
    uint32_t words[sizeof dispatch / 4];
    std::memcpy(words, &dispatch, sizeof dispatch);
    monitor.write(Monitor::kRam, words);
    return monitor.try_poke(start, Monitor::kRam).trap;
  };
  for (const uint32_t address :
       {0u, Monitor::kRam + 2, S4_MCU_RAM + S4_MCU_RAM_BYTES - 284, S4_MCU_RAM - 4, 0xffffff00u}) {
    EXPECT_EQ(monitor.try_poke(start, address).trap, kStoreFault) << std::hex << address;
  }
  s4_dispatch dispatch = sound();
  dispatch.space = S4_NUM_SPACES;
  EXPECT_EQ(put(dispatch), kStoreFault);
  dispatch = sound();
  dispatch.queue = S4_NUM_QUEUES;
  EXPECT_EQ(put(dispatch), kStoreFault);
  for (const auto& [core, cores] : {std::pair{0, 0}, {0, 2}, {4, 1}, {1, 4}, {255, 1}, {0, 255}}) {
    dispatch = sound();
    dispatch.sram_core = static_cast<uint8_t>(core);
    dispatch.sram_cores = static_cast<uint8_t>(cores);
    EXPECT_EQ(put(dispatch), kStoreFault) << core << " " << cores;
  }
  for (const uint32_t group : {0u, 1u << 2, 1u << 3 | 1u << 31}) {
    dispatch = sound();
    dispatch.group = group;
    EXPECT_EQ(put(dispatch), kStoreFault) << group;
  }
  EXPECT_EQ(monitor.peek(S4_MCU_DISPATCH + S4_DISPATCH_BUSY), 0u);
  // Busy until DONE is cleared.
  dispatch = sound();
  EXPECT_EQ(put(dispatch), 0u);
  EXPECT_EQ(put(dispatch), kStoreFault);
  monitor.wait_done(3);
  EXPECT_EQ(put(dispatch), kStoreFault);
  monitor.acknowledge(3);
  EXPECT_EQ(put(dispatch), 0u);
  monitor.wait_done(3);
}

TEST_F(World, CancelsACommand) {
  std::atomic<bool> began{false};
  const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
    for (;;) {
      Scope scope(port);
      if (!scope) {
        return Fault{.status = S4_E_CANCELLED};
      }
      began = true;
    }
  };
  monitor.start(5, Monitor::dispatch_of(work));
  machine.wait_for([&] { return began.load(); }, "the command");
  EXPECT_FALSE(monitor.done(5));
  monitor.poke(S4_MCU_DISPATCH + S4_DISPATCH_CANCEL, ~0u);
  monitor.wait_done(5);
  EXPECT_EQ(monitor.unit_reg(5, S4_UNIT_STATUS), static_cast<uint32_t>(S4_E_CANCELLED));
}

TEST_F(World, CreditsProgress) {
  monitor.poke(S4_MCU_PROGRESS + S4_PROGRESS_CREDIT, 63);
  monitor.poke(S4_MCU_PROGRESS + S4_PROGRESS_CREDIT, 63);
  EXPECT_EQ(machine.rd64(S4_REG_PROGRESS(63)), 2u);
  EXPECT_EQ(monitor.try_poke(S4_MCU_PROGRESS + S4_PROGRESS_CREDIT, 64).trap, kStoreFault);
}

TEST_F(World, RaisesVectors) {
  monitor.poke(S4_MCU_SYS + S4_SYS_VECTOR, 31);
  monitor.poke(S4_MCU_SYS + S4_SYS_VECTOR, 7);
  monitor.poke(S4_MCU_SYS + S4_SYS_VECTOR, 32);  // there is none
  monitor.poke(S4_MCU_SYS + S4_SYS_VECTOR, 0xffffffff);
  EXPECT_EQ(machine.interrupts(31), 1u);
  EXPECT_EQ(machine.interrupts(7), 1u);
  EXPECT_EQ(machine.all_interrupts(), 2u);
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_THERMAL);
  monitor.poke(S4_MCU_SYS + S4_SYS_HOST_IRQ, S4_IRQ_THERMAL);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 1u);
  EXPECT_NE(machine.rd(S4_REG_IRQ_STATUS) & S4_IRQ_THERMAL, 0u);
}

TEST_F(World, PublishesItsWindows) {
  monitor.poke(S4_MCU_TELEMETRY + 0xffc, 0x11223344);
  monitor.poke(S4_MCU_FW_LOG, 5);
  monitor.call(Monitor::Request::kPokeByte, {S4_MCU_FW_LOG + 7, 'x'});
  EXPECT_EQ(machine.rd(S4_REG_TELEMETRY + 0xffc), 0x11223344u);
  EXPECT_EQ(machine.rd(S4_REG_FW_LOG), 5u);
  EXPECT_EQ(machine.rd(S4_REG_FW_LOG + 4), uint32_t{'x'} << 24);
  EXPECT_EQ(monitor.peek(S4_MCU_TELEMETRY + 0xffc), 0x11223344u);
}

TEST_F(World, WakesByItsTimer) {
  const Monitor::Reply reply = monitor.call(Monitor::Request::kTimer, {3000});
  EXPECT_NE(reply.value & 1u << 7, 0u) << "mip.MTIP";
}

TEST_F(World, CountsTheHeartbeat) {
  EXPECT_EQ(machine.rd(S4_REG_HEARTBEAT), 0u);
  monitor.poke(S4_MCU_SYS + S4_SYS_WATCHDOG, 0);
  monitor.poke(S4_MCU_SYS + S4_SYS_WATCHDOG, 0);
  EXPECT_EQ(machine.rd(S4_REG_HEARTBEAT), 2u);
}

TEST_F(World, IsBittenAfterSoManyInstructionsButNotWhenFed) {
  constexpr uint32_t kRounds = S4_WATCHDOG_INSTRUCTIONS / 2 * 3 / 4;  // of two instructions
  EXPECT_EQ(monitor.call(Monitor::Request::kSpin, {kRounds}).trap, 0u);
  monitor.poke(S4_MCU_SYS + S4_SYS_WATCHDOG, 0);
  EXPECT_EQ(monitor.call(Monitor::Request::kSpin, {kRounds}).trap, 0u);
  monitor.send(Monitor::Request::kSpin, {kRounds});
  machine.wait_boot_state(S4_BOOT_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_MCU_STATE), S4_MCU_WATCHDOG);
  EXPECT_NE(machine.rd(S4_REG_CRASH_PC), 0u);
}

TEST_F(World, ReportsACrash) {
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_CRASH);
  monitor.send(Monitor::Request::kCrash, {});
  machine.wait_boot_state(S4_BOOT_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_MCU_STATE), S4_MCU_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_CRASH_CAUSE), 3u);  // breakpoint
  EXPECT_EQ(machine.rd(S4_REG_CRASH_PC), machine.rd(S4_REG_CRASH_TVAL));
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) == 1; }, "an interrupt");
  machine.wr(S4_REG_MBOX_SEND, 99);
  EXPECT_EQ(machine.guest_errors(), 1u) << "nobody is there to answer";
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
  boot_monitor(machine);
}

TEST_F(World, MayGiveUpByItself) {
  monitor.poke(S4_MCU_SYS + S4_SYS_CRASH_PC, 0x20000444);
  monitor.poke(S4_MCU_SYS + S4_SYS_CRASH_TVAL, 0xbad);
  monitor.send(Monitor::Request::kPoke, {S4_MCU_SYS + S4_SYS_CRASH, 13});
  machine.wait_boot_state(S4_BOOT_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_MCU_STATE), S4_MCU_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_CRASH_PC), 0x20000444u);
  EXPECT_EQ(machine.rd(S4_REG_CRASH_CAUSE), 13u);
  EXPECT_EQ(machine.rd(S4_REG_CRASH_TVAL), 0xbadu);
}

}  // namespace
}  // namespace s4::test
