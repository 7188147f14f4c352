// SPDX-License-Identifier: MIT
// The boot ROM: what it takes, and what it refuses with which error.
#include <gtest/gtest.h>

#include <functional>

#include "image.hpp"
#include "machine.hpp"
#include "monitor.hpp"

namespace s4::test {
namespace {

void refuses(Machine& machine, std::span<const uint8_t> image, s4_boot_error error) {
  s4_card_set_bus_master(machine.card(), 1);
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_BOOT);
  const unsigned before = machine.interrupts(S4_VECTOR_CONTROL);
  machine.start_boot(image);
  machine.wait_boot_state(S4_BOOT_FAILED);
  EXPECT_EQ(machine.boot_error(), static_cast<uint32_t>(error));
  EXPECT_EQ(machine.rd(S4_REG_FW_VERSION), 0u);
  EXPECT_EQ(machine.rd(S4_REG_MCU_STATE), S4_MCU_HELD);
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) > before; }, "an interrupt");
  EXPECT_NE(machine.rd(S4_REG_IRQ_STATUS) & S4_IRQ_BOOT, 0u);
}

TEST(Boot, RunsSignedFirmware) {
  Machine machine;
  EXPECT_EQ(machine.boot_state(), S4_BOOT_WAITING);
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_BOOT);
  boot_monitor(machine);
  EXPECT_EQ(machine.boot_error(), S4_BOOT_E_NONE);
  EXPECT_EQ(machine.rd(S4_REG_FW_VERSION), S4_FW_VERSION(1, 2, 3));
  EXPECT_EQ(machine.rd(S4_REG_IRQ_STATUS), S4_IRQ_BOOT);
  EXPECT_EQ(machine.interrupts(S4_VECTOR_CONTROL), 1u);
  Monitor monitor(machine);
  monitor.poke(Monitor::kRam, 0x12345678);
  EXPECT_EQ(monitor.peek(Monitor::kRam), 0x12345678u);
  machine.wait_for([&] { return machine.rd(S4_REG_MCU_STATE) == S4_MCU_SLEEPS; }, "sleep");
}

struct BadImage {
  const char* name;
  s4_boot_error error;
  std::function<void(Image&)> change;                   // before it is signed
  std::function<void(std::vector<uint8_t>&)> break_it;  // after
};

class Refused : public testing::TestWithParam<BadImage> {};

TEST_P(Refused, WithItsOwnError) {
  Machine machine;
  Image image;
  if (GetParam().change) {
    GetParam().change(image);
  }
  std::vector<uint8_t> bytes = image.sign();
  if (GetParam().break_it) {
    GetParam().break_it(bytes);
  }
  refuses(machine, bytes, GetParam().error);
  // And a good one still boots.
  boot_monitor(machine);
}

const BadImage kBadImages[] = {
    {"Magic", S4_BOOT_E_MAGIC, [](Image& i) { i.header.magic ^= 1; }, {}},
    {"HeaderVersion", S4_BOOT_E_HEADER, [](Image& i) { ++i.header.header_version; }, {}},
    {"HeaderSize", S4_BOOT_E_HEADER, [](Image& i) { i.header.header_size = 64; }, {}},
    {"Reserved", S4_BOOT_E_HEADER, [](Image& i) { i.header.reserved = 1; }, {}},
    {"LoadBelowRam", S4_BOOT_E_HEADER, [](Image& i) { i.header.load_addr -= 4; }, {}},
    {"LoadMisaligned", S4_BOOT_E_HEADER, [](Image& i) { i.header.load_addr += 2; }, {}},
    {"LoadBeyondRam",
     S4_BOOT_E_HEADER,
     [](Image& i) { i.header.load_addr = S4_MCU_RAM + S4_MCU_RAM_BYTES - 4; },
     {}},
    {"LoadWraps", S4_BOOT_E_HEADER, [](Image& i) { i.header.load_addr = 0xfffffffc; }, {}},
    {"EntryBefore", S4_BOOT_E_HEADER, [](Image& i) { i.header.entry -= 2; }, {}},
    {"EntryBehind",
     S4_BOOT_E_HEADER,
     [](Image& i) { i.header.entry = i.header.load_addr + i.header.payload_size; },
     {}},
    {"EntryOdd", S4_BOOT_E_HEADER, [](Image& i) { i.header.entry += 1; }, {}},
    {"OtherAbi", S4_BOOT_E_ABI, [](Image& i) { i.header.abi_version += 1 << 16; }, {}},
    {"Old", S4_BOOT_E_OLD, [](Image& i) { i.header.fw_version = S4_FW_VERSION_MIN - 1; }, {}},
    {"PayloadShort", S4_BOOT_E_SIZE, {}, [](auto& bytes) { bytes.erase(bytes.end() - 4, bytes.end()); }},
    {"PayloadLong", S4_BOOT_E_SIZE, {}, [](auto& bytes) { bytes.resize(bytes.size() + 4); }},
    {"PayloadUneven",
     S4_BOOT_E_SIZE,
     [](Image& i) {
       i.payload.push_back(0);
       ++i.header.payload_size;
     },
     {}},
    {"HeaderOnly",
     S4_BOOT_E_SIZE,
     [](Image& i) {
       i.payload.clear();
       i.header.payload_size = 0;
     },
     {}},
    {"Truncated", S4_BOOT_E_SIZE, {}, [](auto& bytes) { bytes.resize(127); }},
    {"Huge",
     S4_BOOT_E_SIZE,
     [](Image& i) {
       i.payload.resize(S4_MCU_RAM_BYTES + 4);
       i.header.payload_size = S4_MCU_RAM_BYTES + 4;
     },
     {}},
    {"PayloadBit", S4_BOOT_E_HASH, {}, [](auto& bytes) { bytes[200] ^= 0x10; }},
    {"HashBit", S4_BOOT_E_HASH, {}, [](auto& bytes) { bytes[40] ^= 1; }},
    {"SignatureBit", S4_BOOT_E_SIGNATURE, {}, [](auto& bytes) { bytes[70] ^= 1; }},
    {"UnsignedVersion", S4_BOOT_E_SIGNATURE, {}, [](auto& bytes) { bytes[13] ^= 1; }},
};

INSTANTIATE_TEST_SUITE_P(Boot, Refused, testing::ValuesIn(kBadImages),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Boot, RefusesWhatIsNotMemory) {
  Machine machine;
  s4_card_set_bus_master(machine.card(), 1);
  machine.wr64(S4_REG_FW_ADDR_LO, 0x1000);
  machine.wr(S4_REG_FW_SIZE, 4096);
  machine.wr(S4_REG_BOOT_CTRL, S4_BOOT_START);
  machine.wait_boot_state(S4_BOOT_FAILED);
  EXPECT_EQ(machine.boot_error(), S4_BOOT_E_DMA);
}

TEST(Boot, RefusesAnImageThatEndsOutsideMemory) {
  Machine machine;
  const std::vector<uint8_t> image = Image().sign();
  s4_card_set_bus_master(machine.card(), 1);
  const uint64_t at = Machine::kHostBase + Machine::kHostBytes - 256;
  std::copy_n(image.begin(), 256, machine.host(at));
  machine.wr64(S4_REG_FW_ADDR_LO, at);
  machine.wr(S4_REG_FW_SIZE, static_cast<uint32_t>(image.size()));
  machine.wr(S4_REG_BOOT_CTRL, S4_BOOT_START);
  machine.wait_boot_state(S4_BOOT_FAILED);
  EXPECT_EQ(machine.boot_error(), S4_BOOT_E_DMA);
}

TEST(Boot, NeedsBusMastering) {
  Machine machine;
  machine.start_boot(Image().sign());
  machine.wait_boot_state(S4_BOOT_FAILED);
  EXPECT_EQ(machine.boot_error(), S4_BOOT_E_DMA);
  EXPECT_EQ(machine.accesses(), 0u);
}

TEST(Boot, TakesUnsignedFirmwareOnlyWhenToldTo) {
  Machine machine({.skip_signature = true});
  EXPECT_EQ(machine.rd(S4_REG_FEATURES) & S4_FEATURE_FW_VERIFY, 0u);
  std::vector<uint8_t> image = Image().sign();
  image[70] ^= 1;
  s4_card_set_bus_master(machine.card(), 1);
  machine.start_boot(image);
  machine.wait_boot_state(S4_BOOT_RUNNING);
}

TEST(Boot, UsesItsOwnCopyOfTheImage) {
  Machine machine;
  const std::vector<uint8_t> image = Image().sign();
  // Each access finds the payload changed after it was read: the checked bytes must be those that
  // run, so this one boots or is refused, and never runs what was not checked.
  s4_card_set_bus_master(machine.card(), 1);
  uint64_t payload = 0;
  machine.on_access = [&](uint64_t addr, size_t bytes, bool) {
    if (bytes > sizeof(s4_fw_header)) {
      EXPECT_EQ(payload, 0u) << "the payload was read twice";
      payload = addr;
    }
    return 0;
  };
  machine.start_boot(image);
  machine.wait_boot_state(S4_BOOT_RUNNING);
  EXPECT_NE(payload, 0u);
}

TEST(Boot, FirmwareThatStopsBeforeItIsReadyFails) {
  for (const Mode mode : {Mode::kCrashEarly, Mode::kHangEarly}) {
    Machine machine;
    machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_CRASH);
    s4_card_set_bus_master(machine.card(), 1);
    machine.start_boot(Image(mode).sign());
    machine.wait_boot_state(S4_BOOT_FAILED);
    EXPECT_EQ(machine.boot_error(), S4_BOOT_E_START);
    EXPECT_EQ(machine.rd(S4_REG_MCU_STATE),
              mode == Mode::kCrashEarly ? S4_MCU_CRASHED : S4_MCU_WATCHDOG);
    EXPECT_NE(machine.rd(S4_REG_CRASH_PC), 0u);
    machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) != 0; }, "an interrupt");
    EXPECT_EQ(machine.rd(S4_REG_IRQ_STATUS), S4_IRQ_CRASH | S4_IRQ_BOOT);
    boot_monitor(machine);
    EXPECT_EQ(machine.rd(S4_REG_CRASH_PC), 0u);
  }
}

TEST(Boot, FirmwareThatIsNeverReadyStaysStarting) {
  Machine machine;
  s4_card_set_bus_master(machine.card(), 1);
  machine.start_boot(Image(Mode::kSleepEarly).sign());
  machine.wait_for([&] { return machine.rd(S4_REG_MCU_STATE) == S4_MCU_SLEEPS; }, "sleep");
  EXPECT_EQ(machine.boot_state(), S4_BOOT_STARTING);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
}

TEST(Boot, StartIsRefusedWhileFirmwareRuns) {
  Machine machine;
  boot_monitor(machine);
  const unsigned before = machine.guest_errors();
  machine.wr(S4_REG_BOOT_CTRL, S4_BOOT_START);
  EXPECT_EQ(machine.boot_state(), S4_BOOT_RUNNING);
  EXPECT_EQ(machine.guest_errors(), before + 1);
  machine.wr(S4_REG_BOOT_CTRL, 2);
  EXPECT_EQ(machine.guest_errors(), before + 2);
}

}  // namespace
}  // namespace s4::test
