// SPDX-License-Identifier: MIT
// Taking memory away from work in progress: invalidation, reset, stop, bus mastering, shutdown.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "machine.hpp"
#include "monitor.hpp"
#include "page_tables.hpp"

namespace s4::test {
namespace {

using card::Fault;
using card::MemoryPort;
using card::Scope;

constexpr uint64_t kVa = 0x40000000;
constexpr unsigned kSpace = 1;

void pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

class Revoke : public testing::Test {
 protected:
  Revoke() : monitor(machine), tables(machine), page(machine.alloc(64 * 4096)) {
    tables.enable(kSpace);
    tables.map_host(kVa, page, 64 * 4096, S4_PTE_WRITE);
  }
  // Reads (or copies both ways) for as long as it may; one scope a round.
  Monitor::Work endless() {
    return [this](const s4_dispatch&, MemoryPort& port) {
      std::vector<char> data(64 * 4096);
      for (;;) {
        Scope scope(port);
        if (!scope) {
          return Fault{.status = S4_E_CANCELLED};
        }
        Fault fault = scope->read(kVa, data.data(), data.size());
        if (!fault) {
          fault = scope->write(kVa, data.data(), data.size());
        }
        if (fault) {
          return fault;
        }
        rounds.fetch_add(1);
      }
    };
  }
  void start_endless(const Monitor::Work& work, unsigned unit = 0) {
    const unsigned before = rounds.load();
    monitor.start(unit, Monitor::dispatch_of(work, kSpace, 5));
    machine.wait_for([&] { return rounds.load() > before + 3; }, "the command");
  }
  struct Booted : Machine {
    Booted() { boot_monitor(*this); }
  };
  std::atomic<unsigned> rounds{0};
  Booted machine;
  Monitor monitor;
  PageTables tables;
  uint64_t page;
};

// A command that holds a scope until it is told to let go.
struct Holder {
  std::atomic<bool> holds{false}, let_go{false};
  Monitor::Work work = [this](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    char x;
    const Fault fault = scope->read(kVa, &x, 1);
    holds = true;
    while (!let_go) {
      std::this_thread::yield();
    }
    return fault;
  };
};

TEST_F(Revoke, InvalidationWaitsForTheScopesOfItsSpaceOnly) {
  Holder holder;
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_INVALIDATED);
  monitor.start(0, Monitor::dispatch_of(holder.work, kSpace));
  machine.wait_for([&] { return holder.holds.load(); }, "the scope");
  tables.invalidate(kSpace + 1);
  tables.request_invalidation(kSpace);
  pause();
  EXPECT_FALSE(tables.invalidated(kSpace));
  // A scope that began later has nothing to do with it.
  const Monitor::Work other = [](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    char x;
    return scope->read(kVa, &x, 1);
  };
  EXPECT_EQ(monitor.run(other, kSpace, 0, 1), static_cast<uint32_t>(S4_OK));
  EXPECT_FALSE(tables.invalidated(kSpace));
  const unsigned interrupts = machine.interrupts(S4_VECTOR_CONTROL);
  holder.let_go = true;
  machine.wait_for([&] { return tables.invalidated(kSpace); }, "the invalidation");
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) > interrupts; },
                   "its interrupt");
}

TEST_F(Revoke, UnitsOfAGroupAreDoneTogether) {
  Holder holder;
  const Monitor::Work quick = [](const s4_dispatch&, MemoryPort&) { return Fault{}; };
  const auto start = [&](unsigned unit, const Monitor::Work& work, uint32_t group) {
    s4_dispatch dispatch = Monitor::dispatch_of(work, kSpace);
    dispatch.group = group;
    monitor.start(unit, dispatch);
  };
  start(0, quick, 0b111);
  start(1, holder.work, 0b111);
  machine.wait_for([&] { return holder.holds.load(); }, "the scope");
  EXPECT_EQ(monitor.run(quick, kSpace, 0, 3), static_cast<uint32_t>(S4_OK));  // a group of its own
  pause();
  EXPECT_FALSE(monitor.done(0));
  holder.let_go = true;
  pause();
  EXPECT_FALSE(monitor.done(0));  // unit 2 has not even begun
  start(2, quick, 0b111);
  monitor.wait_done(2);
  EXPECT_TRUE(monitor.done(0));
  EXPECT_TRUE(monitor.done(1));
  // The next round begins anew.
  for (unsigned unit = 0; unit < 3; ++unit) {
    monitor.acknowledge(unit);
  }
  EXPECT_EQ(monitor.run(quick, kSpace, 0, 0), static_cast<uint32_t>(S4_OK));
  EXPECT_FALSE(monitor.done(1));
}

TEST_F(Revoke, TheLastOfSeveralInvalidationsIsTold) {
  Holder holder;
  monitor.start(0, Monitor::dispatch_of(holder.work, kSpace));
  machine.wait_for([&] { return holder.holds.load(); }, "the scope");
  for (int i = 0; i < 5; ++i) {
    tables.request_invalidation(kSpace);
  }
  EXPECT_FALSE(tables.invalidated(kSpace));
  holder.let_go = true;
  machine.wait_for([&] { return tables.invalidated(kSpace); }, "the invalidations");
}

TEST_F(Revoke, NoAccessUnderAnOldTranslationOnceInvalidated) {
  // Two pages take turns behind one address; the one that is not mapped must never be read or
  // written after its invalidation has ended.
  const uint64_t pages[3] = {machine.alloc(4096), machine.alloc(4096), 0};
  constexpr uint64_t kFlip = kVa + (8 << 20);
  tables.map_host(kFlip, pages[0], 4096, S4_PTE_WRITE);
  std::atomic<int> forbidden{1};
  std::atomic<unsigned> wrong{0}, good{0};
  machine.on_access = [&](uint64_t addr, size_t, bool) {
    if ((addr & ~uint64_t{4095}) == pages[forbidden.load()]) {
      wrong.fetch_add(1);
    }
    return 0;
  };
  std::atomic<bool> stop{false};
  const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
    while (!stop) {
      Scope scope(port);
      uint64_t x = 0;
      if (!scope || scope->read(kFlip, &x, 8) || scope->write(kFlip, &x, 8)) {
        return Fault{.status = S4_E_INTERNAL};
      }
      good.fetch_add(1);
    }
    return Fault{};
  };
  monitor.start(0, Monitor::dispatch_of(work, kSpace));
  monitor.start(1, Monitor::dispatch_of(work, kSpace));
  for (int i = 0; i < 300; ++i) {
    const int next = i % 2 == 0 ? 1 : 0;
    forbidden = 2;  // none: both are allowed while it changes
    __atomic_store_n(&tables.entry(kFlip, 0),
                     pages[next] | S4_PTE_VALID | S4_PTE_HOST | S4_PTE_WRITE, __ATOMIC_RELAXED);
    tables.invalidate(kSpace);
    forbidden = 1 - next;
    const unsigned seen = good.load();
    machine.wait_for([&] { return good.load() > seen; }, "an access");
  }
  stop = true;
  monitor.wait_done(0);
  monitor.wait_done(1);
  EXPECT_EQ(wrong.load(), 0u);
  EXPECT_EQ(monitor.unit_reg(0, S4_UNIT_STATUS), static_cast<uint32_t>(S4_OK));
  machine.on_access = nullptr;
}

TEST_F(Revoke, ResetCutsOffWorkInProgress) {
  const Monitor::Work work = endless();
  for (const int kind :
       {int{S4_CARD_RESET_BUS}, int{S4_CARD_RESET_FUNCTION}, int{S4_CARD_RESET_D3}, -1}) {
    start_endless(work, 0);
    start_endless(work, 7);
    const uint32_t count = machine.rd(S4_REG_RESET_COUNT);
    if (kind < 0) {
      machine.wr(S4_REG_RESET, S4_RESET_KEY);
    } else {
      s4_card_reset(machine.card(), static_cast<enum s4_card_reset>(kind));
    }
    const unsigned accesses = machine.accesses();
    EXPECT_EQ(machine.rd(S4_REG_RESET_COUNT), count + 1);
    machine.wait_boot_state(S4_BOOT_WAITING);
    pause();
    EXPECT_EQ(machine.accesses(), accesses) << "after the reset returned";
    EXPECT_EQ(machine.rd(S4_REG_IRQ_STATUS), static_cast<uint32_t>(S4_IRQ_RESET_DONE));
    EXPECT_EQ(machine.rd64(S4_REG_PROGRESS(5)), 0u);
    EXPECT_EQ(machine.rd(S4_REG_SPACE(kSpace) + S4_SPACE_CTRL), 0u);
    // Only a reset by register leaves bus mastering on.
    machine.start_boot(std::vector<uint8_t>(4096));
    machine.wait_boot_state(S4_BOOT_FAILED);
    EXPECT_EQ(machine.boot_error(), kind < 0 ? S4_BOOT_E_MAGIC : S4_BOOT_E_DMA);
    boot_monitor(machine);
    tables.enable(kSpace);
  }
}

// A holder whose copies wait for what the caller into the card holds, as behind an IOMMU.
TEST_F(Revoke, WhateverWaitsForCopiesCutsThemFirst) {
  const Monitor::Work work = endless();
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"reset by register", [&] { machine.wr(S4_REG_RESET, S4_RESET_KEY); }},
      {"function reset", [&] { s4_card_reset(machine.card(), S4_CARD_RESET_FUNCTION); }},
      {"bus mastering off", [&] { s4_card_set_bus_master(machine.card(), 0); }},
      {"stop", [&] { s4_card_stop(machine.card()); }},
      {"link drop", [&] { s4_card_inject(machine.card(), S4_INJECT_LINK_DROP, 0); }},
      {"shutdown", [&] { s4_card_shutdown(machine.card()); }}};
  std::atomic<bool> blocks{false};
  std::atomic<unsigned> waiting{0};
  machine.on_access = [&](uint64_t, size_t, bool) {
    if (!blocks) {
      return 0;
    }
    waiting.fetch_add(1);
    while (!machine.cut()) {
      std::this_thread::yield();
    }
    return 1;
  };
  for (const auto& [name, call] : calls) {
    SCOPED_TRACE(name);
    start_endless(work);
    waiting = 0;
    blocks = true;
    machine.wait_for([&] { return waiting.load() != 0; }, "an access that waits");
    call();  // without a cut it never returns
    blocks = false;
    EXPECT_FALSE(machine.cut());
    if (std::string_view(name) != "shutdown") {
      s4_card_continue(machine.card());
      s4_card_reset(machine.card(), S4_CARD_RESET_BUS);
      machine.wait_boot_state(S4_BOOT_WAITING);
      boot_monitor(machine);
      tables.enable(kSpace);
    }
  }
  machine.destroy_card();
}

TEST_F(Revoke, ResetDrainsUntilTheLastScopeEnds) {
  Holder holder;
  monitor.start(0, Monitor::dispatch_of(holder.work, kSpace));
  machine.wait_for([&] { return holder.holds.load(); }, "the scope");
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_RESET_DONE);
  pause();
  EXPECT_EQ(machine.boot_state(), S4_BOOT_RESETTING);
  // Nothing else may be written meanwhile.
  const unsigned errors = machine.guest_errors();
  machine.wr(S4_REG_FW_SIZE, 77);
  machine.wr(S4_REG_SPACE(0) + S4_SPACE_CTRL, 1);
  machine.wr(S4_REG_BOOT_CTRL, S4_BOOT_START);
  EXPECT_EQ(machine.guest_errors(), errors + 3);
  EXPECT_EQ(machine.rd(S4_REG_FW_SIZE), 0u);
  // A second reset on top changes nothing.
  s4_card_reset(machine.card(), S4_CARD_RESET_FUNCTION);
  s4_card_set_bus_master(machine.card(), 1);
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_RESET_DONE);
  EXPECT_EQ(machine.boot_state(), S4_BOOT_RESETTING);
  EXPECT_EQ(machine.rd(S4_REG_RESET_COUNT), 2u);
  holder.let_go = true;
  machine.wait_boot_state(S4_BOOT_WAITING);
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) == 1; }, "the interrupt");
}

TEST_F(Revoke, ResetForgetsTheFirmwaresState) {
  monitor.poke(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_LO, 1);
  monitor.poke(S4_MCU_TELEMETRY, 0x55);
  monitor.poke(S4_MCU_FW_LOG, 0x55);
  monitor.poke(S4_MCU_SYS + S4_SYS_WATCHDOG, 0);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
  machine.wr(S4_REG_DOORBELL(0), 1);
  EXPECT_EQ(machine.rd(S4_REG_BAD_DOORBELLS), 1u);
  for (const uint32_t offset :
       {S4_REG_TELEMETRY, S4_REG_FW_LOG, S4_REG_HEARTBEAT, S4_REG_FW_VERSION, S4_REG_MBOX_DONE,
        S4_REG_MBOX_REQUEST, S4_REG_MBOX_RESPONSE + 4}) {
    EXPECT_EQ(machine.rd(offset), 0u) << std::hex << offset;
  }
  EXPECT_EQ(machine.rd(S4_REG_MCU_STATE), S4_MCU_HELD);
}

TEST_F(Revoke, CardMemorySurvivesResets) {
  std::memset(machine.dram(), 0x42, 1 << 20);
  for (const auto kind : {S4_CARD_RESET_BUS, S4_CARD_RESET_FUNCTION, S4_CARD_RESET_D3}) {
    s4_card_reset(machine.card(), kind);
    machine.wait_boot_state(S4_BOOT_WAITING);
    EXPECT_EQ(machine.dram()[0], 0x42);
    EXPECT_EQ(machine.dram()[(1 << 20) - 1], 0x42);
  }
}

TEST_F(Revoke, OnChipMemoryDoesNotSurviveAReset) {
  const Monitor::Work mark = [](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    return scope->write(S4_SRAM_VA, "secret", 6);
  };
  EXPECT_EQ(monitor.run(mark), static_cast<uint32_t>(S4_OK));
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wait_boot_state(S4_BOOT_WAITING);
  boot_monitor(machine);
  char seen[6] = "?????";
  const Monitor::Work look = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    return scope->read(S4_SRAM_VA, seen, 6);
  };
  EXPECT_EQ(monitor.run(look), static_cast<uint32_t>(S4_OK));
  EXPECT_EQ(std::memcmp(seen, "\0\0\0\0\0\0", 6), 0);
}

TEST_F(Revoke, StopFreezesAndContinueLosesNothing) {
  const Monitor::Work work = endless();
  start_endless(work);
  monitor.poke(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_LO, 1);
  s4_card_stop(machine.card());
  const unsigned accesses = machine.accesses();
  const unsigned interrupts = machine.all_interrupts();
  machine.wr(S4_REG_IRQ_ENABLE, ~0u);  // BOOT is pending
  monitor.send(Monitor::Request::kPoke, {S4_MCU_SYS + S4_SYS_VECTOR, 9});
  pause();
  EXPECT_EQ(machine.accesses(), accesses);
  EXPECT_EQ(machine.all_interrupts(), interrupts);
  EXPECT_EQ(machine.rd(S4_REG_MBOX_RESPONSE), 0u);
  EXPECT_FALSE(machine.interrupts(9));
  const unsigned before = rounds.load();
  s4_card_continue(machine.card());
  machine.wait_for([&] { return machine.interrupts(9) == 1; }, "the firmware");
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) >= 1; }, "the interrupt");
  machine.wait_for([&] { return rounds.load() > before + 3; }, "the command");
  monitor.poke(S4_MCU_DISPATCH + S4_DISPATCH_CANCEL, 1);
  monitor.wait_done(0);
}

TEST_F(Revoke, ResetWhileStoppedEndsWhatWaits) {
  const Monitor::Work work = endless();
  start_endless(work);
  s4_card_stop(machine.card());
  pause();  // let it run into the wall
  s4_card_reset(machine.card(), S4_CARD_RESET_BUS);
  machine.wait_boot_state(S4_BOOT_WAITING);
  s4_card_continue(machine.card());
  boot_monitor(machine);
}

TEST_F(Revoke, BusMasterOffFailsAccessesAndHoldsInterrupts) {
  const Monitor::Work work = endless();
  start_endless(work);
  machine.wr(S4_REG_IRQ_ENABLE, ~0u);
  s4_card_set_bus_master(machine.card(), 0);
  const unsigned accesses = machine.accesses();
  const unsigned interrupts = machine.all_interrupts();
  monitor.wait_done(0);
  EXPECT_EQ(monitor.unit_reg(0, S4_UNIT_STATUS), static_cast<uint32_t>(S4_E_DMA));
  monitor.acknowledge(0);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, page, Monitor::kRam, 4), S4_E_DMA);
  monitor.poke(S4_MCU_SYS + S4_SYS_VECTOR, 3);
  EXPECT_EQ(machine.accesses(), accesses);
  EXPECT_EQ(machine.all_interrupts(), interrupts);
  s4_card_set_bus_master(machine.card(), 1);
  EXPECT_EQ(machine.interrupts(3), 1u);
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, page, Monitor::kRam, 4), S4_OK);
}

TEST_F(Revoke, CardMemoryWorksWithoutBusMastering) {
  tables.map_large(kVa + (16 << 20), 0, S4_PTE_WRITE);
  const Monitor::Work touch = [](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    return scope->write(kVa + (16 << 20), "x", 1);
  };
  EXPECT_EQ(monitor.run(touch, kSpace), static_cast<uint32_t>(S4_OK));  // fills the TLB
  s4_card_set_bus_master(machine.card(), 0);
  EXPECT_EQ(monitor.run(touch, kSpace), static_cast<uint32_t>(S4_OK));
  tables.invalidate(kSpace);
  EXPECT_EQ(monitor.run(touch, kSpace), static_cast<uint32_t>(S4_E_DMA)) << "tables are the host's";
}

TEST_F(Revoke, RevokingWaitsForOneBoundedAccess) {
  // An access that is inside the host when the reset comes: the reset returns after it.
  std::atomic<bool> inside{false}, leave{false};
  std::atomic<bool> left{false};
  machine.on_access = [&](uint64_t addr, size_t, bool) {
    if (addr == page && !leave.load()) {
      inside = true;
      while (!leave) {
        std::this_thread::yield();
      }
      left = true;
    }
    return 0;
  };
  const Monitor::Work work = endless();
  monitor.start(0, Monitor::dispatch_of(work, kSpace));
  machine.wait_for([&] { return inside.load(); }, "the access");
  std::thread resetter([&] {
    s4_card_reset(machine.card(), S4_CARD_RESET_FUNCTION);
    EXPECT_TRUE(left.load());
  });
  pause();
  leave = true;
  resetter.join();
  machine.wait_boot_state(S4_BOOT_WAITING);
  machine.on_access = nullptr;
}

TEST_F(Revoke, AnInterruptedAccessIsTriedAgain) {
  std::atomic<int> left{50};
  machine.on_access = [&](uint64_t, size_t, bool) { return left.fetch_sub(1) > 0 ? 1 : 0; };
  EXPECT_EQ(monitor.transfer(S4_ACCESS_READ, page, Monitor::kRam, 4), S4_OK);
  EXPECT_LE(left.load(), 0);
  machine.on_access = nullptr;
}

TEST_F(Revoke, AnAccessThatIsInterruptedForEverEndsByAReset) {
  machine.on_access = [&](uint64_t addr, size_t, bool) { return addr == page ? 1 : 0; };
  const Monitor::Work work = endless();
  monitor.start(0, Monitor::dispatch_of(work, kSpace));
  pause();
  s4_card_reset(machine.card(), S4_CARD_RESET_BUS);
  machine.wait_boot_state(S4_BOOT_WAITING);
  machine.on_access = nullptr;
}

TEST_F(Revoke, NoCallbackAfterShutdown) {
  const Monitor::Work work = endless();
  start_endless(work, 0);
  start_endless(work, 1);
  machine.wr(S4_REG_IRQ_ENABLE, ~0u);
  s4_card_shutdown(machine.card());
  const unsigned accesses = machine.accesses();
  const unsigned interrupts = machine.all_interrupts();
  const unsigned errors = machine.guest_errors();
  const unsigned cuts = machine.cut_calls();
  // It still may be called, and does nothing to its holder.
  machine.rd(0x20);
  machine.rd(0xffc);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  machine.wr(S4_REG_BOOT_CTRL, S4_BOOT_START);
  machine.wr(S4_REG_DOORBELL(1), 1);
  s4_card_inject(machine.card(), S4_INJECT_ECC_CORRECTED, 1);
  s4_card_continue(machine.card());
  s4_card_set_bus_master(machine.card(), 1);
  s4_card_reset(machine.card(), S4_CARD_RESET_BUS);
  s4_card_shutdown(machine.card());
  pause();
  EXPECT_EQ(machine.cut_calls(), cuts);
  EXPECT_EQ(machine.accesses(), accesses);
  EXPECT_EQ(machine.all_interrupts(), interrupts);
  EXPECT_EQ(machine.guest_errors(), errors);
  EXPECT_EQ(machine.errors(S4_CARD_ERROR_CORRECTABLE), 0u);
  machine.destroy_card();
  EXPECT_EQ(machine.threads(), 0u);
}

TEST_F(Revoke, DestroyingABusyCardEnds) {
  const Monitor::Work work = endless();
  start_endless(work, 0);
  start_endless(work, 1);
  s4_card_stop(machine.card());
  machine.destroy_card();
  EXPECT_EQ(machine.threads(), 0u);
}

}  // namespace
}  // namespace s4::test
