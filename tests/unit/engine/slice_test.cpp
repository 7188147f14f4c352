// SPDX-License-Identifier: MIT
// Shares of a command over cores are disjoint, complete and on the documented steps.
#include <gtest/gtest.h>

#include "case.hpp"
#include "engines.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

TEST(Slice, SharesCoverTheAxisOnceAndInOrder) {
  Random random;
  for (int i = 0; i < 2000; ++i) {
    s4_cmd cmd{};
    const bool spmm = random.chance(60);
    const s4_slice axis = random.one_of({S4_SLICE_COLUMNS, S4_SLICE_ROWS});
    uint64_t extent = 0;
    uint64_t step = 1;
    if (spmm) {
      cmd.header.opcode = random.one_of<uint16_t>({S4_OP_SPMM, S4_OP_CONV});
      cmd.spmm.rows = static_cast<uint32_t>(random.number(1, random.chance(50) ? 100 : S4_MAX_ROWS));
      cmd.spmm.columns =
          static_cast<uint32_t>(random.number(1, random.chance(50) ? 300 : S4_MAX_COLUMNS));
      extent = axis == S4_SLICE_ROWS ? cmd.spmm.rows : cmd.spmm.columns;
      step = axis == S4_SLICE_ROWS ? 16 : 64;
    } else {
      cmd.header.opcode = S4_OP_ELTWISE;
      cmd.eltwise.dims = 2;
      cmd.eltwise.shape[0] = random.chance(30) ? 1 : static_cast<uint32_t>(random.number(2, ~0u));
      cmd.eltwise.shape[1] = static_cast<uint32_t>(random.number(1, 9));
      extent = cmd.eltwise.shape[0] > 1 ? cmd.eltwise.shape[0] : cmd.eltwise.shape[1];
    }
    const uint32_t cores = static_cast<uint32_t>(random.number(1, 4));
    uint64_t at = 0;
    uint64_t largest = 0;
    uint64_t smallest = ~uint64_t{0};
    for (uint32_t core = 0; core < cores; ++core) {
      __u64 begin = 9;
      __u64 end = 9;
      const int work = s4_cmd_slice(&cmd, axis, core, cores, &begin, &end);
      ASSERT_EQ(work != 0, begin < end);
      ASSERT_EQ(begin, at) << random.text();
      ASSERT_TRUE(end == extent || end % step == 0) << random.text();
      at = end;
      const uint64_t steps = (end - begin + step - 1) / step;
      largest = std::max(largest, steps);
      smallest = std::min(smallest, steps);
    }
    ASSERT_EQ(at, extent) << random.text();
    ASSERT_LE(largest - smallest, 1u) << random.text();
  }
}

TEST(Slice, WhatIsNotSplitBelongsToTheFirstCore) {
  for (const uint16_t opcode : {S4_OP_COPY, S4_OP_FILL, S4_OP_GATHER, S4_OP_MOVE, S4_OP_BARRIER,
                                S4_OP_TIMESTAMP}) {
    s4_cmd cmd{};
    cmd.header.opcode = opcode;
    for (uint32_t core = 0; core < 4; ++core) {
      __u64 begin = 9;
      __u64 end = 9;
      EXPECT_EQ(s4_cmd_slice(&cmd, S4_SLICE_ROWS, core, 4, &begin, &end), core == 0);
      EXPECT_EQ(begin, core == 0 ? 0u : 1u);
      EXPECT_EQ(end, 1u);
    }
  }
}

TEST(Slice, OneThatNoSplitGivesIsTheCardsOwnError) {
  Random random;
  Case c = random_spmm(random);
  c.command.spmm.rows = std::min<uint32_t>(c.command.spmm.rows, 33);
  card::Engine& engine = *all_engines().front().engine;
  FakePort port(c.memory);
  struct Bad {
    uint32_t axis;
    uint64_t begin;
    uint64_t end;
  };
  for (const Bad& bad : {Bad{3, 0, 1}, Bad{S4_SLICE_ROWS, 0, 1u << 30}, Bad{S4_SLICE_ROWS, 16, 0},
                         Bad{S4_SLICE_COLUMNS, 1, 2}, Bad{S4_SLICE_COLUMNS, ~uint64_t{0}, 64}}) {
    s4_dispatch dispatch = dispatch_of(c.command);
    dispatch.slice_axis = bad.axis;
    dispatch.slice_begin = bad.begin;
    dispatch.slice_end = bad.end;
    if (bad.axis == S4_SLICE_COLUMNS && c.command.spmm.columns < 3) {
      continue;  // [1, 2) may then be on a step
    }
    EXPECT_EQ(engine.run(dispatch, port).status, S4_E_INTERNAL) << bad.axis << " " << bad.begin;
    EXPECT_EQ(engine.cycles(dispatch), 0u);
  }
  EXPECT_EQ(port.scopes(), 0u);
}

TEST(Slice, AnEmptyOneDoesNothing) {
  Random random;
  Case c = random_spmm(random);
  FakePort port(c.memory);
  s4_dispatch dispatch = dispatch_of(c.command);
  dispatch.slice_axis = S4_SLICE_ROWS;
  dispatch.slice_begin = dispatch.slice_end = c.command.spmm.rows;
  EXPECT_EQ(all_engines().front().engine->run(dispatch, port).status, S4_OK);
  EXPECT_EQ(port.scopes(), 0u);
}

}  // namespace
}  // namespace s4::test
