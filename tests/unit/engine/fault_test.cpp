// SPDX-License-Identifier: MIT
// What goes wrong in memory is reported exactly, and never becomes an overrun: unmapped and
// read-only pages in every operand, bad indices, weights that change while they are read,
// cancellation at every point.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "case.hpp"
#include "eltwise_case.hpp"
#include "engines.hpp"
#include "memory_case.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

constexpr uint64_t kPage = FakeMemory::kPage;

Case sparse_case(Random& random, SpmmLimits limits = {}) {
  for (;;) {
    Case c = random_spmm(random, limits);
    if (c.command.spmm.degree > 1) {
      return c;
    }
  }
}

// The page of a random byte of [va, va + bytes).
uint64_t page_in(Random& random, uint64_t va, uint64_t bytes) {
  return (va + random.number(0, bytes - 1)) / kPage * kPage;
}

void expect_fault(Case& c, uint64_t page, s4_status status, s4_access access) {
  for (const NamedEngine& named : all_engines()) {
    FakePort port(c.memory);
    const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
    ASSERT_EQ(fault.status, status) << named.name << " " << c.text;
    ASSERT_EQ(fault.access, access) << named.name << " " << c.text;
    ASSERT_EQ(fault.va / kPage * kPage, page) << named.name << " " << c.text;
    ASSERT_EQ(port.open(), 0u) << named.name;
  }
}

TEST(Fault, UnmappedPageOfASpmmOperandIsNamed) {
  Random random;
  for (int i = 0; i < 60; ++i) {
    Case c = random_spmm(random);
    s4_cmd_spmm& s = c.command.spmm;
    const uint64_t size = s4_type_bytes(s.type);
    const uint64_t entries = uint64_t{s.rows} * ((s.k + 63) / 64) * 64 / s.degree;
    struct Operand {
      uint64_t va;
      uint64_t bytes;
      s4_access access;
    };
    // Of matrices, one row or column, so that the page holds something that is used.
    const uint64_t x_first = s.x + random.number(0, (s.x_layout ? s.columns : s.k) - 1) * s.x_pitch;
    const uint64_t y_first =
        s.y + random.number(0, (s.y_layout ? s.columns : s.rows) - 1) * s.y_pitch;
    std::vector<Operand> operands = {
        {x_first, (s.x_layout ? s.k : s.columns) * size, S4_ACCESS_READ},
        {y_first, uint64_t{s.y_layout ? s.rows : s.columns} * s4_type_bytes(s.y_type),
         s.residual == s.y ? S4_ACCESS_READ : S4_ACCESS_WRITE},
        {s.values, entries * size, S4_ACCESS_READ},
    };
    if (s.degree > 1) {
      operands.push_back({s.indices, entries, S4_ACCESS_READ});
    }
    if (s.bias) {
      operands.push_back({s.bias, s.rows * 4, S4_ACCESS_READ});
    }
    if (s.scale) {
      operands.push_back({s.scale, s.rows * 4, S4_ACCESS_READ});
    }
    if (s.residual) {
      operands.push_back({s.residual +
                              random.number(0, (s.y_layout ? s.columns : s.rows) - 1) *
                                  s.residual_pitch,
                          uint64_t{s.y_layout ? s.rows : s.columns} *
                              s4_type_bytes(s.residual_type),
                          S4_ACCESS_READ});
    }
    const Operand operand = operands[random.number(0, operands.size() - 1)];
    const uint64_t page = page_in(random, operand.va, operand.bytes);
    c.memory.unmap_page(page);
    ASSERT_NO_FATAL_FAILURE(expect_fault(c, page, S4_E_UNMAPPED, operand.access));
  }
}

TEST(Fault, UnmappedPageOfAnEltwiseOperandIsNamed) {
  Random random;
  for (int i = 0; i < 60; ++i) {
    Case c = random_eltwise(random);
    const s4_cmd_eltwise& e = c.command.eltwise;
    const unsigned operand = static_cast<unsigned>(random.number(0, 2));
    const uint64_t base = operand == 0 ? e.a : operand == 1 ? e.b : e.y;
    const __u32* stride = operand == 0 ? e.a_stride : operand == 1 ? e.b_stride : e.y_stride;
    const uint8_t type = operand == 0 ? e.a_type : operand == 1 ? e.b_type : e.y_type;
    uint64_t element = base;  // a random one
    for (uint32_t d = 0; d < e.dims; ++d) {
      element += random.number(0, e.shape[d] - 1) * stride[d] * s4_type_bytes(type);
    }
    c.memory.unmap_page(element);
    const bool read = operand != 2 || e.a == e.y || e.b == e.y;
    ASSERT_NO_FATAL_FAILURE(expect_fault(c, element / kPage * kPage, S4_E_UNMAPPED,
                                         read ? S4_ACCESS_READ : S4_ACCESS_WRITE));
  }
}

TEST(Fault, UnmappedPageOfACopyOrFillIsNamed) {
  Random random;
  for (int i = 0; i < 40; ++i) {
    Case copy = random_copy(random);
    const bool source = random.chance(50);
    const s4_cmd_copy& c = copy.command.copy;
    const uint64_t row = random.number(0, c.rows - 1);
    const uint64_t page = page_in(
        random, source ? c.src + row * c.src_pitch : c.dst + row * c.dst_pitch, c.row_bytes);
    copy.memory.unmap_page(page);
    ASSERT_NO_FATAL_FAILURE(
        expect_fault(copy, page, S4_E_UNMAPPED, source ? S4_ACCESS_READ : S4_ACCESS_WRITE));

    Case fill = random_fill(random);
    const uint64_t at = page_in(random, fill.command.fill.dst, fill.command.fill.bytes);
    fill.memory.unmap_page(at);
    ASSERT_NO_FATAL_FAILURE(expect_fault(fill, at, S4_E_UNMAPPED, S4_ACCESS_WRITE));
  }
}

TEST(Fault, ReadOnlyDestinationIsRefused) {
  Random random;
  for (int i = 0; i < 10; ++i) {
    for (Case& c : std::vector<Case>{random_spmm(random), random_fill(random)}) {
      c.memory.map(c.y_va, c.y_bytes, {.writable = false});
      const uint64_t page = c.y_va / kPage;
      for (const NamedEngine& named : all_engines()) {
        FakePort port(c.memory);
        const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
        ASSERT_EQ(fault.status, S4_E_READONLY) << named.name << " " << c.text;
        ASSERT_EQ(fault.access, S4_ACCESS_WRITE);
        ASSERT_GE(fault.va / kPage, page);
        ASSERT_LT(fault.va, c.y_va + c.y_bytes);
      }
    }
  }
}

TEST(Fault, BadIndexNamesItsRow) {
  Random random;
  for (int i = 0; i < 80; ++i) {
    Case c = sparse_case(random);
    const s4_cmd_spmm& s = c.command.spmm;
    const uint64_t per_bank = 64 / s.degree;
    const uint64_t banks = (s.k + 63) / 64;
    const uint64_t row = random.number(0, s.rows - 1);
    const uint64_t entry = (row * banks + random.number(0, banks - 1)) * per_bank;
    const uint64_t in_bank = random.number(0, per_bank - 1);
    uint8_t bad = static_cast<uint8_t>(random.number(64, 255));
    uint64_t at = entry + in_bank;
    if (in_bank > 0 && random.chance(50)) {
      // Equal to the one before, or below it.
      const auto before = c.memory.get<uint8_t>(s.indices + at - 1);
      bad = static_cast<uint8_t>(random.number(0, before));
    }
    c.memory.put(s.indices + at, &bad, 1);
    for (const NamedEngine& named : all_engines()) {
      FakePort port(c.memory);
      const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
      ASSERT_EQ(fault.status, S4_E_INDEX) << named.name << " index " << int{bad} << " " << c.text;
      ASSERT_EQ(fault.detail, row) << named.name << " " << c.text;
    }
  }
}

TEST(Fault, OfSeveralBadRowsTheFirstIsReported) {
  Random random;
  SpmmLimits limits{.rows = 1500, .k = 2000, .columns = 4};
  for (int i = 0; i < 10; ++i) {
    Case c = sparse_case(random, limits);
    const s4_cmd_spmm& s = c.command.spmm;
    const uint64_t row_entries = (s.k + 63) / 64 * 64 / s.degree;
    uint64_t first = s.rows;
    for (int n = 0; n < 5; ++n) {
      const uint64_t row = random.number(0, s.rows - 1);
      const uint8_t bad = 64;
      c.memory.put(s.indices + row * row_entries, &bad, 1);
      first = std::min(first, row);
    }
    for (const NamedEngine& named : all_engines()) {
      FakePort port(c.memory);
      const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
      ASSERT_EQ(fault.status, S4_E_INDEX);
      ASSERT_EQ(fault.detail, first) << named.name << " " << c.text;
    }
  }
}

TEST(Fault, CancellationEndsACommandAtAnyPoint) {
  Random random;
  for (int i = 0; i < 12; ++i) {
    Case c = random.chance(50) ? random_spmm(random)
             : random.chance(50) ? random_eltwise(random)
                                 : random_copy(random);
    for (const NamedEngine& named : all_engines()) {
      FakePort whole(c.memory);
      ASSERT_EQ(named.engine->run(dispatch_of(c.command), whole).status, S4_OK);
      const auto scopes = static_cast<int64_t>(whole.scopes());
      for (const int64_t after : {int64_t{0}, scopes / 2, scopes - 1}) {
        FakePort port(c.memory);
        port.cancel_after(after);
        const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
        ASSERT_EQ(fault.status, S4_E_CANCELLED) << named.name << " after " << after << c.text;
        ASSERT_EQ(port.open(), 0u);
        ASSERT_LE(port.scopes(), static_cast<uint64_t>(after));
      }
    }
  }
}

#ifndef __SANITIZE_THREAD__  // the race is the point
TEST(Fault, WeightsThatChangeWhileTheyAreReadAreOrderlyOrRefused) {
  Random random;
  for (int i = 0; i < 6; ++i) {
    Case c = sparse_case(random, {.rows = 600, .k = 900, .columns = 40, .scattered = false});
    const s4_cmd_spmm& s = c.command.spmm;
    const uint64_t entries = uint64_t{s.rows} * ((s.k + 63) / 64) * 64 / s.degree;
    std::byte* plane = c.memory.page(s.indices)->data + s.indices % kPage;
    std::atomic<bool> stop{false};
    std::thread guest([&, seed = random.bits()] {
      std::minstd_rand noise(static_cast<uint32_t>(seed));
      while (!stop.load()) {
        volatile auto* byte = reinterpret_cast<volatile uint8_t*>(plane + noise() % entries);
        const uint8_t good = *byte;
        *byte = static_cast<uint8_t>(noise());
        *byte = good;
      }
    });
    for (const NamedEngine& named : all_engines()) {
      for (int n = 0; n < 5; ++n) {
        FakePort port(c.memory);
        const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
        EXPECT_TRUE(fault.status == S4_OK || (fault.status == S4_E_INDEX && fault.detail < s.rows))
            << fault.status << " " << c.text;
      }
    }
    stop = true;
    guest.join();
  }
}
#endif

}  // namespace
}  // namespace s4::test
