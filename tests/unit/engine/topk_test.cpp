// SPDX-License-Identifier: MIT
// TOPK: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include <numeric>

#include "everywhere.hpp"
#include "refusal.hpp"
#include "timing/model.hpp"
#include "topk_case.hpp"

namespace s4::test {
namespace {

TEST(Topk, IsTheDocumentedOrder) {
  Random random;
  for (int i = 0; i < case_count(200); ++i) {
    Case c = random_topk(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// Three of each of four rows of ten float32.
s4_cmd valid_topk() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_TOPK;
  s4_cmd_topk& c = cmd.topk;
  c.x = kVa;
  c.values = kVa + 0x100000;
  c.indices = kVa + 0x200000;
  c.rows = 4;
  c.n = 10;
  c.k = 3;
  c.x_pitch = 40;
  c.values_pitch = c.indices_pitch = 12;
  c.type = S4_TYPE_FLOAT32;
  c.order = S4_TOPK_LARGEST;
  return cmd;
}

// A row by itself, k = n: the bits and the indices.
std::pair<std::vector<uint32_t>, std::vector<int32_t>> sorted(const std::vector<uint32_t>& x,
                                                              s4_topk_order order) {
  FakeMemory memory;
  s4_cmd cmd = valid_topk();
  s4_cmd_topk& c = cmd.topk;
  const size_t bytes = x.size() * 4;
  c.rows = 1;
  c.n = c.k = static_cast<uint32_t>(x.size());
  c.x_pitch = c.values_pitch = c.indices_pitch = bytes;
  c.order = static_cast<uint8_t>(order);
  for (const uint64_t va : {c.x, c.values, c.indices}) {
    memory.map(va, bytes);
  }
  memory.put(c.x, x);
  FakePort port(memory);
  EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), port).status, S4_OK);
  std::pair<std::vector<uint32_t>, std::vector<int32_t>> result;
  result.first.resize(x.size());
  result.second.resize(x.size());
  memory.get(c.values, result.first.data(), bytes);
  memory.get(c.indices, result.second.data(), bytes);
  return result;
}

TEST(Topk, NanIsGreatestZerosAreEqualAndTheLowerIndexComesFirst) {
  //                               -0          nan         +0  -inf        1           -nan        +inf
  const std::vector<uint32_t> x = {0x80000000, 0x7f800001, 0,  0xff800000, 0x3f800000, 0xffc00000,
                                   0x7f800000};
  const auto [largest, first] = sorted(x, S4_TOPK_LARGEST);
  EXPECT_EQ(first, (std::vector<int32_t>{1, 5, 6, 4, 0, 2, 3}));
  const auto [smallest, last] = sorted(x, S4_TOPK_SMALLEST);
  EXPECT_EQ(last, (std::vector<int32_t>{3, 0, 2, 4, 6, 1, 5}));
  for (size_t j = 0; j < x.size(); ++j) {  // unchanged, whatever the NaN
    EXPECT_EQ(largest[j], x[static_cast<size_t>(first[j])]);
    EXPECT_EQ(smallest[j], x[static_cast<size_t>(last[j])]);
  }
}

TEST(Topk, EqualElementsKeepTheirOrder) {
  const std::vector<uint32_t> x(700, 0x40000000);
  std::vector<int32_t> expected(x.size());
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(sorted(x, S4_TOPK_LARGEST).second, expected);
  EXPECT_EQ(sorted(x, S4_TOPK_SMALLEST).second, expected);
}

TEST(Topk, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_topk(), sizeof(s4_cmd_topk));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_topk(),
      {{"type", [](Cmd c) { c.topk.type = 5; }, S4_E_FIELD, AT(topk.type)},
       {"no type", [](Cmd c) { c.topk.type = 0; }, S4_E_FIELD, AT(topk.type)},
       {"order", [](Cmd c) { c.topk.order = 3; }, S4_E_FIELD, AT(topk.order)},
       {"no order", [](Cmd c) { c.topk.order = 0; }, S4_E_FIELD, AT(topk.order)},
       {"reserved", [](Cmd c) { c.topk.reserved = 1; }, S4_E_FIELD, AT(topk.reserved)},
       {"no n", [](Cmd c) { c.topk.n = 0; }, S4_E_FIELD, AT(topk.n)},
       {"n", [](Cmd c) { c.topk.n = S4_MAX_COLUMNS + 1; }, S4_E_FIELD, AT(topk.n)},
       {"no rows", [](Cmd c) { c.topk.rows = 0; }, S4_E_FIELD, AT(topk.rows)},
       {"too large",
        [](Cmd c) {
          c.topk.n = S4_MAX_COLUMNS;
          c.topk.rows = (1u << 16) + 1;
        },
        S4_E_FIELD, AT(topk.rows)},
       {"no k", [](Cmd c) { c.topk.k = 0; }, S4_E_FIELD, AT(topk.k)},
       {"k above n", [](Cmd c) { c.topk.k = 11; }, S4_E_FIELD, AT(topk.k)},
       {"k",
        [](Cmd c) {
          c.topk.n = 2000;
          c.topk.k = S4_TOPK_MAX_K + 1;
        },
        S4_E_FIELD, AT(topk.k)},
       {"x pitch", [](Cmd c) { c.topk.x_pitch = 36; }, S4_E_FIELD, AT(topk.x_pitch)},
       {"pitch", [](Cmd c) { c.topk.values_pitch = 8; }, S4_E_FIELD, AT(topk.values_pitch)},
       {"pitch", [](Cmd c) { c.topk.indices_pitch = 8; }, S4_E_FIELD, AT(topk.indices_pitch)},
       {"align", [](Cmd c) { c.topk.x += 2; }, S4_E_ALIGN, AT(topk.x)},
       {"align", [](Cmd c) { c.topk.values += 2; }, S4_E_ALIGN, AT(topk.values)},
       {"align", [](Cmd c) { c.topk.indices += 2; }, S4_E_ALIGN, AT(topk.indices)},
       {"align", [](Cmd c) { c.topk.x_pitch = 42; }, S4_E_ALIGN, AT(topk.x_pitch)},
       {"align", [](Cmd c) { c.topk.values_pitch = 14; }, S4_E_ALIGN, AT(topk.values_pitch)},
       {"align", [](Cmd c) { c.topk.indices_pitch = 14; }, S4_E_ALIGN, AT(topk.indices_pitch)},
       {"x range", [](Cmd c) { c.topk.x = kTop - 156; }, S4_E_FIELD, AT(topk.x)},
       {"x overflow", [](Cmd c) { c.topk.x_pitch = ~7ull; }, S4_E_FIELD, AT(topk.x)},
       {"values range", [](Cmd c) { c.topk.values = kTop - 44; }, S4_E_FIELD, AT(topk.values)},
       {"indices range", [](Cmd c) { c.topk.indices = kTop - 44; }, S4_E_FIELD, AT(topk.indices)},
       {"on x", [](Cmd c) { c.topk.values = c.topk.x; }, S4_E_OVERLAP, AT(topk.values)},
       {"on x", [](Cmd c) { c.topk.indices = c.topk.x + 156; }, S4_E_OVERLAP, AT(topk.indices)},
       {"on each other", [](Cmd c) { c.topk.indices = c.topk.values + 44; }, S4_E_OVERLAP,
        AT(topk.values)}});
  s4_cmd cmd = valid_topk();
  uint32_t detail = 0;
  cmd.topk.indices = kTop - 48;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  EXPECT_EQ(s4_cmd_unit(S4_OP_TOPK), S4_UNIT_VPU);
}

TEST(Topk, IsSplitByRows) {
  const s4_cmd cmd = valid_topk();
  for (const s4_slice axis : {S4_SLICE_ROWS, S4_SLICE_COLUMNS}) {
    uint32_t extent = 0;
    uint32_t step = 0;
    s4_cmd_axis(&cmd, axis, &extent, &step);
    EXPECT_EQ(extent, 4u);
    EXPECT_EQ(step, 1u);
  }
}

TEST(Topk, CostsAComparisonAnElementAndTheSorting) {
  s4_cmd cmd = valid_topk();
  s4_cmd_topk& c = cmd.topk;
  constexpr uint64_t kFixed = card::timing::kIssueCycles + card::timing::kLatencyCycles;
  card::Engine& engine = *all_engines().front().engine;
  // From DRAM: 160 bytes are three bursts, 48 are one, of either result.
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (192 + 64 + 64) / 80);
  c.x_pitch = 64;  // a burst a row
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (256 + 64 + 64 + 79) / 80);
  c.x = S4_SRAM_VA;
  c.values = S4_SRAM_VA + 0x1000000000;
  c.indices = S4_SRAM_VA + 0x2000000000;
  c.n = 1000;
  c.x_pitch = 4000;
  c.values_pitch = c.indices_pitch = 4096;
  for (const auto& [k, places] : {std::pair{1u, 1u}, {2u, 2u}, {3u, 3u}, {4u, 3u}, {5u, 4u},
                                  {512u, 10u}, {513u, 11u}}) {
    c.k = k;
    EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (4 * (1000 + k * places) + 127) / 128) << k;
  }
  s4_dispatch part = dispatch_of(cmd);
  part.slice_axis = S4_SLICE_ROWS;
  part.slice_end = 1;
  EXPECT_EQ(engine.cycles(part), kFixed + (1000 + 513 * 11 + 127) / 128);
}

}  // namespace
}  // namespace s4::test
