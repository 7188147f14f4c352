// SPDX-License-Identifier: MIT
// What goes wrong in memory under SOFTMAX, NORM, TOPK and ROPE is reported exactly and never becomes an
// overrun.
#include <gtest/gtest.h>

#include <atomic>
#include <iterator>
#include <thread>

#include "case.hpp"
#include "engines.hpp"
#include "norm_case.hpp"
#include "resize_case.hpp"
#include "rope_case.hpp"
#include "softmax_case.hpp"
#include "topk_case.hpp"

namespace s4::test {
namespace {

// The page of the first byte of an operand is unmapped, and that is what every engine says.
void expect_named(const Case& c, uint64_t va, s4_access access) {
  Case broken = c;
  broken.memory.unmap_page(va);
  for (const NamedEngine& named : all_engines()) {
    FakePort port(broken.memory);
    const card::Fault fault = named.engine->run(dispatch_of(broken.command), port);
    ASSERT_EQ(fault.status, S4_E_UNMAPPED) << named.name << " " << c.text;
    ASSERT_EQ(fault.access, access) << named.name << " " << c.text;
    ASSERT_EQ(fault.va, va) << named.name << " " << c.text;
    ASSERT_EQ(port.open(), 0u) << named.name;
  }
}

TEST(RowsFault, UnmappedPageOfANormOperandIsNamed) {
  Random random;
  for (int i = 0; i < 60; ++i) {
    const Case c = random_norm(random);
    const s4_cmd_norm& n = c.command.norm;
    ASSERT_NO_FATAL_FAILURE(expect_named(c, n.x, S4_ACCESS_READ));
    for (const uint64_t va : {n.residual, n.gamma, n.beta}) {
      if (va != 0) {
        ASSERT_NO_FATAL_FAILURE(expect_named(c, va, S4_ACCESS_READ));
      }
    }
    if (n.y != n.x && n.y != n.residual) {
      ASSERT_NO_FATAL_FAILURE(expect_named(c, n.y, S4_ACCESS_WRITE));
    }
  }
}

TEST(RowsFault, UnmappedPageOfASoftmaxOperandIsNamed) {
  Random random;
  for (int i = 0; i < 60; ++i) {
    Case c = random_softmax(random);
    s4_cmd_softmax& s = c.command.softmax;
    if (s.lengths != 0) {
      ASSERT_NO_FATAL_FAILURE(expect_named(c, s.lengths, S4_ACCESS_READ));
    }
    s.lengths = 0;  // the first row is to see something
    s.options &= S4_SOFTMAX_LOG;
    s.offset = 0;
    ASSERT_NO_FATAL_FAILURE(expect_named(c, s.x, S4_ACCESS_READ));
    if (s.y != s.x) {
      ASSERT_NO_FATAL_FAILURE(expect_named(c, s.y, S4_ACCESS_WRITE));
    }
  }
}

TEST(RowsFault, UnmappedPageOfATopkOperandIsNamed) {
  Random random;
  for (int i = 0; i < 60; ++i) {
    const Case c = random_topk(random);
    ASSERT_NO_FATAL_FAILURE(expect_named(c, c.command.topk.x, S4_ACCESS_READ));
    ASSERT_NO_FATAL_FAILURE(expect_named(c, c.command.topk.values, S4_ACCESS_WRITE));
  }
}

TEST(RowsFault, UnmappedPageOfARopeOperandIsNamed) {
  Random random;
  for (int i = 0; i < 60; ++i) {
    const Case c = random_rope(random);
    const s4_cmd_rope& r = c.command.rope;
    if (r.positions != 0) {
      ASSERT_NO_FATAL_FAILURE(expect_named(c, r.positions, S4_ACCESS_READ));
    }
    ASSERT_NO_FATAL_FAILURE(expect_named(c, r.x, S4_ACCESS_READ));
    if (r.y != r.x) {
      ASSERT_NO_FATAL_FAILURE(expect_named(c, r.y, S4_ACCESS_WRITE));
    }
  }
}

TEST(RowsFault, UnmappedPageOfAResizeOperandIsNamed) {
  Random random;
  for (int i = 0; i < 60; ++i) {
    const Case c = random_resize(random);
    ASSERT_NO_FATAL_FAILURE(
        expect_named(c, first_resize_pixel(c.command.resize), S4_ACCESS_READ));
    ASSERT_NO_FATAL_FAILURE(expect_named(c, c.command.resize.y, S4_ACCESS_WRITE));
  }
}

TEST(RowsFault, CancellationEndsACommandAtAnyPoint) {
  Random random;
  constexpr Case (*kKinds[])(Random&) = {random_softmax, random_norm, random_topk, random_rope,
                                         random_resize};
  for (int i = 0; i < 30; ++i) {
    Case c = kKinds[i % std::size(kKinds)](random);
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
      }
    }
  }
}

#ifndef __SANITIZE_THREAD__  // the race is the point
TEST(RowsFault, LengthsThatChangeWhileTheyAreReadAreOrderlyOrRefused) {
  Random random;
  for (int i = 0; i < 6;) {
    Case c = random_softmax(random);
    const s4_cmd_softmax& s = c.command.softmax;
    if (s.lengths == 0) {
      continue;
    }
    ++i;
    std::byte* page = c.memory.page(s.lengths)->data + s.lengths % FakeMemory::kPage;
    std::atomic<bool> stop{false};
    std::thread guest([&] {
      auto* length = reinterpret_cast<volatile int32_t*>(page);
      const int32_t good = *length;
      for (int32_t wrong = 1; !stop.load();
           wrong = static_cast<int32_t>(static_cast<uint32_t>(wrong) * 5 + 1)) {
        *length = wrong & INT32_MAX;
        *length = good;
        *length = -1 - (wrong & INT32_MAX);
        *length = good;
      }
    });
    for (const NamedEngine& named : all_engines()) {
      for (int n = 0; n < 20; ++n) {
        FakePort port(c.memory);
        const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
        EXPECT_TRUE(fault.status == S4_OK || (fault.status == S4_E_INDEX && fault.detail == 0))
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
