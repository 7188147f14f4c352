// SPDX-License-Identifier: MIT
// Address translation: what is reached, what faults and how.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "machine.hpp"
#include "monitor.hpp"
#include "page_tables.hpp"

namespace s4::test {
namespace {

using card::Fault;
using card::MemoryPort;
using card::Scope;

constexpr uint64_t kVa = 0x123440000000;
constexpr unsigned kSpace = 11;

class Mmu : public testing::Test {
 protected:
  Mmu() : monitor(machine), tables(machine) { tables.enable(kSpace); }

  // What a unit's read or write of `bytes` bytes ends with.
  Fault access(uint64_t va, s4_access kind, size_t bytes = 8) {
    Fault fault;
    const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
      Scope scope(port);
      std::vector<std::byte> data(bytes, std::byte{0x77});
      fault = kind == S4_ACCESS_READ ? scope->read(va, data.data(), bytes)
                                     : scope->write(va, data.data(), bytes);
      read_data = data;
      return fault;
    };
    const uint32_t status = monitor.run(work, kSpace);
    EXPECT_EQ(status, static_cast<uint32_t>(fault.status));
    return fault;
  }
  void expect(uint64_t va, s4_access kind, s4_status status, s4_access as, size_t bytes = 8) {
    const Fault fault = access(va, kind, bytes);
    EXPECT_EQ(fault.status, status) << std::hex << va;
    if (status != S4_OK) {
      EXPECT_EQ(fault.access, as);
    }
  }

  struct Booted : Machine {
    Booted() { boot_monitor(*this); }
  };
  Booted machine;
  Monitor monitor;
  PageTables tables;
  std::vector<std::byte> read_data;
};

TEST_F(Mmu, ReachesHostMemory) {
  const uint64_t page = machine.alloc(4096);
  tables.map_host(kVa, page, 4096, S4_PTE_WRITE);
  machine.host64(page + 64) = 0x1122334455667788;
  expect(kVa + 64, S4_ACCESS_READ, S4_OK, {});
  EXPECT_EQ(std::memcmp(read_data.data(), machine.host(page + 64), 8), 0);
  expect(kVa + 72, S4_ACCESS_WRITE, S4_OK, {});
  EXPECT_EQ(machine.host64(page + 72), 0x7777777777777777u);
}

TEST_F(Mmu, ReachesCardMemoryBySmallAndLargePages) {
  tables.map_card(kVa, 0x5000, 4096, S4_PTE_WRITE);
  tables.map_large(kVa + (2 << 20), 4 << 20, S4_PTE_WRITE);
  expect(kVa + 16, S4_ACCESS_WRITE, S4_OK, {});
  EXPECT_EQ(machine.dram()[0x5010], 0x77);
  expect(kVa + (4 << 20) - 8, S4_ACCESS_WRITE, S4_OK, {});
  EXPECT_EQ(machine.dram()[(6 << 20) - 1], 0x77);
}

TEST_F(Mmu, CrossesPagesOfAllKinds) {
  const uint64_t host = machine.alloc(2 * 4096);
  tables.map_card(kVa, 0x7000, 4096, S4_PTE_WRITE);
  tables.map_host(kVa + 4096, host + 4096, 4096, S4_PTE_WRITE);  // two host pages, swapped
  tables.map_host(kVa + 2 * 4096, host, 4096, S4_PTE_WRITE);
  tables.map_card(kVa + 3 * 4096, 0x3000, 4096, S4_PTE_WRITE);
  const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    std::vector<uint8_t> data(4 * 4096 - 2);
    for (size_t i = 0; i < data.size(); ++i) {
      data[i] = static_cast<uint8_t>(i * 31 + i / 256);
    }
    if (Fault fault = scope->write(kVa + 1, data.data(), data.size())) {
      return fault;
    }
    std::vector<uint8_t> back(data.size());
    const Fault fault = scope->read(kVa + 1, back.data(), back.size());
    EXPECT_EQ(data, back);
    return fault;
  };
  EXPECT_EQ(monitor.run(work, kSpace), S4_OK);
  EXPECT_EQ(machine.host(host + 4096)[0], static_cast<uint8_t>(4095 * 31 + 4095 / 256));
  EXPECT_EQ(machine.dram()[0x3000],
            static_cast<uint8_t>((3 * 4096 - 1) * 31 + (3 * 4096 - 1) / 256));
}

TEST_F(Mmu, FaultsAtTheFirstByteThatIsNotMapped) {
  tables.map_card(kVa, 0, 8192, S4_PTE_WRITE);
  const Fault fault = access(kVa + 8192 - 4, S4_ACCESS_WRITE);
  EXPECT_EQ(fault.status, S4_E_UNMAPPED);
  EXPECT_EQ(fault.va, kVa + 8192);
  EXPECT_EQ(fault.access, S4_ACCESS_WRITE);
}

TEST_F(Mmu, FaultsAtThePageThatTheHostRefuses) {
  tables.map_host(kVa, Machine::kHostBase + Machine::kHostBytes - 8192, 16384, S4_PTE_WRITE);
  for (const s4_access kind : {S4_ACCESS_READ, S4_ACCESS_WRITE}) {
    const Fault fault = access(kVa + 100, kind, 16000);
    EXPECT_EQ(fault.status, S4_E_DMA);
    EXPECT_EQ(fault.va, kVa + 8192);
    EXPECT_EQ(fault.access, kind);
  }
}

TEST_F(Mmu, ProtectsReadOnlyPages) {
  tables.map_card(kVa, 0, 4096);
  tables.map_large(kVa + (2 << 20), 0);
  tables.map_host(kVa + 4096, machine.alloc(4096), 4096);
  for (const uint64_t va : {kVa, kVa + (2 << 20), kVa + 4096}) {
    expect(va, S4_ACCESS_READ, S4_OK, {});
    expect(va, S4_ACCESS_WRITE, S4_E_READONLY, S4_ACCESS_WRITE);
  }
}

TEST_F(Mmu, RefusesMalformedEntries) {
  // Each bit that is not an entry's, at each level; the address bits are checked elsewhere.
  for (unsigned level = 0; level < S4_PT_LEVELS; ++level) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      const uint64_t flag = 1ULL << bit;
      if ((flag & S4_PTE_ADDR) != 0) {
        continue;
      }
      const uint64_t va = kVa + (uint64_t{level} << 39);
      tables.map_card(va, 0, 4096, S4_PTE_WRITE);
      uint64_t& entry = tables.entry(va, level);
      const uint64_t good = entry;
      entry = good ^ flag;
      tables.invalidate(kSpace);
      const Fault fault = access(va, S4_ACCESS_READ);
      if (flag == S4_PTE_VALID) {
        EXPECT_EQ(fault.status, S4_E_UNMAPPED) << "level " << level;
        EXPECT_EQ(fault.access, S4_ACCESS_READ);
      } else if (level == 0 && flag == S4_PTE_WRITE) {
        EXPECT_EQ(fault.status, S4_OK);
      } else if (level == 0 && flag == S4_PTE_HOST) {
        EXPECT_EQ(fault.status, S4_E_DMA);  // address 0 is no host memory here
      } else {
        EXPECT_EQ(fault.status, S4_E_TABLE) << "level " << level << " bit " << bit;
        EXPECT_EQ(fault.access, S4_ACCESS_WALK);
        EXPECT_EQ(fault.va, va);
      }
      entry = good;
    }
  }
}

TEST_F(Mmu, RefusesMalformedLargePages) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const uint64_t flag = 1ULL << bit;
    tables.map_large(kVa, 0);
    tables.entry(kVa, 1) ^= flag;
    tables.invalidate(kSpace);
    const s4_status status = access(kVa, S4_ACCESS_READ).status;
    if (flag == S4_PTE_VALID) {
      EXPECT_EQ(status, S4_E_UNMAPPED);
    } else if (flag == S4_PTE_HOST) {
      EXPECT_EQ(status, S4_E_DMA);
    } else if (flag == S4_PTE_WRITE) {
      EXPECT_EQ(status, S4_OK);
    } else if (bit >= 21 && bit < 26) {
      EXPECT_EQ(status, S4_OK) << "inside the card's 64 MiB";
    } else if (flag == S4_PTE_LARGE) {
      EXPECT_EQ(status, S4_E_DMA) << "a table at 0, which is not memory";
    } else {
      EXPECT_EQ(status, S4_E_TABLE) << "bit " << bit;
    }
  }
}

TEST_F(Mmu, BoundsCardAddresses) {
  constexpr uint64_t kDram = 64 << 20;
  for (const uint64_t address :
       {uint64_t{kDram}, uint64_t{kDram * 2}, uint64_t{1} << 40, uint64_t{S4_PTE_ADDR}}) {
    tables.map_card(kVa, address, 4096, S4_PTE_WRITE);
    tables.invalidate(kSpace);
    expect(kVa, S4_ACCESS_WRITE, S4_E_TABLE, S4_ACCESS_WALK);
  }
  tables.map_card(kVa, kDram - 4096, 4096, S4_PTE_WRITE);
  tables.invalidate(kSpace);
  expect(kVa + 4088, S4_ACCESS_WRITE, S4_OK, {});
}

TEST_F(Mmu, FaultsWhenATableIsNotMemory) {
  tables.map_card(kVa, 0, 4096);
  for (unsigned level = 1; level < S4_PT_LEVELS; ++level) {
    uint64_t& entry = tables.entry(kVa, level);
    const uint64_t good = entry;
    entry = 0x1000 | S4_PTE_VALID;
    tables.invalidate(kSpace);
    expect(kVa, S4_ACCESS_READ, S4_E_DMA, S4_ACCESS_WALK);
    entry = good;
  }
}

TEST_F(Mmu, RefusesAMalformedRoot) {
  for (const uint64_t root : {tables.root() + 8, tables.root() | uint64_t{1} << 52}) {
    machine.wr64(S4_REG_SPACE(kSpace) + S4_SPACE_ROOT_LO, root);
    machine.wr(S4_REG_SPACE(kSpace) + S4_SPACE_CTRL, S4_SPACE_ENABLE);
    expect(kVa, S4_ACCESS_READ, S4_E_TABLE, S4_ACCESS_WALK);
  }
}

TEST_F(Mmu, TakesANewRootOnlyWhenEnabledAgain) {
  tables.map_card(kVa, 0, 4096);
  PageTables other(machine);
  machine.wr64(S4_REG_SPACE(kSpace) + S4_SPACE_ROOT_LO, other.root());
  tables.invalidate(kSpace);
  expect(kVa, S4_ACCESS_READ, S4_OK, {});
  machine.wr(S4_REG_SPACE(kSpace) + S4_SPACE_CTRL, S4_SPACE_ENABLE);
  expect(kVa, S4_ACCESS_READ, S4_E_UNMAPPED, S4_ACCESS_READ);
}

TEST_F(Mmu, FaultsInADisabledSpace) {
  tables.map_card(kVa, 0, 4096);
  expect(kVa, S4_ACCESS_READ, S4_OK, {});
  EXPECT_EQ(monitor.peek(S4_MCU_SYS + S4_SYS_SPACES_LO), 1u << kSpace);
  machine.wr(S4_REG_SPACE(kSpace) + S4_SPACE_CTRL, 0);
  expect(kVa, S4_ACCESS_READ, S4_E_UNMAPPED, S4_ACCESS_READ);
  EXPECT_EQ(monitor.peek(S4_MCU_SYS + S4_SYS_SPACES_LO), 0u);
}

TEST_F(Mmu, FaultsBeyondTheAddressSpace) {
  for (const uint64_t va : {uint64_t{S4_VA_END}, ~uint64_t{7}, ~uint64_t{0}, uint64_t{1} << 63}) {
    expect(va, S4_ACCESS_READ, S4_E_UNMAPPED, S4_ACCESS_READ);
    expect(va, S4_ACCESS_WRITE, S4_E_UNMAPPED, S4_ACCESS_WRITE, 64);
  }
}

TEST_F(Mmu, RemembersUntilInvalidated) {
  tables.map_card(kVa, 0, 4096);
  expect(kVa, S4_ACCESS_READ, S4_OK, {});
  tables.entry(kVa, 0) = 0;
  expect(kVa, S4_ACCESS_READ, S4_OK, {});
  tables.invalidate(kSpace);
  expect(kVa, S4_ACCESS_READ, S4_E_UNMAPPED, S4_ACCESS_READ);
}

TEST_F(Mmu, NeverRemembersThatSomethingIsUnmapped) {
  expect(kVa, S4_ACCESS_READ, S4_E_UNMAPPED, S4_ACCESS_READ);
  tables.map_card(kVa, 0, 4096);
  expect(kVa, S4_ACCESS_READ, S4_OK, {});
  expect(kVa + 4096, S4_ACCESS_READ, S4_E_UNMAPPED, S4_ACCESS_READ);
  tables.map_card(kVa + 4096, 0, 4096);
  expect(kVa + 4096, S4_ACCESS_READ, S4_OK, {});
}

TEST_F(Mmu, KeepsSpacesApart) {
  PageTables other(machine);
  other.enable(12);
  tables.map_card(kVa, 0x1000, 4096, S4_PTE_WRITE);
  other.map_card(kVa, 0x2000, 4096, S4_PTE_WRITE);
  machine.dram()[0x1000] = 1;
  machine.dram()[0x2000] = 2;
  std::byte seen[2];
  for (unsigned i = 0; i < 2; ++i) {
    const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
      Scope scope(port);
      return scope->read(kVa, &seen[i], 1);
    };
    EXPECT_EQ(monitor.run(work, kSpace + i), S4_OK);
  }
  EXPECT_EQ(seen[0], std::byte{1});
  EXPECT_EQ(seen[1], std::byte{2});
}

TEST_F(Mmu, ShowsContiguousCardMemoryInPlace) {
  tables.map_card(kVa, 0x10000, 3 * 4096, S4_PTE_WRITE);
  tables.map_card(kVa + 3 * 4096, 0x40000, 4096);
  tables.map_host(kVa + 4 * 4096, machine.alloc(4096), 4096, S4_PTE_WRITE);
  const auto* dram = reinterpret_cast<const std::byte*>(machine.dram());
  const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    EXPECT_EQ(scope->view(kVa + 100, 3 * 4096 - 100), dram + 0x10064);
    EXPECT_EQ(scope->view_write(kVa + 100, 3 * 4096 - 100), dram + 0x10064);
    EXPECT_EQ(scope->view(kVa + 100, 3 * 4096), nullptr) << "not contiguous";
    EXPECT_EQ(scope->view(kVa + 3 * 4096, 4096), dram + 0x40000);
    EXPECT_EQ(scope->view_write(kVa + 3 * 4096, 4096), nullptr) << "read-only";
    EXPECT_EQ(scope->view(kVa + 4 * 4096, 8), nullptr) << "the host's";
    EXPECT_EQ(scope->view_write(kVa + 4 * 4096, 8), nullptr) << "the host's";
    EXPECT_EQ(scope->view(kVa + 5 * 4096, 1), nullptr) << "not mapped";
    EXPECT_EQ(scope->view(kVa + 3 * 4096 + 4095, 2), nullptr);
    EXPECT_EQ(scope->view(kVa, SIZE_MAX), nullptr);
    return Fault{};
  };
  EXPECT_EQ(monitor.run(work, kSpace), S4_OK);
}

TEST_F(Mmu, GivesOnChipMemoryOfTheJobsCores) {
  // Each core's own window, then all four as one.
  for (uint8_t core = 0; core < S4_NUM_CORES; ++core) {
    const Monitor::Work work = [&](const s4_dispatch&, MemoryPort& port) {
      Scope scope(port);
      const uint32_t mark = 0xc0de0000 + core;
      EXPECT_FALSE(scope->write(S4_SRAM_VA + S4_SRAM_BYTES - 4, &mark, 4));
      uint32_t zero = 1;
      EXPECT_FALSE(scope->read(S4_SRAM_VA, &zero, 4));
      EXPECT_EQ(zero, 0u);
      EXPECT_NE(scope->view_write(S4_SRAM_VA, S4_SRAM_BYTES), nullptr);
      EXPECT_EQ(scope->view(S4_SRAM_VA + 1, S4_SRAM_BYTES), nullptr);
      return scope->write(S4_SRAM_VA + S4_SRAM_BYTES - 2, &mark, 4);
    };
    s4_dispatch dispatch = Monitor::dispatch_of(work, kSpace);
    dispatch.sram_core = core;
    monitor.start(core, dispatch);
    monitor.wait_done(core);
    EXPECT_EQ(monitor.unit_reg(core, S4_UNIT_STATUS), static_cast<uint32_t>(S4_E_UNMAPPED));
    EXPECT_EQ(monitor.unit_reg(core, S4_UNIT_FAULT_LO),
              static_cast<uint32_t>(S4_SRAM_VA + S4_SRAM_BYTES));
    EXPECT_EQ(monitor.unit_reg(core, S4_UNIT_FAULT_HI), static_cast<uint32_t>(S4_SRAM_VA >> 32));
    monitor.acknowledge(core);
  }
  const Monitor::Work all = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    for (uint32_t core = 0; core < S4_NUM_CORES; ++core) {
      uint32_t mark = 0;
      EXPECT_FALSE(scope->read(S4_SRAM_VA + (core + 1) * uint64_t{S4_SRAM_BYTES} - 4, &mark, 4));
      // The write that left the window may have done its first two bytes.
      EXPECT_EQ(mark & 0xffff, core);
    }
    EXPECT_NE(scope->view(S4_SRAM_VA, 4ULL * S4_SRAM_BYTES), nullptr);
    return Fault{};
  };
  s4_dispatch dispatch = Monitor::dispatch_of(all, kSpace);
  dispatch.sram_cores = 4;
  monitor.start(0, dispatch);
  monitor.wait_done(0);
  EXPECT_EQ(monitor.unit_reg(0, S4_UNIT_STATUS), static_cast<uint32_t>(S4_OK));
}

TEST_F(Mmu, ClearsOnChipMemoryOfTheCoresNamed) {
  const Monitor::Work dirty = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    std::memset(scope->view_write(S4_SRAM_VA, 4ULL * S4_SRAM_BYTES), 0xee, 4ULL * S4_SRAM_BYTES);
    return Fault{};
  };
  s4_dispatch dispatch = Monitor::dispatch_of(dirty, kSpace);
  dispatch.sram_cores = 4;
  monitor.start(0, dispatch);
  monitor.wait_done(0);
  monitor.acknowledge(0);
  monitor.poke(S4_MCU_SYS + S4_SYS_SRAM_CLEAR, 0b0101);
  const Monitor::Work look = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    const auto* memory =
        reinterpret_cast<const uint8_t*>(scope->view(S4_SRAM_VA, 4ULL * S4_SRAM_BYTES));
    for (size_t core = 0; core < 4; ++core) {
      const uint8_t wanted = core % 2 == 0 ? 0 : 0xee;
      for (size_t i = 0; i < S4_SRAM_BYTES; i += 61) {
        if (memory[core * S4_SRAM_BYTES + i] != wanted) {
          ADD_FAILURE() << "core " << core << " byte " << i;
          break;
        }
      }
    }
    return Fault{};
  };
  dispatch = Monitor::dispatch_of(look, kSpace);
  dispatch.sram_cores = 4;
  monitor.start(0, dispatch);
  monitor.wait_done(0);
}

TEST_F(Mmu, ReportsTheFirstFaultAndCountsTheRest) {
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_FAULT);
  const Monitor::Work first = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    return scope->write(kVa + 5, "x", 1);
  };
  EXPECT_EQ(monitor.run(first, kSpace, 33, 6), static_cast<uint32_t>(S4_E_UNMAPPED));
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) == 1; }, "an interrupt");
  const Monitor::Work second = [&](const s4_dispatch&, MemoryPort& port) {
    Scope scope(port);
    char x;
    return scope->read(0x1000, &x, 1);
  };
  EXPECT_EQ(monitor.run(second, kSpace + 1, 34, 7), static_cast<uint32_t>(S4_E_UNMAPPED));
  EXPECT_EQ(machine.rd(S4_REG_FAULT_COUNT), 2u);
  const uint32_t info = machine.rd(S4_REG_FAULT_INFO);
  EXPECT_NE(info & S4_FAULT_VALID, 0u);
  EXPECT_EQ(S4_FAULT_SPACE(info), kSpace);
  EXPECT_EQ(S4_FAULT_QUEUE(info), 33u);
  EXPECT_EQ(S4_FAULT_UNIT(info), 6u);
  EXPECT_EQ(S4_FAULT_ACCESS(info), static_cast<uint32_t>(S4_ACCESS_WRITE));
  EXPECT_EQ(S4_FAULT_CODE(info), static_cast<uint32_t>(S4_E_UNMAPPED));
  EXPECT_EQ(machine.rd64(S4_REG_FAULT_VA_LO), kVa + 5);
  machine.wr(S4_REG_FAULT_INFO, 1);
  EXPECT_EQ(machine.rd(S4_REG_FAULT_INFO), 0u);
  EXPECT_EQ(machine.rd(S4_REG_FAULT_COUNT), 2u);
  EXPECT_EQ(monitor.run(second, kSpace + 1, 34, 7), static_cast<uint32_t>(S4_E_UNMAPPED));
  EXPECT_EQ(S4_FAULT_QUEUE(machine.rd(S4_REG_FAULT_INFO)), 34u);
}

}  // namespace
}  // namespace s4::test
