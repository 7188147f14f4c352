// SPDX-License-Identifier: MIT
// Whatever a guest writes, and everything at once.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "image.hpp"
#include "machine.hpp"
#include "monitor.hpp"
#include "page_tables.hpp"
#include "seed.hpp"

namespace s4::test {
namespace {

using card::Fault;
using card::MemoryPort;
using card::Scope;

// A random offset, mostly of something that exists.
uint32_t random_offset(std::mt19937_64& random) {
  static constexpr uint32_t kRanges[][2] = {
      {0, 0x140},
      {0x200, 0x400},
      {S4_REG_SPACE(0), S4_REG_SPACE(4)},
      {S4_REG_PROGRESS(0), S4_REG_PROGRESS(4)},
      {S4_REG_DOORBELL(0), S4_REG_DOORBELL(S4_NUM_QUEUES)},
      {0, S4_BAR_REGS_SIZE + 16},
  };
  const auto& range = kRanges[random() % std::size(kRanges)];
  return range[0] + static_cast<uint32_t>(random() % (range[1] - range[0]));
}

uint64_t random_value(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0:
      return random() % 16;
    case 1:
      return ~(random() % 16);
    case 2:
      return 1ULL << random() % 64;
    case 3:
      return Machine::kHostBase + random() % Machine::kHostBytes;
    default:
      return random();
  }
}

TEST(Stress, AnyWritesLeaveACardThatResetsAndBoots) {
  std::mt19937_64 random(test_seed());
  for (int round = 0; round < 20; ++round) {
    Machine machine({.dram_bytes = 16 << 20});
    if (round % 2 == 0) {
      boot_monitor(machine);
    }
    for (int i = 0; i < 2000; ++i) {
      uint32_t offset = random_offset(random);
      const unsigned size = 1u << random() % 4;
      if (random() % 8 != 0) {
        offset &= ~3u;
      }
      if (random() % 3 == 0) {
        s4_card_mmio_read(machine.card(), offset, size);
      } else {
        s4_card_mmio_write(machine.card(), offset, random_value(random), size);
      }
      if (i % 500 == 0) {
        s4_card_set_bus_master(machine.card(), static_cast<int>(random() % 2));
      }
    }
    // A bus reset brings it back from everything, the dropped link included.
    s4_card_reset(machine.card(), S4_CARD_RESET_BUS);
    machine.wait_boot_state(S4_BOOT_WAITING);
    boot_monitor(machine);
    EXPECT_EQ(Monitor(machine).peek(S4_MCU_INTC + 4), static_cast<uint32_t>(S4_INTC_MAILBOX));
  }
}

TEST(Stress, AnyStoresOfTheFirmwareLeaveACardThatResetsAndBoots) {
  std::mt19937_64 random(test_seed());
  static constexpr uint32_t kBlocks[] = {
      S4_MCU_SYS,         S4_MCU_INTC,      S4_MCU_DOORBELL,        S4_MCU_MBOX,
      S4_MCU_PORT,        S4_MCU_DISPATCH,  S4_MCU_PROGRESS,        S4_MCU_SENSORS,
      S4_MCU_MTIMECMP_LO, S4_MCU_TELEMETRY, S4_MCU_DISPATCH + 0x100};
  Machine machine({.dram_bytes = 16 << 20});
  for (int round = 0; round < 40; ++round) {
    boot_monitor(machine);
    Monitor monitor(machine);
    for (int i = 0; i < 60; ++i) {
      // The monitor may shoot itself: then it does not answer, or crashes.
      const uint32_t block = kBlocks[random() % std::size(kBlocks)];
      const auto address = block + static_cast<uint32_t>(random() % 0x40) * 4;
      uint32_t value = static_cast<uint32_t>(random_value(random));
      if (random() % 4 == 0) {
        value = S4_MCU_RAM + static_cast<uint32_t>(random() % S4_MCU_RAM_BYTES);
      }
      const auto request = random() % 4 == 0 ? Monitor::Request::kPeek : Monitor::Request::kPoke;
      const uint32_t number = static_cast<uint32_t>(i) + 1;
      machine.wr(S4_REG_MBOX_REQUEST, static_cast<uint32_t>(request));
      machine.wr(S4_REG_MBOX_REQUEST + 4, address);
      machine.wr(S4_REG_MBOX_REQUEST + 8, value);
      machine.wr(S4_REG_MBOX_SEND, number);
      for (int wait = 0; wait < 50 && machine.rd(S4_REG_MBOX_DONE) != number; ++wait) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
      if (machine.rd(S4_REG_MBOX_DONE) != number) {
        break;
      }
    }
    machine.wr(S4_REG_RESET, S4_RESET_KEY);
    machine.wait_boot_state(S4_BOOT_WAITING);
  }
}

TEST(Stress, RandomPageTablesReachNothingOutside) {
  std::mt19937_64 random(test_seed());
  Machine machine({.dram_bytes = 16 << 20});
  boot_monitor(machine);
  Monitor monitor(machine);
  constexpr uint64_t kTables = 64;
  const uint64_t tables = machine.alloc(kTables * 4096);
  for (unsigned space = 0; space < 4; ++space) {
    machine.wr64(S4_REG_SPACE(space) + S4_SPACE_ROOT_LO, tables + space * 4096);
    machine.wr(S4_REG_SPACE(space) + S4_SPACE_CTRL, S4_SPACE_ENABLE);
  }
  const auto fill = [&] {
    for (uint64_t i = 0; i < kTables * 512; ++i) {
      uint64_t entry = random() & (S4_PTE_VALID | S4_PTE_WRITE | S4_PTE_HOST | S4_PTE_LARGE);
      switch (random() % 4) {
        case 0:
          entry |= (tables + random() % kTables * 4096) & S4_PTE_ADDR;
          entry &= ~uint64_t{S4_PTE_WRITE | S4_PTE_HOST | S4_PTE_LARGE};
          break;
        case 1:
          entry |= random() & S4_PTE_ADDR;
          break;
        case 2:
          entry |= random() % (32 << 20) & S4_PTE_ADDR;
          break;
        default:
          entry |= random() % (32 << 20) & ~(S4_LARGE_SIZE - 1) & S4_PTE_ADDR;
      }
      __atomic_store_n(&machine.host64(tables + 8 * i), entry, __ATOMIC_RELAXED);
    }
  };
  std::atomic<uint64_t> ok{0}, faults{0};
  const uint64_t seed = random();
  const Monitor::Work work = [&](const s4_dispatch& dispatch, MemoryPort& port) {
    std::mt19937_64 mine(seed + dispatch.space);
    std::vector<std::byte> data(40000);
    for (int i = 0; i < 3000; ++i) {
      Scope scope(port);
      if (!scope) {
        return Fault{.status = S4_E_CANCELLED};
      }
      const uint64_t va = mine() >> 16;
      const size_t bytes = mine() % data.size();
      Fault fault;
      if (mine() % 4 == 0) {
        // In place: touches the ends, which must be the card's memory.
        if (std::byte* at = scope->view_write(va, bytes + 1)) {
          at[0] = at[bytes];
        }
      } else if (mine() % 2 == 0) {
        fault = scope->read(va, data.data(), bytes);
      } else {
        fault = scope->write(va, data.data(), bytes);
      }
      (fault ? faults : ok).fetch_add(1);
    }
    return Fault{};
  };
  for (int round = 0; round < 5; ++round) {
    fill();
    for (unsigned space = 0; space < 4; ++space) {
      monitor.start(space, Monitor::dispatch_of(work, space));
    }
    for (int i = 0; i < 20; ++i) {
      machine.wr(S4_REG_SPACE(random() % 4) + S4_SPACE_INVAL_REQUEST, 1);
      fill();
    }
    for (unsigned space = 0; space < 4; ++space) {
      monitor.wait_done(space);
      monitor.acknowledge(space);
    }
  }
  EXPECT_GT(ok.load(), 0u);
  EXPECT_GT(faults.load(), 0u);
}

TEST(Stress, ResetsStopsAndWorkFromManyThreads) {
  Machine machine({.dram_bytes = 16 << 20});
  std::atomic<bool> end{false};
  const Monitor::Work work = [](const s4_dispatch&, MemoryPort& port) {
    for (int i = 0; i < 50; ++i) {
      Scope scope(port);
      if (!scope) {
        return Fault{.status = S4_E_CANCELLED};
      }
      char data[5000];
      if (Fault fault = scope->read(0x40000000, data, sizeof data)) {
        return fault;
      }
      port.retire(1);
    }
    return Fault{};
  };
  // Whoever boots writes what a command list would be into the MCU's RAM, blindly.
  std::thread user([&] {
    const auto dispatch = Monitor::dispatch_of(work, 1);
    PageTables tables(machine);
    tables.map_host(0x40000000, machine.alloc(4 * 4096), 4 * 4096);
    const std::vector<uint8_t> image = Image().sign();
    const uint64_t at = machine.alloc(image.size());
    std::memcpy(machine.host(at), image.data(), image.size());
    uint32_t words[sizeof dispatch / 4];
    std::memcpy(words, &dispatch, sizeof dispatch);
    uint32_t number = 0;
    while (!end) {
      s4_card_set_bus_master(machine.card(), 1);
      machine.wr64(S4_REG_FW_ADDR_LO, at);
      machine.wr(S4_REG_FW_SIZE, static_cast<uint32_t>(image.size()));
      machine.wr(S4_REG_BOOT_CTRL, S4_BOOT_START);
      tables.enable(1);
      for (int i = 0; i < 200 && machine.boot_state() != S4_BOOT_RUNNING; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
      const auto poke = [&](uint32_t address, std::span<const uint32_t> values) {
        machine.wr(S4_REG_MBOX_REQUEST, static_cast<uint32_t>(Monitor::Request::kWrite));
        machine.wr(S4_REG_MBOX_REQUEST + 4, address);
        machine.wr(S4_REG_MBOX_REQUEST + 8, static_cast<uint32_t>(values.size()));
        for (size_t i = 0; i < values.size(); ++i) {
          machine.wr(S4_REG_MBOX_REQUEST + 12 + 4 * i, values[i]);
        }
        machine.wr(S4_REG_MBOX_SEND, ++number);
        for (int i = 0; i < 200 && machine.rd(S4_REG_MBOX_DONE) != number; ++i) {
          std::this_thread::yield();
        }
      };
      for (size_t i = 0; i < std::size(words); i += 12) {
        poke(Monitor::kRam + 4 * i,
             std::span(words).subspan(i, std::min<size_t>(12, std::size(words) - i)));
      }
      const uint32_t start[] = {Monitor::kRam};
      for (unsigned unit = 0; unit < 12; ++unit) {
        poke(S4_MCU_DISPATCH + S4_DISPATCH_UNIT(unit), start);
      }
      tables.request_invalidation(1);
    }
  });
  std::thread resetter([&] {
    std::mt19937 random(7);
    while (!end) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
      s4_card_reset(machine.card(), static_cast<enum s4_card_reset>(random() % 3));
    }
  });
  std::thread stopper([&] {
    std::mt19937 random(8);
    while (!end) {
      s4_card_stop(machine.card());
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));
      s4_card_continue(machine.card());
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
    }
  });
  std::thread reader([&] {
    while (!end) {
      for (uint32_t offset = 0; offset < S4_BAR_REGS_SIZE; offset += 52) {
        machine.rd(offset & ~3u);
      }
    }
  });
  std::this_thread::sleep_for(std::chrono::seconds(2));
  end = true;
  for (std::thread* thread : {&user, &resetter, &stopper, &reader}) {
    thread->join();
  }
  s4_card_reset(machine.card(), S4_CARD_RESET_BUS);
  machine.wait_boot_state(S4_BOOT_WAITING);
  boot_monitor(machine);
}

TEST(Stress, TwoCardsShareNothing) {
  Machine first({.dram_bytes = 16 << 20, .serial = "FIRST"});
  Machine second({.dram_bytes = 16 << 20, .serial = "SECOND"});
  boot_monitor(first);
  boot_monitor(second);
  Monitor one(first), two(second);
  one.poke(Monitor::kRam, 1);
  two.poke(Monitor::kRam, 2);
  first.dram()[0] = 1;
  PageTables tables(first);
  tables.enable(0);
  std::atomic<bool> holds{false}, let_go{false};
  const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    scope->write(S4_SRAM_VA, "x", 1);
    port.retire(5);
    holds = true;
    while (!let_go) {
      std::this_thread::yield();
    }
    return Fault{};
  };
  one.start(0, Monitor::dispatch_of(work, 0, 1));
  first.wait_for([&] { return holds.load(); }, "the scope");
  // The other one is untouched by all of it, and by a reset that does not end.
  first.wr(S4_REG_RESET, S4_RESET_KEY);
  EXPECT_EQ(first.boot_state(), S4_BOOT_RESETTING);
  EXPECT_EQ(second.boot_state(), S4_BOOT_RUNNING);
  EXPECT_EQ(two.peek(Monitor::kRam), 2u);
  EXPECT_EQ(second.dram()[0], 0);
  EXPECT_EQ(second.rd(S4_REG_RESET_COUNT), 0u);
  EXPECT_EQ(second.rd64(S4_REG_PROGRESS(1)), 0u);
  EXPECT_EQ(two.peek(S4_MCU_SYS + S4_SYS_SPACES_LO), 0u);
  PageTables other(second);
  other.enable(0);
  other.invalidate(0);
  uint8_t seen = 1;
  const Monitor::Work look = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    return scope->read(S4_SRAM_VA, &seen, 1);
  };
  EXPECT_EQ(two.run(look), static_cast<uint32_t>(S4_OK));
  EXPECT_EQ(seen, 0);
  let_go = true;
  first.wait_boot_state(S4_BOOT_WAITING);
}

}  // namespace
}  // namespace s4::test
