// SPDX-License-Identifier: MIT
#include "mcu/bus.hpp"

#include <gtest/gtest.h>

#include <array>

namespace s4::card::mcu {
namespace {

struct NoDevice : Device {
  bool load(uint32_t, unsigned, uint32_t&) override { return false; }
  bool store(uint32_t, unsigned, uint32_t) override { return false; }
};

TEST(Bus, RefusesMalformedWindows) {
  alignas(4) std::array<uint8_t, 64> bytes{};
  NoDevice device;
  Bus bus;
  EXPECT_FALSE(bus.add_ram({.base = 0, .size = 0, .data = bytes.data()}));
  EXPECT_FALSE(bus.add_ram({.base = 2, .size = 4, .data = bytes.data()}));
  EXPECT_FALSE(bus.add_ram({.base = 0, .size = 6, .data = bytes.data()}));
  EXPECT_FALSE(bus.add_ram({.base = 0, .size = 4, .data = nullptr}));
  EXPECT_FALSE(bus.add_ram({.base = 0, .size = 4, .data = bytes.data() + 1}));
  EXPECT_FALSE(bus.add_ram({.base = 0xfffffffc, .size = 8, .data = bytes.data()}));
  EXPECT_FALSE(bus.add_device(0, 0, device));
  EXPECT_FALSE(bus.add_device(0xfffffff0, 0x20, device));
  EXPECT_EQ(bus.region_count(), 0u);
  EXPECT_TRUE(bus.add_ram({.base = 0xfffffffc, .size = 4, .data = bytes.data()}));
}

TEST(Bus, RefusesOverlap) {
  alignas(4) std::array<uint8_t, 64> bytes{};
  NoDevice device;
  Bus bus;
  ASSERT_TRUE(bus.add_ram({.base = 0x1000, .size = 64, .data = bytes.data()}));
  EXPECT_FALSE(bus.add_ram({.base = 0x103c, .size = 8, .data = bytes.data()}));
  EXPECT_FALSE(bus.add_ram({.base = 0xff0, .size = 0x14, .data = bytes.data()}));
  EXPECT_FALSE(bus.add_device(0x1000, 4, device));
  EXPECT_FALSE(bus.add_device(0, 0x2000, device));
  EXPECT_TRUE(bus.add_device(0x1040, 4, device));
  EXPECT_TRUE(bus.add_device(0xffc, 4, device));
  EXPECT_FALSE(bus.add_ram({.base = 0x1040, .size = 4, .data = bytes.data()}));
}

TEST(Bus, FindsTheWindowOfEveryAddress) {
  alignas(4) std::array<uint8_t, 64> bytes{};
  NoDevice device;
  Bus bus;
  ASSERT_TRUE(bus.add_ram({.base = 0x1000, .size = 64, .data = bytes.data()}));
  ASSERT_TRUE(bus.add_device(0x2000, 16, device));
  EXPECT_EQ(bus.find_ram(0xfff), nullptr);
  EXPECT_EQ(bus.find_ram(0x1000), &bus.region(0));
  EXPECT_EQ(bus.find_ram(0x103f), &bus.region(0));
  EXPECT_EQ(bus.find_ram(0x1040), nullptr);
  EXPECT_EQ(bus.find_device(0x200f), &device);
  EXPECT_EQ(bus.find_device(0x2010), nullptr);
  EXPECT_EQ(bus.find_device(0x1000), nullptr);
}

TEST(Bus, TablesEnd) {
  alignas(4) std::array<uint8_t, 4> bytes{};
  NoDevice device;
  Bus bus;
  for (uint32_t i = 0; i < Bus::kMaxRegions; ++i) {
    ASSERT_TRUE(bus.add_ram({.base = 8 * i, .size = 4, .data = bytes.data()}));
  }
  EXPECT_FALSE(bus.add_ram({.base = 0x1000, .size = 4, .data = bytes.data()}));
  for (uint32_t i = 0; i < Bus::kMaxDevices; ++i) {
    ASSERT_TRUE(bus.add_device(0x2000 + 8 * i, 4, device));
  }
  EXPECT_FALSE(bus.add_device(0x1000, 4, device));
}

}  // namespace
}  // namespace s4::card::mcu
