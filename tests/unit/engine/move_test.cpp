// SPDX-License-Identifier: MIT
// MOVE and GATHER: exact on every engine, and refused when a field is out of its range.
#include "move_case.hpp"

#include <gtest/gtest.h>

#include "everywhere.hpp"
#include "refusal.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace {

constexpr uint64_t kOverhead = card::timing::kIssueCycles + card::timing::kLatencyCycles;

TEST(Move, PutsEveryElementInItsPlaceAndTouchesNoOther) {
  Random random;
  for (int i = 0; i < case_count(100); ++i) {
    Case c = random_move(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Gather, TakesTheRowsThatTheIndicesName) {
  Random random;
  for (int i = 0; i < case_count(30); ++i) {
    Case c = random_gather(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// y [columns][rows] of x [rows][columns], in whole.
s4_cmd transpose(uint32_t rows, uint32_t columns, uint32_t bytes) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_MOVE;
  s4_cmd_move& c = cmd.move;
  c.src = kVa;
  c.dst = kVa + 0x1000000;
  c.element_bytes = bytes;
  c.dims = 2;
  c.shape[0] = c.src_extent[0] = columns;
  c.shape[1] = c.src_extent[1] = rows;
  c.src_stride[0] = 1;
  c.src_stride[1] = columns;
  c.dst_stride[0] = rows;
  c.dst_stride[1] = 1;
  return cmd;
}

TEST(Move, TransposesMatricesLargerThanATile) {
  for (const uint32_t bytes : {1u, 2u, 4u, 8u}) {
    for (const auto& [rows, columns] : {std::pair{300u, 517u}, std::pair{3u, 30000u},
                                        std::pair{30000u, 3u}, std::pair{128u, 256u}}) {
      Random random;
      Case c;
      c.reference = reference_move;
      c.command = transpose(rows, columns, bytes);
      c.text = std::to_string(rows) + " x " + std::to_string(columns);
      Places places(c, random, false);
      const uint64_t all = uint64_t{rows} * columns * bytes;
      c.command.move.src = places.take(all, bytes);
      put_elements(c, random, c.command.move.src, all, S4_TYPE_INT8, Values::kAnything);
      c.command.move.dst = places.take_output(all, bytes);
      ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
    }
  }
}

TEST(Move, EveryFieldOutOfRangeIsRefused) {
  const s4_cmd valid = transpose(16, 32, 2);
  expect_undefined_refused(valid, sizeof(s4_cmd_move));
  expect_refused(
      valid,
      {{"size", [](s4_cmd& c) { c.move.element_bytes = 0; }, S4_E_FIELD, AT(move.element_bytes)},
       {"size", [](s4_cmd& c) { c.move.element_bytes = 3; }, S4_E_FIELD, AT(move.element_bytes)},
       {"size", [](s4_cmd& c) { c.move.element_bytes = 16; }, S4_E_FIELD, AT(move.element_bytes)},
       {"no dims", [](s4_cmd& c) { c.move.dims = 0; }, S4_E_FIELD, AT(move.dims)},
       {"dims", [](s4_cmd& c) { c.move.dims = 7; }, S4_E_FIELD, AT(move.dims)},
       {"no extent", [](s4_cmd& c) { c.move.shape[1] = 0; }, S4_E_FIELD, AT(move.shape)},
       {"too large", [](s4_cmd& c) { c.move.shape[0] = c.move.shape[1] = 1u << 21; }, S4_E_FIELD,
        AT(move.shape)},
       {"beyond dims", [](s4_cmd& c) { c.move.shape[2] = 1; }, S4_E_FIELD, AT(move.shape)},
       {"padding", [](s4_cmd& c) { c.move.before[0] = 32; }, S4_E_FIELD, AT(move.before)},
       {"beyond dims", [](s4_cmd& c) { c.move.before[5] = 1; }, S4_E_FIELD, AT(move.before)},
       {"no source", [](s4_cmd& c) { c.move.src_extent[0] = 0; }, S4_E_FIELD,
        AT(move.src_extent)},
       {"source", [](s4_cmd& c) { c.move.src_extent[1] = 17; }, S4_E_FIELD, AT(move.src_extent)},
       {"source", [](s4_cmd& c) { c.move.before[1] = 1; }, S4_E_FIELD, AT(move.src_extent)},
       {"beyond dims", [](s4_cmd& c) { c.move.src_extent[2] = 1; }, S4_E_FIELD,
        AT(move.src_extent)},
       {"beyond dims", [](s4_cmd& c) { c.move.src_stride[2] = 1; }, S4_E_FIELD,
        AT(move.src_stride)},
       {"beyond dims", [](s4_cmd& c) { c.move.dst_stride[2] = 1; }, S4_E_FIELD,
        AT(move.dst_stride)},
       {"unused bytes", [](s4_cmd& c) { c.move.pattern = 0x10000; }, S4_E_FIELD,
        AT(move.pattern)},
       {"unaligned", [](s4_cmd& c) { c.move.src += 1; }, S4_E_ALIGN, AT(move.src)},
       {"unaligned", [](s4_cmd& c) { c.move.dst += 1; }, S4_E_ALIGN, AT(move.dst)},
       {"itself", [](s4_cmd& c) { c.move.dst_stride[0] = 15; }, S4_E_OVERLAP,
        AT(move.dst_stride)},
       {"repeated result", [](s4_cmd& c) { c.move.dst_stride[0] = 0; }, S4_E_OVERLAP,
        AT(move.dst_stride)},
       {"overlap", [](s4_cmd& c) { c.move.dst = c.move.src + 1022; }, S4_E_OVERLAP,
        AT(move.dst)},
       {"beyond", [](s4_cmd& c) { c.move.src = kTop - 1022; }, S4_E_FIELD, AT(move.src)},
       {"beyond", [](s4_cmd& c) { c.move.dst = kTop - 1022; }, S4_E_FIELD, AT(move.dst)}});
  s4_cmd cmd = valid;
  uint32_t detail = 0;
  cmd.move.dst = cmd.move.src + 1024;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.move.src_stride[0] = cmd.move.src_stride[1] = 0;  // one element, all over
  cmd.move.dst = cmd.move.src + 2;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
}

s4_cmd valid_gather() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_GATHER;
  cmd.gather = {.table = kVa, .indices = kVa + 0x100000, .dst = kVa + 0x200000, .row_bytes = 100,
                .table_pitch = 128, .dst_pitch = 100, .entries = 50, .count = 10,
                .index_bytes = 4, .index_stride = 2};
  return cmd;
}

TEST(Gather, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_gather(), sizeof(s4_cmd_gather));
  expect_refused(
      valid_gather(),
      {{"no bytes", [](s4_cmd& c) { c.gather.row_bytes = 0; }, S4_E_FIELD, AT(gather.row_bytes)},
       {"too long", [](s4_cmd& c) { c.gather.row_bytes = S4_MAX_BYTES + 1; }, S4_E_FIELD,
        AT(gather.row_bytes)},
       {"pitch", [](s4_cmd& c) { c.gather.table_pitch = 99; }, S4_E_FIELD,
        AT(gather.table_pitch)},
       {"pitch", [](s4_cmd& c) { c.gather.dst_pitch = 99; }, S4_E_FIELD, AT(gather.dst_pitch)},
       {"no entries", [](s4_cmd& c) { c.gather.entries = 0; }, S4_E_FIELD, AT(gather.entries)},
       {"no rows", [](s4_cmd& c) { c.gather.count = 0; }, S4_E_FIELD, AT(gather.count)},
       {"size", [](s4_cmd& c) { c.gather.index_bytes = 2; }, S4_E_FIELD, AT(gather.index_bytes)},
       {"stride", [](s4_cmd& c) { c.gather.index_stride = 0; }, S4_E_FIELD,
        AT(gather.index_stride)},
       {"unaligned", [](s4_cmd& c) { c.gather.indices += 2; }, S4_E_ALIGN, AT(gather.indices)},
       {"beyond", [](s4_cmd& c) { c.gather.table_pitch = ~uint64_t{0}; }, S4_E_FIELD,
        AT(gather.table)},
       {"beyond", [](s4_cmd& c) { c.gather.indices = kTop - 72; }, S4_E_FIELD,
        AT(gather.indices)},
       {"beyond", [](s4_cmd& c) { c.gather.dst = kTop - 999; }, S4_E_FIELD, AT(gather.dst)},
       {"overlap", [](s4_cmd& c) { c.gather.dst = c.gather.table + 6371; }, S4_E_OVERLAP,
        AT(gather.dst)},
       {"overlap", [](s4_cmd& c) { c.gather.dst = c.gather.indices + 75; }, S4_E_OVERLAP,
        AT(gather.dst)}});
}

TEST(Gather, AnIndexOutOfRangeIsReportedByItsElement) {
  for (const uint32_t bytes : {4u, 8u}) {
    for (const int64_t wrong : {int64_t{50}, int64_t{-1}, int64_t{INT32_MIN}, int64_t{INT32_MAX},
                                int64_t{1} << 32, int64_t{INT64_MIN}}) {
      if (bytes == 4 && wrong != static_cast<int32_t>(wrong)) {
        continue;
      }
      FakeMemory memory;
      s4_cmd cmd = valid_gather();
      cmd.gather.index_bytes = bytes;
      cmd.gather.count = 700;
      memory.map(cmd.gather.table, 50 * 128);
      memory.map(cmd.gather.indices, 700 * 16);
      memory.map(cmd.gather.dst, 70000);
      for (const uint64_t element : {555u, 699u}) {
        memory.put(cmd.gather.indices + element * 2 * bytes, &wrong, bytes);
      }
      for (const NamedEngine& named : all_engines()) {
        FakePort port(memory);
        const card::Fault fault = named.engine->run(dispatch_of(cmd), port);
        EXPECT_EQ(fault.status, S4_E_INDEX) << wrong;
        EXPECT_EQ(fault.detail, 555u) << named.name << " " << wrong;
      }
    }
  }
}

TEST(Move, CostsItsRunsInWholeBursts) {
  const auto cycles = [](const s4_cmd& cmd) {
    return all_engines().front().engine->cycles(dispatch_of(cmd));
  };
  // 8 x 64 elements of 2 bytes: each is dense, 1 KiB.
  EXPECT_EQ(cycles(transpose(8, 64, 2)), kOverhead + (2 * 1024 + 79) / 80);
  // Runs of 16 bytes, 64 of them, in gaps: a burst each.
  s4_cmd cmd = transpose(8, 64, 2);
  cmd.move.dst_stride[0] = 100;
  EXPECT_EQ(cycles(cmd), kOverhead + std::max(64 * 64 + 1024 + 79, 64 * 80) / 80);
  // On chip: a burst a clock in and out.
  cmd.move.src = S4_SRAM_VA;
  cmd.move.dst = S4_SRAM_VA + 0x100000;
  EXPECT_EQ(cycles(cmd), kOverhead + 64);
  // What is repeated is read once, a row of 16 bytes: the 16 bursts out bind.
  cmd = transpose(8, 64, 2);
  cmd.move.src_stride[0] = 0;
  cmd.move.src_stride[1] = 1;
  EXPECT_EQ(cycles(cmd), kOverhead + 1024 / 64);
  // 10 rows of 100 bytes from a table and to dst, 10 indices that are not dense.
  EXPECT_EQ(cycles(valid_gather()), kOverhead + (10 * 128 + 10 * 128 + 10 * 64) / 80);
}

}  // namespace
}  // namespace s4::test
