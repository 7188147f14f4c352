// SPDX-License-Identifier: MIT
// BAR0: every register of docs/hardware.md with its access and reset value.
#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>

#include "machine.hpp"
#include "monitor.hpp"

namespace s4::test {
namespace {

enum Access { kRo, kRw, kWo };

struct Register {
  const char* name;
  uint32_t offset;
  Access access;
  uint32_t reset;
  uint32_t written = 0xa5a5a5a5;  // RW: reads back what is written
};

// Registers whose reset value is a function of the configuration or of time are in other tests.
const Register kRegisters[] = {
    {"MAGIC", S4_REG_MAGIC, kRo, S4_MAGIC},
    {"ABI_VERSION", S4_REG_ABI_VERSION, kRo, S4_ABI_VERSION},
    {"REVISION", S4_REG_REVISION, kRo, 1},
    {"FEATURES", S4_REG_FEATURES, kRo, S4_FEATURE_FW_VERIFY | S4_FEATURE_FAULTS},
    {"NUM_CORES", S4_REG_NUM_CORES, kRo, 4},
    {"NUM_QUEUES", S4_REG_NUM_QUEUES, kRo, 64},
    {"NUM_SPACES", S4_REG_NUM_SPACES, kRo, 64},
    {"NUM_VECTORS", S4_REG_NUM_VECTORS, kRo, 32},
    {"DRAM_SIZE_LO", S4_REG_DRAM_SIZE_LO, kRo, 64 << 20},
    {"DRAM_SIZE_HI", S4_REG_DRAM_SIZE_HI, kRo, 0},
    {"APERTURE_LO", S4_REG_APERTURE_LO, kRo, 64 << 20},
    {"APERTURE_HI", S4_REG_APERTURE_HI, kRo, 0},
    {"SRAM_SIZE", S4_REG_SRAM_SIZE, kRo, 8 << 20},
    {"CLOCK_TOP", S4_REG_CLOCK_TOP, kRo, 900000},
    {"ROM_VERSION", S4_REG_ROM_VERSION, kRo, 0x01000000},
    {"BOOT_STATUS", S4_REG_BOOT_STATUS, kRo, S4_BOOT_WAITING},
    {"BOOT_CTRL", S4_REG_BOOT_CTRL, kWo, 0},
    {"FW_ADDR_LO", S4_REG_FW_ADDR_LO, kRw, 0},
    {"FW_ADDR_HI", S4_REG_FW_ADDR_HI, kRw, 0},
    {"FW_SIZE", S4_REG_FW_SIZE, kRw, 0},
    {"FW_VERSION", S4_REG_FW_VERSION, kRo, 0},
    {"RESET", S4_REG_RESET, kWo, 0},
    {"HEARTBEAT", S4_REG_HEARTBEAT, kRo, 0},
    {"MCU_STATE", S4_REG_MCU_STATE, kRo, S4_MCU_HELD},
    {"CRASH_PC", S4_REG_CRASH_PC, kRo, 0},
    {"CRASH_CAUSE", S4_REG_CRASH_CAUSE, kRo, 0},
    {"CRASH_TVAL", S4_REG_CRASH_TVAL, kRo, 0},
    {"IRQ_STATUS", S4_REG_IRQ_STATUS, kRw, 0, 0},
    {"IRQ_ENABLE", S4_REG_IRQ_ENABLE, kRw, 0, 0x1ff},
    {"MBOX_SEND", S4_REG_MBOX_SEND, kWo, 0},
    {"MBOX_DONE", S4_REG_MBOX_DONE, kRo, 0},
    {"MBOX_REQUEST", S4_REG_MBOX_REQUEST, kRw, 0},
    {"MBOX_REQUEST_15", S4_REG_MBOX_REQUEST + 60, kRw, 0},
    {"MBOX_RESPONSE", S4_REG_MBOX_RESPONSE, kRo, 0},
    {"MBOX_RESPONSE_15", S4_REG_MBOX_RESPONSE + 60, kRo, 0},
    {"FAULT_INFO", S4_REG_FAULT_INFO, kRw, 0, 0},
    {"FAULT_VA_LO", S4_REG_FAULT_VA_LO, kRo, 0},
    {"FAULT_VA_HI", S4_REG_FAULT_VA_HI, kRo, 0},
    {"FAULT_COUNT", S4_REG_FAULT_COUNT, kRo, 0},
    {"DISCARD_ADDR_LO", S4_REG_DISCARD_ADDR_LO, kRw, 0},
    {"DISCARD_ADDR_HI", S4_REG_DISCARD_ADDR_HI, kRw, 0},
    {"DISCARD_BYTES_LO", S4_REG_DISCARD_BYTES_LO, kRw, 0},
    {"DISCARD_BYTES_HI", S4_REG_DISCARD_BYTES_HI, kRw, 0},
    {"DISCARD_REQUEST", S4_REG_DISCARD_REQUEST, kWo, 0},
    {"DISCARD_DONE", S4_REG_DISCARD_DONE, kRo, 0},
    {"DISCARD_ERROR", S4_REG_DISCARD_ERROR, kRo, 0},
    {"FAULT_ARG", S4_REG_FAULT_ARG, kRw, 0},
    {"FAULT_TRIGGER", S4_REG_FAULT_TRIGGER, kWo, 0},
    {"SPACE_0_ROOT_LO", S4_REG_SPACE(0) + S4_SPACE_ROOT_LO, kRw, 0},
    {"SPACE_63_ROOT_HI", S4_REG_SPACE(63) + S4_SPACE_ROOT_HI, kRw, 0},
    {"SPACE_5_CTRL", S4_REG_SPACE(5) + S4_SPACE_CTRL, kRw, 0, 1},
    {"SPACE_5_INVAL_REQUEST", S4_REG_SPACE(5) + S4_SPACE_INVAL_REQUEST, kWo, 0},
    {"SPACE_6_INVAL_DONE", S4_REG_SPACE(6) + S4_SPACE_INVAL_DONE, kRo, 0},
    {"PROGRESS_0", S4_REG_PROGRESS(0), kRo, 0},
    {"PROGRESS_63_HI", S4_REG_PROGRESS(63) + 4, kRo, 0},
    {"FW_LOG", S4_REG_FW_LOG, kRo, 0},
    {"FW_LOG_END", S4_REG_FW_LOG + S4_FW_LOG_BYTES - 4, kRo, 0},
    {"TELEMETRY", S4_REG_TELEMETRY, kRo, 0},
    {"TELEMETRY_END", S4_REG_TELEMETRY + S4_TELEMETRY_BYTES - 4, kRo, 0},
    {"BAD_DOORBELLS", S4_REG_BAD_DOORBELLS, kRo, 0},
    {"DOORBELL_0", S4_REG_DOORBELL(0), kWo, 0},
    {"DOORBELL_63", S4_REG_DOORBELL(63), kWo, 0},
};

class Registers : public testing::TestWithParam<Register> {};

TEST_P(Registers, HasResetValueAndAccess) {
  const Register& reg = GetParam();
  Machine machine;
  const unsigned errors = machine.guest_errors();
  EXPECT_EQ(machine.rd(reg.offset), reg.reset);
  EXPECT_EQ(machine.guest_errors() - errors, reg.access == kWo ? 1u : 0u);
  if (reg.access == kRw) {
    machine.wr(reg.offset, reg.written);
    EXPECT_EQ(machine.rd(reg.offset), reg.written);
    EXPECT_EQ(machine.guest_errors(), errors);
    machine.wr(S4_REG_RESET, S4_RESET_KEY);
    machine.wait_boot_state(S4_BOOT_WAITING);
    EXPECT_EQ(machine.rd(reg.offset) & ~uint32_t{S4_IRQ_RESET_DONE}, reg.reset) << "after a reset";
  } else if (reg.access == kRo) {
    machine.wr(reg.offset, ~reg.reset);
    EXPECT_EQ(machine.rd(reg.offset), reg.reset);
    EXPECT_EQ(machine.guest_errors(), errors + 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Bar0, Registers, testing::ValuesIn(kRegisters),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Bar0, HoldsNothingElse) {
  std::set<uint32_t> known;
  for (const Register& reg : kRegisters) {
    if (reg.access != kWo) {
      known.insert(reg.offset);
    }
  }
  const auto add = [&](uint32_t first, uint32_t bytes) {
    for (uint32_t at = first; at < first + bytes; at += 4) {
      known.insert(at);
    }
  };
  add(S4_REG_SERIAL, S4_SERIAL_BYTES);
  add(S4_REG_TIME_LO, 8);
  add(S4_REG_RESET_COUNT, 4);
  add(S4_REG_MBOX_REQUEST, 64);
  add(S4_REG_MBOX_RESPONSE, 64);
  for (unsigned space = 0; space < S4_NUM_SPACES; ++space) {
    add(S4_REG_SPACE(space), 12);
    add(S4_REG_SPACE(space) + S4_SPACE_INVAL_DONE, 4);
  }
  add(S4_REG_PROGRESS(0), 8 * S4_NUM_QUEUES);
  add(S4_REG_FW_LOG, S4_FW_LOG_BYTES);
  add(S4_REG_TELEMETRY, S4_TELEMETRY_BYTES);
  Machine machine;
  for (uint32_t offset = 0; offset < S4_BAR_REGS_SIZE; offset += 4) {
    const unsigned before = machine.guest_errors();
    const uint32_t value = machine.rd(offset);
    const bool logged = machine.guest_errors() != before;
    ASSERT_EQ(logged, !known.contains(offset)) << "at " << std::hex << offset;
    if (logged) {
      ASSERT_EQ(value, 0u) << "at " << std::hex << offset;
    }
  }
}

TEST(Bar0, TakesAlignedWordsAndPairsOfThem) {
  Machine machine;
  EXPECT_EQ(s4_card_mmio_read(machine.card(), S4_REG_MAGIC, 8),
            S4_MAGIC | uint64_t{S4_ABI_VERSION} << 32);
  s4_card_mmio_write(machine.card(), S4_REG_FW_ADDR_LO, 0x123456789abcdef0, 8);
  EXPECT_EQ(machine.rd64(S4_REG_FW_ADDR_LO), 0x123456789abcdef0u);
  EXPECT_EQ(machine.guest_errors(), 0u);
  unsigned errors = 0;
  for (const unsigned size : {1u, 2u, 4u, 8u}) {
    for (const uint64_t offset : std::initializer_list<uint64_t>{
             S4_REG_FW_ADDR_LO + 1, S4_REG_FW_ADDR_LO + 2, S4_BAR_REGS_SIZE, ~0ULL - 7}) {
      EXPECT_EQ(s4_card_mmio_read(machine.card(), offset, size), 0u);
      s4_card_mmio_write(machine.card(), offset, ~0ULL, size);
      errors += 2;
      EXPECT_EQ(machine.guest_errors(), errors) << size << " bytes at " << offset;
    }
  }
  EXPECT_EQ(machine.rd64(S4_REG_FW_ADDR_LO), 0x123456789abcdef0u);
}

TEST(Bar0, TellsTheConfiguration) {
  Machine machine({.dram_bytes = 6ULL << 30,
                   .aperture_bytes = 256 << 20,
                   .faults = false,
                   .skip_signature = true,
                   .serial = "S4-ABCDEFGHIJKLMNOPQRSTUVWXYZ12"});
  EXPECT_EQ(machine.rd64(S4_REG_DRAM_SIZE_LO), 6ULL << 30);
  EXPECT_EQ(machine.rd64(S4_REG_APERTURE_LO), 256u << 20);
  EXPECT_EQ(machine.rd(S4_REG_FEATURES), 0u);
  std::string serial;
  for (uint32_t i = 0; i < S4_SERIAL_BYTES; ++i) {
    serial += static_cast<char>(machine.rd(S4_REG_SERIAL + i / 4 * 4) >> i % 4 * 8);
  }
  EXPECT_STREQ(serial.c_str(), "S4-ABCDEFGHIJKLMNOPQRSTUVWXYZ12");
  EXPECT_EQ(serial.back(), '\0');
}

TEST(Bar0, HidesFaultsOnDemandUnlessConfigured) {
  Machine machine({.faults = false});
  machine.wr(S4_REG_FAULT_ARG, 1);
  machine.wr(S4_REG_FAULT_TRIGGER, S4_INJECT_LINK_DROP);
  EXPECT_EQ(machine.guest_errors(), 2u);
  EXPECT_EQ(machine.rd(S4_REG_FAULT_ARG), 0u);
  EXPECT_FALSE(s4_card_link_down(machine.card()));
}

TEST(Bar0, TellsTimeSincePowerOn) {
  Machine machine({.stands_still = true});
  EXPECT_EQ(machine.rd64(S4_REG_TIME_LO), 0u);
  machine.advance_ns(0xfffffff0);
  EXPECT_EQ(machine.rd(S4_REG_TIME_LO), 0xfffffff0u);
  machine.advance_ns(0x20);
  EXPECT_EQ(machine.rd(S4_REG_TIME_HI), 0u) << "latched when LO was read";
  EXPECT_EQ(machine.rd64(S4_REG_TIME_LO), 0x100000010u);
}

TEST(Bar0, SignalsAnEnabledSourceThatIsPending) {
  Machine machine;
  boot_monitor(machine);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 0u);
  // The state says RUNNING a moment before the interrupt's source does.
  machine.wait_for([&] { return machine.rd(S4_REG_IRQ_STATUS) == S4_IRQ_BOOT; }, "the interrupt");
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_BOOT | S4_IRQ_MAILBOX);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 1u);
  Monitor(machine).peek(Monitor::kRam);
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) == 2; }, "the mailbox");
  EXPECT_EQ(machine.rd(S4_REG_IRQ_STATUS), S4_IRQ_BOOT | S4_IRQ_MAILBOX);
  // One source is left when the other is cleared: it signals again.
  machine.wr(S4_REG_IRQ_STATUS, S4_IRQ_MAILBOX);
  EXPECT_EQ(machine.rd(S4_REG_IRQ_STATUS), S4_IRQ_BOOT);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 3u);
  machine.wr(S4_REG_IRQ_STATUS, S4_IRQ_BOOT);
  EXPECT_EQ(machine.rd(S4_REG_IRQ_STATUS), 0u);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 3u);
}

}  // namespace
}  // namespace s4::test
