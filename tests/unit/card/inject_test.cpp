// SPDX-License-Identifier: MIT
// Faults on demand.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "machine.hpp"
#include "monitor.hpp"
#include "page_tables.hpp"
#include "s4/abi/s4_telemetry.h"

namespace s4::test {
namespace {

using card::Fault;
using card::MemoryPort;
using card::Scope;

constexpr uint64_t kHostVa = 0x40000000, kCardVa = 0x50000000;
constexpr unsigned kSpace = 2;

class Inject : public testing::Test {
 protected:
  Inject() : monitor(machine), tables(machine) {
    tables.enable(kSpace);
    tables.map_host(kHostVa, machine.alloc(4096), 4096, S4_PTE_WRITE);
    tables.map_large(kCardVa, 0, S4_PTE_WRITE);
  }
  void trigger(s4_inject what, uint32_t arg = 0) {
    machine.wr(S4_REG_FAULT_ARG, arg);
    machine.wr(S4_REG_FAULT_TRIGGER, what);
  }
  uint32_t run(const Monitor::Work& work, unsigned queue = 0) {
    return monitor.run(work, kSpace, queue);
  }
  const Monitor::Work nothing = [](const s4_dispatch&, MemoryPort& port) {
    port.retire(1);
    return Fault{};
  };
  const Monitor::Work read_host = [](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    char x;
    return scope->read(kHostVa, &x, 1);
  };
  const Monitor::Work read_card = [](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    char x;
    // As commands do: in place, else by a copy.
    return scope->view(kCardVa, 1) ? Fault{} : scope->read(kCardVa, &x, 1);
  };
  struct Booted : Machine {
    Booted() { boot_monitor(*this); }
  };
  Booted machine;
  Monitor monitor;
  PageTables tables;
};

TEST_F(Inject, HangsTheNextCommandOfAQueueOnly) {
  trigger(S4_INJECT_HANG, 8);
  EXPECT_EQ(run(nothing, 7), static_cast<uint32_t>(S4_OK));
  monitor.start(0, Monitor::dispatch_of(nothing, kSpace, 8));
  // Others go on, on as many units as there are, while it hangs.
  for (int i = 0; i < 20; ++i) {
    monitor.start(1, Monitor::dispatch_of(nothing, kSpace, 9));
    monitor.wait_done(1);
    monitor.acknowledge(1);
  }
  EXPECT_FALSE(monitor.done(0));
  EXPECT_EQ(machine.rd64(S4_REG_PROGRESS(8)), 0u);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
  boot_monitor(machine);
  EXPECT_EQ(Monitor(machine).run(nothing, kSpace, 8), static_cast<uint32_t>(S4_OK));
}

TEST_F(Inject, AHungCommandCanBeCancelled) {
  trigger(S4_INJECT_HANG, 0);
  monitor.start(0, Monitor::dispatch_of(nothing, kSpace, 0));
  EXPECT_FALSE(monitor.done(0));
  monitor.poke(S4_MCU_DISPATCH + S4_DISPATCH_CANCEL, 1);
  monitor.wait_done(0);
  EXPECT_EQ(monitor.unit_reg(0, S4_UNIT_STATUS), static_cast<uint32_t>(S4_E_CANCELLED));
}

TEST_F(Inject, FailsAccessesToTheHost) {
  trigger(S4_INJECT_DMA_ERROR, 2);
  EXPECT_EQ(run(read_card), static_cast<uint32_t>(S4_OK));
  EXPECT_EQ(run(read_host), static_cast<uint32_t>(S4_E_DMA));
  EXPECT_EQ(run(read_host), static_cast<uint32_t>(S4_E_DMA));
  EXPECT_EQ(run(read_host), static_cast<uint32_t>(S4_OK));
  EXPECT_EQ(machine.rd(S4_REG_FAULT_COUNT), 2u);
}

TEST_F(Inject, CountsCorrectedErrors) {
  trigger(S4_INJECT_ECC_CORRECTED, 5);
  EXPECT_EQ(machine.errors(S4_CARD_ERROR_CORRECTABLE), 1u);
  EXPECT_EQ(run(read_card), static_cast<uint32_t>(S4_OK));
  EXPECT_EQ(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_ECC_CORRECTED_LO), 5u);
  EXPECT_EQ(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_ECC_CORRECTED_HI), 0u);
  EXPECT_EQ(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_ECC_UNCORRECTED_LO), 0u);
}

TEST_F(Inject, FailsOneReadOfCardMemory) {
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_ECC);
  trigger(S4_INJECT_ECC_UNCORRECTED);
  EXPECT_EQ(run(read_host), static_cast<uint32_t>(S4_OK));
  EXPECT_EQ(machine.errors(S4_CARD_ERROR_UNCORRECTABLE), 0u);
  EXPECT_EQ(run(read_card), static_cast<uint32_t>(S4_E_ECC));
  EXPECT_EQ(run(read_card), static_cast<uint32_t>(S4_OK));
  machine.wait_for([&] { return machine.errors(S4_CARD_ERROR_UNCORRECTABLE) == 1; }, "AER");
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 1u);
  EXPECT_EQ(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_ECC_UNCORRECTED_LO), 1u);
  EXPECT_EQ(S4_FAULT_CODE(machine.rd(S4_REG_FAULT_INFO)), static_cast<uint32_t>(S4_E_ECC));
}

TEST_F(Inject, CrashesTheFirmware) {
  monitor.call(Monitor::Request::kNoHandler, {});
  trigger(S4_INJECT_FW_CRASH);
  machine.wait_boot_state(S4_BOOT_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_MCU_STATE), S4_MCU_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_CRASH_CAUSE), 2u);  // illegal instruction
  EXPECT_GE(machine.rd(S4_REG_CRASH_PC), S4_MCU_RAM);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
  boot_monitor(machine);
}

TEST_F(Inject, HangsTheFirmwareUntilTheWatchdogBites) {
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_CRASH);
  trigger(S4_INJECT_FW_HANG);
  machine.wait_boot_state(S4_BOOT_CRASHED);
  EXPECT_EQ(machine.rd(S4_REG_MCU_STATE), S4_MCU_WATCHDOG);
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) == 1; }, "the interrupt");
}

TEST_F(Inject, TripsTheThermalLimit) {
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_THERMAL);
  trigger(S4_INJECT_THERMAL, 1);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 1u);
  EXPECT_EQ(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_CLOCK), uint32_t{S4_CLOCK_LOW_KHZ});
  EXPECT_NE(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_THROTTLE) & 1, 0u);
  EXPECT_GE(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_TEMPERATURE), 95000u);
  trigger(S4_INJECT_THERMAL, 1);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 1u) << "it is hot already";
  trigger(S4_INJECT_THERMAL, 0);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 2u);
  EXPECT_EQ(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_THROTTLE) & 1, 0u);
  EXPECT_LT(monitor.peek(S4_MCU_SENSORS + S4_SENSOR_TEMPERATURE), 95000u);
}

TEST_F(Inject, AResetEndsTheThermalLimitSilently) {
  trigger(S4_INJECT_THERMAL, 1);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
  EXPECT_EQ(machine.rd(S4_REG_IRQ_STATUS), static_cast<uint32_t>(S4_IRQ_RESET_DONE));
  boot_monitor(machine);
  Monitor again(machine);
  EXPECT_EQ(again.peek(S4_MCU_SENSORS + S4_SENSOR_THROTTLE) & S4_THROTTLE_THERMAL, 0u);
}

TEST_F(Inject, DropsTheLinkUntilABusReset) {
  trigger(S4_INJECT_LINK_DROP);
  EXPECT_TRUE(s4_card_link_down(machine.card()));
  EXPECT_EQ(machine.rd(S4_REG_MAGIC), ~0u);
  EXPECT_EQ(s4_card_mmio_read(machine.card(), S4_REG_MAGIC, 8), ~0ULL);
  EXPECT_EQ(s4_card_mmio_read(machine.card(), S4_REG_MAGIC, 1), 0xffu);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  const unsigned accesses = machine.accesses(), interrupts = machine.all_interrupts();
  s4_card_reset(machine.card(), S4_CARD_RESET_FUNCTION);
  EXPECT_TRUE(s4_card_link_down(machine.card()));
  EXPECT_EQ(machine.accesses(), accesses);
  EXPECT_EQ(machine.all_interrupts(), interrupts);
  s4_card_reset(machine.card(), S4_CARD_RESET_BUS);
  EXPECT_FALSE(s4_card_link_down(machine.card()));
  machine.wait_boot_state(S4_BOOT_WAITING);
  EXPECT_EQ(machine.rd(S4_REG_RESET_COUNT), 2u) << "the write was lost";
  boot_monitor(machine);
}

TEST_F(Inject, SlowsCommandsThatStillMakeProgress) {
  trigger(S4_INJECT_SLOW, 60);
  EXPECT_EQ(run(nothing, 3), static_cast<uint32_t>(S4_OK));
  EXPECT_GE(machine.rd64(S4_REG_PROGRESS(3)), 13u);
  trigger(S4_INJECT_SLOW, 600'000);
  monitor.start(0, Monitor::dispatch_of(nothing, kSpace, 3));
  for (int i = 0; i < 3; ++i) {
    const uint64_t last = machine.rd64(S4_REG_PROGRESS(3));
    machine.wait_for([&] { return machine.rd64(S4_REG_PROGRESS(3)) > last; }, "progress");
  }
  EXPECT_FALSE(monitor.done(0));
  // Ten minutes' worth ends at once by a reset, which ends slowness too.
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
  boot_monitor(machine);
  EXPECT_EQ(Monitor(machine).run(nothing), static_cast<uint32_t>(S4_OK));
}

TEST_F(Inject, RefusesWhatItDoesNotKnow) {
  unsigned errors = machine.guest_errors();
  trigger(static_cast<s4_inject>(0));
  trigger(static_cast<s4_inject>(10));
  trigger(S4_INJECT_HANG, 64);
  trigger(S4_INJECT_THERMAL, 3);
  EXPECT_EQ(machine.guest_errors(), errors + 4);
  EXPECT_EQ(s4_card_inject(machine.card(), 10, 0), -1);
  EXPECT_EQ(s4_card_inject(machine.card(), S4_INJECT_SLOW, 0), 0);
}

TEST_F(Inject, TheHolderMayInjectWhateverTheGuestMay) {
  Machine other({.faults = false});
  EXPECT_EQ(s4_card_inject(other.card(), S4_INJECT_ECC_CORRECTED, 1), 0);
  EXPECT_EQ(other.errors(S4_CARD_ERROR_CORRECTABLE), 1u);
  EXPECT_EQ(machine.errors(S4_CARD_ERROR_CORRECTABLE), 0u) << "cards share nothing";
}

}  // namespace
}  // namespace s4::test
