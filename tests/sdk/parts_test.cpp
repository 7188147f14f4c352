// SPDX-License-Identifier: MIT
// Parts of libs4 by themselves: address ranges, hazards, page tables, options, discovery.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>

#include "core/discovery.hpp"
#include "core/hazards.hpp"
#include "core/range_allocator.hpp"
#include "s4/abi/s4_mmu.h"
#include "seed.hpp"
#include "transport/drm/discovery.hpp"
#include "transport/sim/options.hpp"
#include "transport/sim/page_table.hpp"

namespace s4 {
namespace {

using testing::HasSubstr;

TEST(RangeAllocator, AgreesWithABitmap) {
  test::Random random;
  constexpr uint64_t kBegin = 100;
  constexpr uint64_t kEnd = 1124;
  core::RangeAllocator allocator(kBegin, kEnd);
  std::vector<bool> used(kEnd, false);
  std::vector<std::pair<uint64_t, uint64_t>> held;
  for (int round = 0; round < 5000; ++round) {
    if (random.chance(0.5) && !held.empty()) {
      const size_t i = random.below(held.size());
      const auto [at, bytes] = held[i];
      held.erase(held.begin() + static_cast<long>(i));
      allocator.release(at, bytes);
      for (uint64_t b = at; b < at + bytes; ++b)
        used[b] = false;
    } else {
      const uint64_t bytes = 1 + random.below(100);
      const uint64_t align = uint64_t{1} << random.below(6);
      const bool high = random.chance(0.3);
      const auto at =
          high ? allocator.allocate_high(bytes, align) : allocator.allocate(bytes, align);
      uint64_t lowest = kEnd;
      for (uint64_t begin = (kBegin + align - 1) / align * align; begin + bytes <= kEnd;
           begin += align) {
        uint64_t n = 0;
        while (n < bytes && !used[begin + n])
          ++n;
        if (n == bytes) {
          lowest = begin;
          break;
        }
      }
      ASSERT_EQ(at.has_value(), lowest != kEnd) << "seed " << random.seed();
      if (!at)
        continue;
      EXPECT_EQ(*at % align, 0u);
      if (!high) {
        ASSERT_EQ(*at, lowest) << "seed " << random.seed();
      }
      for (uint64_t b = *at; b < *at + bytes; ++b) {
        ASSERT_FALSE(used[b]) << "seed " << random.seed();
        used[b] = true;
      }
      held.push_back({*at, bytes});
    }
    const auto free = static_cast<uint64_t>(std::count(used.begin() + kBegin, used.end(), false));
    ASSERT_EQ(allocator.free_bytes(), free) << "seed " << random.seed();
  }
}

s4_cmd copy(uint64_t src, uint64_t dst, uint64_t bytes) {
  s4_cmd command{};
  command.header.opcode = S4_OP_COPY;
  command.copy.src = src;
  command.copy.dst = dst;
  command.copy.row_bytes = bytes;
  command.copy.rows = 1;
  return command;
}

s4_cmd barrier() {
  s4_cmd command{};
  command.header.opcode = S4_OP_BARRIER;
  return command;
}

TEST(Hazards, WaitForWhatTouchesTheSameBytes) {
  core::Hazards hazards;
  const auto add = [&](const s4_cmd& c) { return hazards.add(core::footprint_of(c)); };
  EXPECT_EQ(add(copy(0x1000, 0x2000, 64)), 0u);
  EXPECT_EQ(add(copy(0x1000, 0x3000, 64)), 0u);      // both only read 0x1000
  EXPECT_EQ(add(copy(0x2020, 0x4000, 64)), 0b10u);   // reads what the first wrote
  EXPECT_EQ(add(copy(0x5000, 0x1000, 64)), 0b110u);  // writes what the first two read
  EXPECT_EQ(add(copy(0x5040, 0x6000, 64)), 0u);      // beside, not on
  EXPECT_EQ(add(copy(0x7000, 0x5fff, 2)), 0b1u);     // overlaps 0x6000 by a byte
  EXPECT_EQ(add(barrier()), 0b111111u);
  EXPECT_EQ(add(copy(0x9000, 0xa000, 64)), 0b1u);  // after a barrier
}

TEST(Hazards, WindowIsWhatTheCardHasUnderWay) {
  core::Hazards hazards;
  const auto add = [&](const s4_cmd& c) { return hazards.add(core::footprint_of(c)); };
  add(copy(0x1000, 0x2000, 64));
  for (uint64_t i = 0; i < 31; ++i)
    add(copy(0x100000 + i * 256, 0x200000 + i * 256, 64));
  EXPECT_EQ(add(copy(0x2000, 0x8000, 64)), 1u << 31);
  core::Hazards longer;
  longer.add(core::footprint_of(copy(0x1000, 0x2000, 64)));
  for (uint64_t i = 0; i < 32; ++i) {
    longer.add(core::footprint_of(copy(0x100000 + i * 256, 0x200000 + i * 256, 64)));
  }
  EXPECT_EQ(longer.add(core::footprint_of(copy(0x2000, 0x8000, 64))), 0u);
}

// Walks the tables as the card does.
std::optional<uint64_t> walk(const sim::HostMemory& host, uint64_t root, uint64_t va,
                             uint64_t* flags) {
  uint64_t table = root;
  for (int level = S4_PT_LEVELS - 1;; --level) {
    uint64_t entry = 0;
    if (host.read(table + S4_PT_INDEX(va, level) * 8, &entry, 8) != 0)
      return std::nullopt;
    if ((entry & S4_PTE_VALID) == 0)
      return std::nullopt;
    const uint64_t address = entry & S4_PTE_ADDR;
    *flags = entry & (S4_PTE_WRITE | S4_PTE_HOST);
    if (level == 1 && (entry & S4_PTE_LARGE) != 0)
      return address + va % S4_LARGE_SIZE;
    if (level == 0)
      return address + va % S4_PAGE_SIZE;
    table = address;
  }
}

TEST(PageTables, AgreeWithAMapAfterRandomChanges) {
  test::Random random;
  sim::HostMemory host;
  sim::PagePool pool(host);
  sim::PageTables tables(pool);
  ASSERT_TRUE(tables.init());
  constexpr uint64_t kBase = (uint64_t{1} << 39) - 4 * S4_LARGE_SIZE;  // across a root entry
  constexpr uint64_t kPages = 8 * 512;
  std::vector<std::optional<std::pair<uint64_t, uint64_t>>> expected(kPages);
  for (int round = 0; round < 200; ++round) {
    const bool large = random.chance(0.4);
    const uint64_t unit = large ? 512 : 1;
    const uint64_t first = random.below(kPages / unit) * unit;
    const uint64_t pages = std::min(kPages - first, (1 + random.below(3)) * (large ? 512 : 70));
    const uint64_t va = kBase + first * S4_PAGE_SIZE;
    if (random.chance(0.6)) {
      const uint64_t address =
          random.below(1 << 16) * (random.chance(0.7) ? S4_LARGE_SIZE : S4_PAGE_SIZE);
      const uint64_t flags =
          (random.chance(0.5) ? S4_PTE_WRITE : 0) | (random.chance(0.5) ? S4_PTE_HOST : 0);
      ASSERT_TRUE(tables.map(va, pages * S4_PAGE_SIZE, address, flags));
      for (uint64_t p = 0; p < pages; ++p) {
        expected[first + p] = {address + p * S4_PAGE_SIZE, flags};
      }
    } else {
      ASSERT_TRUE(tables.unmap(va, pages * S4_PAGE_SIZE));
      for (uint64_t p = 0; p < pages; ++p)
        expected[first + p] = std::nullopt;
    }
    tables.collect();
    for (int look = 0; look < 200; ++look) {
      const uint64_t page = random.below(kPages);
      uint64_t flags = 0;
      const auto got = walk(host, tables.root(), kBase + page * S4_PAGE_SIZE, &flags);
      ASSERT_EQ(got.has_value(), expected[page].has_value()) << "seed " << random.seed();
      if (got) {
        ASSERT_EQ(std::pair(*got, flags), *expected[page]) << "seed " << random.seed();
      }
    }
  }
}

TEST(HostMemory, NothingElseIsReached) {
  sim::HostMemory host;
  auto block = host.allocate(8192);
  char byte = 0;
  EXPECT_EQ(host.read(block->dma() + 8191, &byte, 1), 0);
  EXPECT_EQ(host.read(block->dma() + 8191, &byte, 2), -1);
  EXPECT_EQ(host.read(block->dma() - 1, &byte, 1), -1);
  EXPECT_EQ(host.write(block->dma() + 8192, &byte, 1), -1);
  EXPECT_EQ(host.read(reinterpret_cast<uint64_t>(block->data()), &byte, 1), -1);
  EXPECT_EQ(host.read(UINT64_MAX, &byte, 1), -1);
  const uint64_t gone = block->dma();
  size_t bytes = 1 << 20;
  const void* held = host.map(gone, &bytes);
  EXPECT_EQ(bytes, 8192u);
  block.reset();
  EXPECT_EQ(host.read(gone, &byte, 1), -1);
  std::memcpy(&byte, held, 1);  // a mapping keeps its pages
  host.unmap(held);
}

TEST(SimOptions, AreRead) {
  const auto options = sim::parse_options("sim:memory=1G,threads=2,faults=1,serial=X9").value();
  EXPECT_EQ(options.memory, uint64_t{1} << 30);
  EXPECT_EQ(options.threads, 2u);
  EXPECT_TRUE(options.faults);
  EXPECT_EQ(options.serial, "X9");
  EXPECT_TRUE(sim::parse_options("sim").ok());
  EXPECT_TRUE(sim::parse_options("sim:").ok());
  EXPECT_TRUE(sim::parse_options("sim:0").ok());
}

TEST(SimOptions, ErrorsNameTheOption) {
  for (const auto& [name, word] : std::vector<std::pair<const char*, const char*>>{
           {"sim:memory=1", "memory=1"},
           {"sim:memory=1X", "memory=1X"},
           {"sim:memory=99999999999999999999G", "memory="},
           {"sim:threads=0", "threads=0"},
           {"sim:speed=9", "no option \"speed\""},
           {"sim:faults=yes", "faults=yes"},
           {"sim:serial=", "serial="}}) {
    auto options = sim::parse_options(name);
    ASSERT_FALSE(options.ok()) << name;
    EXPECT_EQ(options.error().code, Code::kInvalidArgument);
    EXPECT_THAT(options.error().message, HasSubstr(word));
  }
}

TEST(SimOptions, NameTheSimulatedCardAlone) {
  EXPECT_TRUE(sim::names_sim("sim"));
  EXPECT_TRUE(sim::names_sim("sim:memory=1G"));
  EXPECT_FALSE(sim::names_sim("simulator"));
  EXPECT_FALSE(sim::names_sim(""));
  EXPECT_FALSE(sim::names_sim("0"));
}

std::vector<core::Found> three_cards() {
  std::vector<core::Found> cards;
  cards.push_back({"/dev/accel/accel1", "0000:01:00.0", "S4-A", nullptr, {}});
  cards.push_back({"/dev/accel/accel0", "0000:02:00.0", "S4-B", nullptr, {}});
  cards.push_back({"/dev/accel/accel2", "0000:03:00.0", "S4-C", nullptr, {}});
  return cards;
}

std::string serials(const Result<std::vector<core::Found>>& cards) {
  if (!cards)
    return cards.error().message;
  std::string out;
  for (const core::Found& card : *cards)
    out += card.serial + " ";
  return out;
}

TEST(VisibleDevices, ChoosesAndOrders) {
  EXPECT_EQ(serials(core::select_visible(three_cards(), nullptr)), "S4-A S4-B S4-C ");
  EXPECT_EQ(serials(core::select_visible(three_cards(), "1")), "S4-B ");
  EXPECT_EQ(serials(core::select_visible(three_cards(), "2,0")), "S4-C S4-A ");
  EXPECT_EQ(serials(core::select_visible(three_cards(), "S4-C,0000:02:00.0")), "S4-C S4-B ");
  EXPECT_EQ(serials(core::select_visible(three_cards(), "/dev/accel/accel0")), "S4-B ");
}

TEST(VisibleDevices, ErrorsSayWhatThereIs) {
  EXPECT_THAT(serials(core::select_visible(three_cards(), "S4-X")),
              testing::AllOf(HasSubstr("\"S4-X\""), HasSubstr("1 = 0000:02:00.0 = S4-B")));
  EXPECT_THAT(serials(core::select_visible(three_cards(), "7")), HasSubstr("\"7\""));
  EXPECT_THAT(serials(core::select_visible(three_cards(), "0,S4-A")), HasSubstr("twice"));
  EXPECT_THAT(serials(core::select_visible(three_cards(), "")), HasSubstr("hides all"));
}

TEST(VisibleDevices, AreWhatAnIndexCounts) {
  const auto cards = core::select_visible(three_cards(), "2,0").value();
  EXPECT_EQ(core::select_named(cards, "0").value(), 0u);
  EXPECT_EQ(core::select_named(cards, "S4-A").value(), 1u);
  EXPECT_THAT(core::select_named(cards, "S4-B").error().message,
              testing::AllOf(HasSubstr("no visible card"), HasSubstr("S4_DEVICE=sim")));
}

TEST(Discovery, FindsTheDriversNodesInBusOrder) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(testing::TempDir()) / "s4-sysfs";
  fs::remove_all(root);
  const auto add = [&](const char* accel, const char* bus, const char* driver) {
    const fs::path device = root / "devices" / bus;
    fs::create_directories(device);
    fs::create_directories(root / "drivers" / driver);
    fs::create_directory_symlink(root / "drivers" / driver, device / "driver");
    fs::create_directories(root / "class/accel" / accel);
    fs::create_directory_symlink(device, root / "class/accel" / accel / "device");
  };
  EXPECT_TRUE(transport::find_drm_cards(root.string()).empty());
  add("accel0", "0000:05:00.0", "s4");
  add("accel1", "0000:02:00.0", "s4");
  add("accel2", "0000:01:00.0", "habanalabs");
  const auto cards = transport::find_drm_cards(root.string());
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0].node, "/dev/accel/accel1");
  EXPECT_EQ(cards[0].bus_id, "0000:02:00.0");
  EXPECT_EQ(cards[1].node, "/dev/accel/accel0");
  EXPECT_EQ(transport::bus_id_of("/dev/accel/accel0", root.string()), "0000:05:00.0");
  fs::remove_all(root);
}

}  // namespace
}  // namespace s4
