// SPDX-License-Identifier: MIT
// ROPE: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include <vector>

#include "everywhere.hpp"
#include "refusal.hpp"
#include "rope_case.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace {

TEST(Rope, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(150); ++i) {
    Case c = random_rope(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// float32 x[6][4][16], dense, of which 12 are turned by the table[10][6].
s4_cmd valid_rope() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_ROPE;
  s4_cmd_rope& c = cmd.rope;
  c.x = kVa;
  c.y = kVa + 0x100000;
  c.cos = kVa + 0x200000;
  c.sin = kVa + 0x300000;
  c.x_token_pitch = c.y_token_pitch = 256;
  c.x_head_pitch = c.y_head_pitch = 64;
  c.table_pitch = 24;
  c.tokens = 6;
  c.heads = 4;
  c.head_dim = 16;
  c.rotary_dim = 12;
  c.entries = 10;
  c.first_position = 7;
  c.sequence = 3;
  c.x_type = c.y_type = S4_TYPE_FLOAT32;
  return cmd;
}

s4_cmd with_array() {
  s4_cmd cmd = valid_rope();
  cmd.rope.positions = kVa + 0x400000;
  cmd.rope.first_position = cmd.rope.sequence = 0;
  return cmd;
}

TEST(Rope, AQuarterTurnExchangesThePairs) {
  for (const uint8_t layout : {S4_ROPE_HALVES, S4_ROPE_INTERLEAVED}) {
    FakeMemory memory;
    s4_cmd cmd = valid_rope();
    s4_cmd_rope& c = cmd.rope;
    c.layout = layout;
    c.tokens = c.heads = 1;
    c.head_dim = 5;
    c.rotary_dim = 4;
    memory.map(c.x, 20);
    memory.map(c.y, 20);
    memory.map(c.cos, 240);
    memory.map(c.sin, 240);
    memory.put(c.x, std::vector<float>{1, 2, 3, 4, 5});
    memory.put(c.cos + 7 * 24, std::vector<float>{0, 0});
    memory.put(c.sin + 7 * 24, std::vector<float>{1, 1});
    FakePort port(memory);
    ASSERT_EQ(all_engines().front().engine->run(dispatch_of(cmd), port).status, S4_OK);
    std::vector<float> y(5);
    memory.get(c.y, y.data(), 20);
    EXPECT_EQ(y, layout == S4_ROPE_HALVES ? (std::vector<float>{-3, -4, 1, 2, 5})
                                          : (std::vector<float>{-2, 1, -4, 3, 5}));
  }
}

TEST(Rope, APositionOutsideOfTheTableIsReportedByItsToken) {
  for (const int32_t wrong : {10, -1, INT32_MIN, INT32_MAX}) {
    FakeMemory memory;
    const s4_cmd cmd = with_array();
    memory.map(cmd.rope.x, 6 * 256);
    memory.map(cmd.rope.y, 6 * 256);
    memory.map(cmd.rope.cos, 240);
    memory.map(cmd.rope.sin, 240);
    memory.map(cmd.rope.positions, 24);
    memory.put(cmd.rope.positions, std::vector<int32_t>{9, 0, 3, wrong, 5, wrong});
    for (const NamedEngine& named : all_engines()) {
      for (const s4_slice axis : {S4_SLICE_ALL, S4_SLICE_ROWS}) {
        FakePort port(memory);
        const card::Fault fault = run_split(*named.engine, cmd, port, axis, S4_NUM_CORES);
        EXPECT_EQ(fault.status, S4_E_INDEX) << named.name << " " << wrong;
        EXPECT_EQ(fault.detail, 3u) << named.name << " " << wrong;
      }
    }
  }
}

TEST(Rope, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_rope(), sizeof(s4_cmd_rope));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_rope(),
      {{"x type", [](Cmd c) { c.rope.x_type = S4_TYPE_INT8; }, S4_E_FIELD, AT(rope.x_type)},
       {"x type", [](Cmd c) { c.rope.x_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(rope.x_type)},
       {"y type", [](Cmd c) { c.rope.y_type = S4_TYPE_INT8; }, S4_E_FIELD, AT(rope.y_type)},
       {"y type", [](Cmd c) { c.rope.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(rope.y_type)},
       {"layout", [](Cmd c) { c.rope.layout = 2; }, S4_E_FIELD, AT(rope.layout)},
       {"reserved", [](Cmd c) { c.rope.reserved = 1; }, S4_E_FIELD, AT(rope.reserved)},
       {"no head", [](Cmd c) { c.rope.head_dim = 0; }, S4_E_FIELD, AT(rope.head_dim)},
       {"head", [](Cmd c) { c.rope.head_dim = 4097; }, S4_E_FIELD, AT(rope.head_dim)},
       {"none turned", [](Cmd c) { c.rope.rotary_dim = 0; }, S4_E_FIELD, AT(rope.rotary_dim)},
       {"odd", [](Cmd c) { c.rope.rotary_dim = 11; }, S4_E_FIELD, AT(rope.rotary_dim)},
       {"more than all", [](Cmd c) { c.rope.rotary_dim = 18; }, S4_E_FIELD, AT(rope.rotary_dim)},
       {"no heads", [](Cmd c) { c.rope.heads = 0; }, S4_E_FIELD, AT(rope.heads)},
       {"no tokens", [](Cmd c) { c.rope.tokens = 0; }, S4_E_FIELD, AT(rope.tokens)},
       {"too many", [](Cmd c) { c.rope.tokens = c.rope.heads = ~0u; }, S4_E_FIELD, AT(rope.tokens)},
       {"no table", [](Cmd c) { c.rope.entries = 0; }, S4_E_FIELD, AT(rope.entries)},
       {"no sequence", [](Cmd c) { c.rope.sequence = 0; }, S4_E_FIELD, AT(rope.sequence)},
       {"sequence and array", [](Cmd c) { c.rope.positions = kVa + 0x400000; }, S4_E_FIELD,
        AT(rope.sequence)},
       {"beyond the table", [](Cmd c) { c.rope.first_position = 8; }, S4_E_FIELD,
        AT(rope.first_position)},
       {"wraps", [](Cmd c) { c.rope.first_position = ~0u; }, S4_E_FIELD, AT(rope.first_position)},
       {"long sequence", [](Cmd c) { c.rope.sequence = 4; }, S4_E_FIELD, AT(rope.first_position)},
       {"table rows", [](Cmd c) { c.rope.table_pitch = 20; }, S4_E_FIELD, AT(rope.table_pitch)},
       {"align", [](Cmd c) { c.rope.x += 2; }, S4_E_ALIGN, AT(rope.x)},
       {"align", [](Cmd c) { c.rope.y += 2; }, S4_E_ALIGN, AT(rope.y)},
       {"align", [](Cmd c) { c.rope.cos += 2; }, S4_E_ALIGN, AT(rope.cos)},
       {"align", [](Cmd c) { c.rope.sin += 2; }, S4_E_ALIGN, AT(rope.sin)},
       {"align", [](Cmd c) { c.rope.x_token_pitch += 2; }, S4_E_ALIGN, AT(rope.x_token_pitch)},
       {"align", [](Cmd c) { c.rope.x_head_pitch += 2; }, S4_E_ALIGN, AT(rope.x_head_pitch)},
       {"align", [](Cmd c) { c.rope.y_token_pitch += 2; }, S4_E_ALIGN, AT(rope.y_token_pitch)},
       {"align", [](Cmd c) { c.rope.y_head_pitch += 2; }, S4_E_ALIGN, AT(rope.y_head_pitch)},
       {"align", [](Cmd c) { c.rope.table_pitch += 2; }, S4_E_ALIGN, AT(rope.table_pitch)},
       {"heads of y meet", [](Cmd c) { c.rope.y_head_pitch = 60; }, S4_E_OVERLAP,
        AT(rope.y_token_pitch)},
       {"tokens of y meet", [](Cmd c) { c.rope.y_token_pitch = 252; }, S4_E_OVERLAP,
        AT(rope.y_token_pitch)},
       {"y repeats", [](Cmd c) { c.rope.y_token_pitch = 0; }, S4_E_OVERLAP, AT(rope.y_token_pitch)},
       {"x range", [](Cmd c) { c.rope.x = kTop - 1532; }, S4_E_FIELD, AT(rope.x)},
       {"x pitch", [](Cmd c) { c.rope.x_head_pitch = ~uint64_t{3}; }, S4_E_FIELD, AT(rope.x)},
       {"x pitch", [](Cmd c) { c.rope.x_token_pitch = ~uint64_t{3}; }, S4_E_FIELD, AT(rope.x)},
       {"y range", [](Cmd c) { c.rope.y = kTop - 1532; }, S4_E_FIELD, AT(rope.y)},
       {"y pitch", [](Cmd c) { c.rope.y_token_pitch = ~uint64_t{3}; }, S4_E_FIELD, AT(rope.y)},
       {"cos range", [](Cmd c) { c.rope.cos = kTop - 236; }, S4_E_FIELD, AT(rope.cos)},
       {"sin range", [](Cmd c) { c.rope.sin = kTop - 236; }, S4_E_FIELD, AT(rope.sin)},
       {"y on x", [](Cmd c) { c.rope.y = c.rope.x + 4; }, S4_E_OVERLAP, AT(rope.y)},
       {"y on cos", [](Cmd c) { c.rope.y = c.rope.cos + 236; }, S4_E_OVERLAP, AT(rope.y)},
       {"y on sin", [](Cmd c) { c.rope.y = c.rope.sin - 1532; }, S4_E_OVERLAP, AT(rope.y)},
       {"other type in place",
        [](Cmd c) {
          c.rope.y = c.rope.x;
          c.rope.x_type = S4_TYPE_BF16;
        },
        S4_E_OVERLAP, AT(rope.y)},
       {"other pitch in place",
        [](Cmd c) {
          c.rope.y = c.rope.x;
          c.rope.x_token_pitch = 260;
        },
        S4_E_OVERLAP, AT(rope.y)},
       {"other pitch in place",
        [](Cmd c) {
          c.rope.y = c.rope.x;
          c.rope.x_head_pitch = 60;
        },
        S4_E_OVERLAP, AT(rope.y)}});
  expect_refused(
      with_array(),
      {{"sequence and array", [](Cmd c) { c.rope.sequence = 1; }, S4_E_FIELD, AT(rope.sequence)},
       {"first and array", [](Cmd c) { c.rope.first_position = 1; }, S4_E_FIELD,
        AT(rope.first_position)},
       {"align", [](Cmd c) { c.rope.positions += 2; }, S4_E_ALIGN, AT(rope.positions)},
       {"range", [](Cmd c) { c.rope.positions = kTop - 20; }, S4_E_FIELD, AT(rope.positions)},
       {"y on positions", [](Cmd c) { c.rope.y = c.rope.positions + 20; }, S4_E_OVERLAP,
        AT(rope.y)}});
}

TEST(Rope, WhatIsJustInRangeIsValid) {
  uint32_t detail = 0;
  s4_cmd cmd = valid_rope();
  cmd.rope.y = cmd.rope.x;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.rope.y = kTop - 1536;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.rope.y_head_pitch = 6 * 64;  // [heads][tokens]
  cmd.rope.y_token_pitch = 64;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.rope.y_head_pitch -= 4;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OVERLAP);
  cmd = valid_rope();
  cmd.rope.tokens = 3;  // a sequence that is longer than there are tokens
  cmd.rope.sequence = ~0u;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  EXPECT_EQ(s4_cmd_unit(S4_OP_ROPE), S4_UNIT_VPU);
}

TEST(Rope, IsSplitAlongTokensOrTheHeadsOfOne) {
  s4_cmd cmd = valid_rope();
  uint32_t extent = 0;
  uint32_t step = 0;
  for (const uint32_t expected : {6u, 4u}) {
    s4_cmd_axis(&cmd, S4_SLICE_COLUMNS, &extent, &step);
    EXPECT_EQ(extent, expected);
    EXPECT_EQ(step, 1u);
    cmd.rope.tokens = 1;
  }
}

TEST(Rope, CostsItsStepsAndWhatItReads) {
  constexpr uint64_t kFixed = card::timing::kIssueCycles + card::timing::kLatencyCycles;
  card::Engine& engine = *all_engines().front().engine;
  s4_cmd cmd = valid_rope();
  // x and y in one run of 1536 bytes each, six rows of cos and of sin, a burst each.
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (2 * 1536 + 12 * 64 + 79) / 80);
  cmd.rope.x_head_pitch = 68;  // 24 runs of a burst
  cmd.rope.x_token_pitch = 1024;
  cmd.rope.y_head_pitch = 6 * 64;  // one run
  cmd.rope.y_token_pitch = 64;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (2 * 1536 + 12 * 64 + 79) / 80);
  cmd.rope.x_token_pitch = 0;  // four runs
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (256 + 1536 + 12 * 64 + 79) / 80);
  s4_dispatch part = dispatch_of(with_array());
  part.slice_axis = S4_SLICE_ROWS;
  part.slice_end = 2;
  EXPECT_EQ(engine.cycles(part), kFixed + (2 * 512 + 4 * 64 + 64 + 19) / 20);
  // On chip: 24 heads of 12 elements of 3 operations and 4 of one.
  s4_cmd_rope& c = part.command.rope;
  part.slice_axis = S4_SLICE_ALL;
  part.slice_end = 0;
  for (__u64* va : {&c.x, &c.y, &c.cos, &c.sin, &c.positions}) {
    *va += S4_SRAM_VA;
  }
  EXPECT_EQ(engine.cycles(part), kFixed + (24 * (12 * 3 + 4) + 127) / 128);
  c.tokens = 1;  // then heads are split
  part.slice_axis = S4_SLICE_ROWS;
  part.slice_end = 3;
  c.head_dim = c.rotary_dim = 128;
  c.x_head_pitch = c.y_head_pitch = 512;
  c.table_pitch = 256;
  EXPECT_EQ(engine.cycles(part), kFixed + 3 * 3);
}

}  // namespace
}  // namespace s4::test
