// SPDX-License-Identifier: MIT
// The core as its owner sees it: run(), stops, interrupt lines, devices, crashes, reset.
#include "mcu/core.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

#include "encode.hpp"

namespace s4::card::mcu {
namespace {

using namespace test;

constexpr uint32_t kRom = 0x1000, kRam = 0x80000000, kData = 0x90000000, kDevice = 0x40000000;
constexpr uint32_t kHandler = kRam + 0x800;

// Remembers what it was asked; faults at offsets from 0x80 on.
struct TestDevice : Device {
  struct Access {
    bool is_store;
    uint32_t address;
    unsigned size;
    uint32_t value;
    bool operator==(const Access&) const = default;
  };
  bool load(uint32_t address, unsigned size, uint32_t& value) override {
    value = 0xffffffff;  // more than the access: the core cuts it
    accesses.push_back({false, address, size, 0});
    if (on_access) {
      on_access();
    }
    return address < kDevice + 0x80;
  }
  bool store(uint32_t address, unsigned size, uint32_t value) override {
    accesses.push_back({true, address, size, value});
    if (on_access) {
      on_access();
    }
    return address < kDevice + 0x80;
  }
  std::vector<Access> accesses;
  std::function<void()> on_access;
};

class CoreTest : public testing::Test {
 protected:
  CoreTest() : rom_(0x1000), ram_(0x2000), data_(0x100) {
    EXPECT_TRUE(
        bus_.add_ram({.base = kRom, .size = 0x1000, .data = rom_.data(), .writable = false}));
    EXPECT_TRUE(bus_.add_ram({.base = kRam, .size = 0x2000, .data = ram_.data()}));
    EXPECT_TRUE(
        bus_.add_ram({.base = kData, .size = 0x100, .data = data_.data(), .executable = false}));
    EXPECT_TRUE(bus_.add_device(kDevice, 0x100, device_));
    core_.emplace(
        CoreConfig{.reset_pc = kRam, .hart_id = 3, .vendor_id = 4, .arch_id = 5, .imp_id = 6},
        bus_);
  }

  void put(uint32_t address, std::initializer_list<uint32_t> words) {
    uint8_t* to = address >= kRam ? ram_.data() + (address - kRam) : rom_.data() + (address - kRom);
    for (const uint32_t word : words) {
      std::memcpy(to, &word, 4);
      to += 4;
    }
  }
  // Sets mtvec as a program would, from its first instructions at kRam.
  void start_with_handler(std::initializer_list<uint32_t> program, bool vectored = false) {
    put(kRam, {lui(31, kHandler), addi(31, 31, int32_t{0x400}), addi(31, 31, int32_t{0x400}),
               addi(31, 31, vectored ? 1 : 0), csrw(kMtvec, 31)});
    put(kRam + 20, program);
    ASSERT_EQ(core_->run(5), StopReason::kBudget);
    ASSERT_EQ(core_->csr(kMtvec), kHandler + (vectored ? 1 : 0));
    ASSERT_EQ(core_->pc(), kRam + 20);
  }

  alignas(8) std::vector<uint8_t> rom_, ram_, data_;
  TestDevice device_;
  Bus bus_;
  std::optional<Core> core_;
};

TEST_F(CoreTest, StartsAtTheResetState) {
  EXPECT_EQ(core_->pc(), kRam);
  for (unsigned i = 0; i < 32; ++i) {
    EXPECT_EQ(core_->reg(i), 0u);
  }
  EXPECT_EQ(core_->csr(kMstatus), 0x1800u);
  EXPECT_EQ(core_->csr(0xf14), 3u);
  EXPECT_EQ(core_->csr(0xf11), 4u);
  EXPECT_EQ(core_->csr(0xf12), 5u);
  EXPECT_EQ(core_->csr(0xf13), 6u);
  EXPECT_EQ(core_->csr(0x306), std::nullopt);
  EXPECT_FALSE(core_->crash());
  EXPECT_TRUE(core_->wants_wake());
}

TEST_F(CoreTest, RunExecutesExactlyItsBudget) {
  put(kRam, {addi(1, 1, 1), jal(0, -4)});
  uint64_t total = 0;
  for (const uint64_t budget : {0, 1, 1, 2, 3, 7, 100, 4096, 99999}) {
    EXPECT_EQ(core_->run(budget), StopReason::kBudget);
    total += budget;
    EXPECT_EQ(core_->executed(), total);
    EXPECT_EQ(core_->reg(1), (total + 1) / 2);
    EXPECT_EQ(core_->pc(), kRam + (total % 2) * 4);
    EXPECT_EQ(core_->csr(kMinstret), total);
  }
}

TEST_F(CoreTest, RegisterZeroStaysZero) {
  core_->set_reg(0, 5);
  core_->set_reg(1, 5);
  EXPECT_EQ(core_->reg(0), 0u);
  EXPECT_EQ(core_->reg(1), 5u);
}

TEST_F(CoreTest, DevicesSeeSizesAndValuesAndTheCoreExtends) {
  put(kRam,
      {lui(5, kDevice), addi(6, 0, -2), load(0, 1, 5, 1), load(1, 2, 5, 2), lw(3, 5, 4),
       load(4, 4, 5, 3), load(5, 7, 5, 6), store(0, 5, 6, 9), store(1, 5, 6, 10), sw(6, 5, 12)});
  EXPECT_EQ(core_->run(10), StopReason::kBudget);
  EXPECT_EQ(core_->reg(1), 0xffffffffu);
  EXPECT_EQ(core_->reg(2), 0xffffffffu);
  EXPECT_EQ(core_->reg(3), 0xffffffffu);
  EXPECT_EQ(core_->reg(4), 0xffu);
  EXPECT_EQ(core_->reg(7), 0xffffu);
  const std::vector<TestDevice::Access> expected = {
      {false, kDevice + 1, 1, 0},      {false, kDevice + 2, 2, 0},
      {false, kDevice + 4, 4, 0},      {false, kDevice + 3, 1, 0},
      {false, kDevice + 6, 2, 0},      {true, kDevice + 9, 1, 0xfe},
      {true, kDevice + 10, 2, 0xfffe}, {true, kDevice + 12, 4, 0xfffffffe}};
  EXPECT_EQ(device_.accesses, expected);
}

TEST_F(CoreTest, DeviceRefusalIsAPreciseAccessFault) {
  start_with_handler({lui(5, kDevice), addi(1, 0, 7), lw(1, 5, 0x84), sw(1, 5, 0x88)});
  put(kHandler, {csrr(10, kMepc), addi(10, 10, 4), csrw(kMepc, 10), kMret});
  EXPECT_EQ(core_->run(3), StopReason::kBudget);
  EXPECT_EQ(core_->pc(), kHandler);
  EXPECT_EQ(core_->csr(kMcause), 5u);
  EXPECT_EQ(core_->csr(kMtval), kDevice + 0x84);
  EXPECT_EQ(core_->csr(kMepc), kRam + 28);
  EXPECT_EQ(core_->reg(1), 7u);
  EXPECT_EQ(core_->run(5), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 7u);
  EXPECT_EQ(core_->csr(kMtval), kDevice + 0x88);
  EXPECT_EQ(core_->traps(), 2u);
}

TEST_F(CoreTest, MisalignedDeviceAccessTrapsBeforeTheDevice) {
  start_with_handler({lui(5, kDevice), lw(1, 5, 2)});
  EXPECT_EQ(core_->run(2), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 4u);
  EXPECT_TRUE(device_.accesses.empty());
}

TEST_F(CoreTest, RomRefusesStoresAndDataRefusesFetches) {
  start_with_handler({lui(5, kRom), sw(5, 5, 16), lui(6, kData), jalr(0, 6, 8)});
  put(kHandler, {csrr(10, kMepc), addi(10, 10, 4), csrw(kMepc, 10), kMret});
  EXPECT_EQ(core_->run(2), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 7u);
  EXPECT_EQ(core_->csr(kMtval), kRom + 16);
  EXPECT_EQ(rom_[16], 0);
  EXPECT_EQ(core_->run(4 + 3), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 1u);
  EXPECT_EQ(core_->csr(kMtval), kData + 8);
  EXPECT_EQ(core_->csr(kMepc), kData + 8);
}

TEST_F(CoreTest, RomCanBeReadAndRun) {
  put(kRom, {lui(5, kRom), lw(1, 5, 0), jalr(2, 0, 0x10)});
  core_->set_pc(kRom);
  EXPECT_EQ(core_->run(2), StopReason::kBudget);
  EXPECT_EQ(core_->reg(1), lui(5, kRom));
}

TEST_F(CoreTest, FetchOfTheSecondHalfFaultsAtItsAddress) {
  start_with_handler({lui(5, kRam + 0x2000), jalr(0, 5, -2)});
  const uint16_t half = 0x0003;  // the low half of a load
  std::memcpy(ram_.data() + 0x1ffe, &half, 2);
  EXPECT_EQ(core_->run(3), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 1u);
  EXPECT_EQ(core_->csr(kMepc), kRam + 0x1ffe);
  EXPECT_EQ(core_->csr(kMtval), kRam + 0x2000);
}

TEST_F(CoreTest, RunningOffTheEndOfMemoryFaultsThere) {
  start_with_handler({lui(5, kRam + 0x2000), jalr(0, 5, -2)});
  const uint16_t half = kNopHalf;
  std::memcpy(ram_.data() + 0x1ffe, &half, 2);
  EXPECT_EQ(core_->run(4), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 1u);
  EXPECT_EQ(core_->csr(kMepc), kRam + 0x2000);
  EXPECT_EQ(core_->csr(kMtval), kRam + 0x2000);
}

TEST_F(CoreTest, TrapBeforeMtvecIsWrittenCrashes) {
  put(kRam, {addi(1, 0, 1), kEcall});
  EXPECT_EQ(core_->run(100), StopReason::kCrashed);
  ASSERT_TRUE(core_->crash());
  EXPECT_EQ(core_->crash()->cause, 11u);
  EXPECT_EQ(core_->crash()->epc, kRam + 4);
  EXPECT_EQ(core_->crash()->handler, 0u);
  EXPECT_EQ(core_->executed(), 2u);
  // It stays so.
  EXPECT_EQ(core_->run(100), StopReason::kCrashed);
  EXPECT_EQ(core_->executed(), 2u);
  core_->reset();
  EXPECT_FALSE(core_->crash());
  EXPECT_EQ(core_->run(1), StopReason::kBudget);
}

TEST_F(CoreTest, HandlerThatIsNotMemoryCrashes) {
  put(kRam, {lui(5, kDevice), csrw(kMtvec, 5), lw(1, 0, 4)});
  EXPECT_EQ(core_->run(100), StopReason::kCrashed);
  EXPECT_EQ(core_->crash()->cause, 5u);
  EXPECT_EQ(core_->crash()->tval, 4u);
  EXPECT_EQ(core_->crash()->handler, kDevice);
}

TEST_F(CoreTest, HandlerThatTrapsAtItsFirstInstructionCrashes) {
  start_with_handler({kEcall});
  put(kHandler, {0});  // illegal
  EXPECT_EQ(core_->run(100), StopReason::kCrashed);
  EXPECT_EQ(core_->crash()->cause, 2u);
  EXPECT_EQ(core_->crash()->epc, kHandler);
  // The trap that led there is still in the CSRs.
  EXPECT_EQ(core_->csr(kMcause), 11u);
  EXPECT_EQ(core_->csr(kMepc), kRam + 20);
}

TEST_F(CoreTest, HandlerThatTrapsLaterDoesNotCrash) {
  start_with_handler({kEcall});
  put(kHandler, {addi(1, 1, 1), kEbreak});
  EXPECT_EQ(core_->run(1000), StopReason::kBudget);
  EXPECT_FALSE(core_->crash());
  EXPECT_EQ(core_->reg(1), 500u);
}

TEST_F(CoreTest, InterruptWithoutHandlerCrashes) {
  put(kRam, {addi(5, 0, 8), csrw(kMie, 5), csrw(kMstatus, 5), jal(0, 0)});
  core_->run(10);
  core_->set_irq(Irq::kSoftware, true);
  EXPECT_EQ(core_->run(10), StopReason::kCrashed);
  EXPECT_EQ(core_->crash()->cause, 0x80000003u);
}

TEST_F(CoreTest, WfiReturnsAndResumesWhenAnEnabledLineRises) {
  put(kRam, {lui(5, 0x1000), addi(5, 5, -0x800), csrw(kMie, 5), kWfi, addi(1, 0, 1), jal(0, 0)});
  EXPECT_EQ(core_->run(100), StopReason::kWfi);
  EXPECT_EQ(core_->csr(kMie), 0x800u);
  EXPECT_EQ(core_->executed(), 4u);
  EXPECT_EQ(core_->pc(), kRam + 16);
  EXPECT_FALSE(core_->wants_wake());
  EXPECT_TRUE(core_->waiting());
  // A line that is not enabled changes nothing.
  core_->set_irq(Irq::kTimer, true);
  EXPECT_FALSE(core_->wants_wake());
  EXPECT_EQ(core_->run(100), StopReason::kWfi);
  EXPECT_EQ(core_->executed(), 4u);
  core_->set_irq(Irq::kExternal, true);
  EXPECT_TRUE(core_->wants_wake());
  EXPECT_EQ(core_->run(1), StopReason::kBudget);
  EXPECT_EQ(core_->reg(1), 1u);
  EXPECT_FALSE(core_->waiting());
}

TEST_F(CoreTest, ALineThatFallsAgainLeavesTheCoreAsleep) {
  put(kRam, {addi(5, 0, 8), csrw(kMie, 5), kWfi, jal(0, 0)});
  EXPECT_EQ(core_->run(100), StopReason::kWfi);
  core_->set_irq(Irq::kSoftware, true);
  core_->set_irq(Irq::kSoftware, false);
  EXPECT_FALSE(core_->wants_wake());
  EXPECT_EQ(core_->run(100), StopReason::kWfi);
}

TEST_F(CoreTest, InterruptPriorityIsExternalSoftwareTimer) {
  start_with_handler({lui(5, 0x1000), addi(5, 5, -0x778), csrw(kMie, 5), addi(6, 0, 8),
                      csrw(kMstatus, 6), jal(0, 0)},
                     true);
  for (uint32_t i = 0; i <= 11; ++i) {
    put(kHandler + 4 * i, {jal(0, 0)});
  }
  core_->set_irq(Irq::kTimer, true);
  core_->set_irq(Irq::kSoftware, true);
  core_->set_irq(Irq::kExternal, true);
  EXPECT_EQ(core_->csr(kMip), 0x888u);
  EXPECT_EQ(core_->run(6), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 0x8000000bu);
  EXPECT_EQ(core_->pc(), kHandler + 4 * 11);
  EXPECT_EQ(core_->csr(kMepc), kRam + 40);
  core_->set_irq(Irq::kExternal, false);
  core_->set_pc(kRam + 20);
  EXPECT_EQ(core_->run(6), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 0x80000003u);
  EXPECT_EQ(core_->pc(), kHandler + 4 * 3);
  core_->set_irq(Irq::kSoftware, false);
  core_->set_pc(kRam + 20);
  EXPECT_EQ(core_->run(6), StopReason::kBudget);
  EXPECT_EQ(core_->csr(kMcause), 0x80000007u);
  EXPECT_EQ(core_->pc(), kHandler + 4 * 7);
  EXPECT_EQ(core_->csr(kMtval), 0u);
}

TEST_F(CoreTest, InterruptRaisedByADeviceComesRightAfterTheAccess) {
  start_with_handler({addi(5, 0, 8), csrw(kMie, 5), csrw(kMstatus, 5), lui(6, kDevice), sw(5, 6, 0),
                      addi(1, 0, 1)});
  device_.on_access = [this] { core_->set_irq(Irq::kSoftware, true); };
  put(kHandler, {addi(2, 0, 1)});
  EXPECT_EQ(core_->run(6), StopReason::kBudget);
  EXPECT_EQ(core_->pc(), kHandler + 4);
  EXPECT_EQ(core_->reg(2), 1u);
  EXPECT_EQ(core_->csr(kMepc), kRam + 40);
  EXPECT_EQ(core_->reg(1), 0u);
}

TEST_F(CoreTest, StopRequestedByADeviceComesRightAfterTheAccess) {
  put(kRam, {lui(6, kDevice), sw(5, 6, 0), addi(1, 0, 1), lw(2, 6, 0), jal(0, 0)});
  uint64_t seen = 0;
  device_.on_access = [&] {
    seen = core_->executed();
    core_->request_stop();
  };
  EXPECT_EQ(core_->run(100), StopReason::kStopped);
  EXPECT_EQ(core_->pc(), kRam + 8);
  EXPECT_EQ(core_->executed(), 2u);
  EXPECT_EQ(seen, 2u);
  EXPECT_EQ(core_->run(100), StopReason::kStopped);
  EXPECT_EQ(core_->pc(), kRam + 16);
  EXPECT_EQ(core_->reg(2), 0xffffffffu);
  EXPECT_EQ(core_->run(100), StopReason::kBudget);
}

TEST_F(CoreTest, StopRequestedBeforeRunStopsItAtOnceAndOnce) {
  put(kRam, {jal(0, 0)});
  core_->request_stop();
  EXPECT_EQ(core_->run(100), StopReason::kStopped);
  EXPECT_EQ(core_->executed(), 0u);
  EXPECT_EQ(core_->run(100), StopReason::kBudget);
}

TEST_F(CoreTest, AStoreReachesCodeAtFenceI) {
  // x1 counts calls to the patched word; before FENCE.I the old one still runs.
  start_with_handler({jal(0, 12), addi(1, 1, 1), jalr(0, 7, 0), jal(7, -8), lui(6, kRam),
                      lw(5, 6, 0x100), sw(5, 6, 24), jal(7, -24), kFenceI, jal(7, -32)});
  put(kRam + 0x100, {addi(1, 1, 16)});
  EXPECT_EQ(core_->run(1 + 3), StopReason::kBudget);
  EXPECT_EQ(core_->reg(1), 1u);
  EXPECT_EQ(core_->run(3 + 3), StopReason::kBudget);
  EXPECT_EQ(core_->reg(1), 2u);
  EXPECT_EQ(core_->run(1 + 3), StopReason::kBudget);
  EXPECT_EQ(core_->reg(1), 18u);
}

TEST_F(CoreTest, FlushAndResetForgetDecodedCode) {
  put(kRam, {addi(1, 0, 1), jal(0, -4)});
  core_->run(10);
  put(kRam, {addi(1, 0, 2)});
  core_->run(10);
  EXPECT_EQ(core_->reg(1), 1u);
  core_->flush_code();
  core_->run(10);
  EXPECT_EQ(core_->reg(1), 2u);
  put(kRam, {addi(1, 0, 3)});
  core_->reset();
  core_->run(10);
  EXPECT_EQ(core_->reg(1), 3u);
}

TEST_F(CoreTest, ResetClearsStateAndKeepsLines) {
  start_with_handler({addi(5, 0, 8), csrw(kMie, 5), csrw(kMscratch, 5), csrw(kMstatus, 5), kWfi});
  core_->set_irq(Irq::kTimer, true);
  EXPECT_EQ(core_->run(100), StopReason::kWfi);
  core_->reset(kRom);
  EXPECT_EQ(core_->pc(), kRom);
  EXPECT_EQ(core_->reg(5), 0u);
  EXPECT_FALSE(core_->waiting());
  for (const uint32_t number : {kMie, kMscratch, kMtvec, kMcycle, kMinstret}) {
    EXPECT_EQ(core_->csr(number), 0u) << number;
  }
  EXPECT_EQ(core_->csr(kMstatus), 0x1800u);
  EXPECT_EQ(core_->csr(kMip), 0x80u);
  core_->reset();
  EXPECT_EQ(core_->pc(), kRom);
}

TEST_F(CoreTest, TakeInterruptExecutesNothing) {
  start_with_handler({addi(5, 0, 8), csrw(kMie, 5), csrw(kMstatus, 5), addi(1, 0, 1)});
  EXPECT_EQ(core_->run(3), StopReason::kBudget);
  EXPECT_FALSE(core_->take_interrupt());
  core_->set_irq(Irq::kSoftware, true);
  const uint64_t executed = core_->executed();
  EXPECT_TRUE(core_->take_interrupt());
  EXPECT_FALSE(core_->take_interrupt());
  EXPECT_EQ(core_->pc(), kHandler);
  EXPECT_EQ(core_->executed(), executed);
}

TEST_F(CoreTest, CoresAreIndependent) {
  std::vector<uint8_t> other(0x1000);
  Bus bus;
  ASSERT_TRUE(bus.add_ram({.base = kRam, .size = 0x1000, .data = other.data()}));
  const uint32_t program[] = {addi(1, 1, 2), jal(0, -4)};
  std::memcpy(other.data(), program, sizeof(program));
  Core second({.reset_pc = kRam, .hart_id = 9}, bus);
  put(kRam, {addi(1, 1, 1), jal(0, -4)});
  for (int i = 0; i < 10; ++i) {
    core_->run(2);
    second.run(2);
  }
  EXPECT_EQ(core_->reg(1), 10u);
  EXPECT_EQ(second.reg(1), 20u);
  EXPECT_EQ(second.csr(0xf14), 9u);
}

TEST(Core, MemoryAtTheTopOfTheAddressSpaceWraps) {
  alignas(8) static std::array<uint8_t, 0x1000> top{};
  alignas(8) static std::array<uint8_t, 0x1000> bottom{};
  Bus bus;
  ASSERT_TRUE(bus.add_ram({.base = 0xfffff000, .size = 0x1000, .data = top.data()}));
  ASSERT_TRUE(bus.add_ram({.base = 0, .size = 0x1000, .data = bottom.data()}));
  // addi x1, x0, 5 across the wrap, then addi x2, x0, 6 at address 2.
  const uint32_t first = addi(1, 0, 5), second = addi(2, 0, 6);
  std::memcpy(top.data() + 0xffe, &first, 2);
  std::memcpy(bottom.data(), reinterpret_cast<const uint8_t*>(&first) + 2, 2);
  std::memcpy(bottom.data() + 2, &second, 4);
  Core core({.reset_pc = 0xfffffffe}, bus);
  EXPECT_EQ(core.run(2), StopReason::kBudget);
  EXPECT_EQ(core.reg(1), 5u);
  EXPECT_EQ(core.reg(2), 6u);
  EXPECT_EQ(core.pc(), 6u);
}

}  // namespace
}  // namespace s4::card::mcu
