// SPDX-License-Identifier: MIT
// COPY, FILL and TIMESTAMP: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include "everywhere.hpp"
#include "memory_case.hpp"
#include "refusal.hpp"

namespace s4::test {
namespace {

TEST(Copy, MovesEveryByteAndNoOther) {
  Random random;
  for (int i = 0; i < case_count(25); ++i) {
    Case c = random_copy(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Fill, RepeatsThePatternAndTouchesNothingElse) {
  Random random;
  for (int i = 0; i < case_count(40); ++i) {
    Case c = random_fill(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

s4_cmd valid_copy() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_COPY;
  cmd.copy = {.src = kVa, .dst = kVa + 0x100000, .row_bytes = 100, .src_pitch = 128,
              .dst_pitch = 100, .rows = 10, .reserved = 0};
  return cmd;
}

s4_cmd valid_fill() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_FILL;
  cmd.fill = {.dst = kVa, .bytes = 64, .pattern = 0x1234, .pattern_bytes = 2};
  return cmd;
}

TEST(Timestamp, FieldsAreChecked) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_TIMESTAMP;
  cmd.timestamp.dst = kTop - 16;
  uint32_t detail = 0;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.timestamp.dst = kTop;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
  cmd.timestamp.dst = kVa + 8;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_ALIGN);
  EXPECT_EQ(detail, AT(timestamp.dst));
}

TEST(Copy, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_copy(), sizeof(s4_cmd_copy));
  expect_refused(
      valid_copy(),
      {{"no rows", [](s4_cmd& c) { c.copy.rows = 0; }, S4_E_FIELD, AT(copy.rows)},
       {"no bytes", [](s4_cmd& c) { c.copy.row_bytes = 0; }, S4_E_FIELD, AT(copy.row_bytes)},
       {"too many bytes", [](s4_cmd& c) { c.copy.row_bytes = S4_MAX_BYTES + 1; }, S4_E_FIELD,
        AT(copy.row_bytes)},
       {"small pitch", [](s4_cmd& c) { c.copy.src_pitch = 99; }, S4_E_FIELD, AT(copy.src_pitch)},
       {"small pitch", [](s4_cmd& c) { c.copy.dst_pitch = 0; }, S4_E_FIELD, AT(copy.dst_pitch)},
       {"pitch of one row", [](s4_cmd& c) { c.copy.rows = 1; }, S4_E_FIELD, AT(copy.src_pitch)},
       {"pitch overflows", [](s4_cmd& c) { c.copy.src_pitch = ~uint64_t{0}; }, S4_E_FIELD,
        AT(copy.src)},
       {"pitch overflows", [](s4_cmd& c) { c.copy.dst_pitch = kTop / 9 + 1; }, S4_E_FIELD,
        AT(copy.dst)},
       {"beyond the space", [](s4_cmd& c) { c.copy.src = kTop - 1251; }, S4_E_FIELD,
        AT(copy.src)},
       {"beyond the space", [](s4_cmd& c) { c.copy.dst = ~uint64_t{0}; }, S4_E_FIELD,
        AT(copy.dst)},
       {"reserved", [](s4_cmd& c) { c.copy.reserved = 1; }, S4_E_FIELD, AT(copy.reserved)},
       {"overlap", [](s4_cmd& c) { c.copy.dst = c.copy.src + 1251; }, S4_E_OVERLAP, AT(copy.dst)},
       {"overlap", [](s4_cmd& c) { c.copy.dst = c.copy.src - 999; }, S4_E_OVERLAP,
        AT(copy.dst)}});
  s4_cmd cmd = valid_copy();
  uint32_t detail = 0;
  cmd.copy.dst = cmd.copy.src + 1252;  // 9 * 128 + 100: just beyond
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.copy.src = kTop - 1252;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
}

TEST(Fill, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_fill(), sizeof(s4_cmd_fill));
  expect_refused(
      valid_fill(),
      {{"pattern size", [](s4_cmd& c) { c.fill.pattern_bytes = 0; }, S4_E_FIELD,
        AT(fill.pattern_bytes)},
       {"pattern size", [](s4_cmd& c) { c.fill.pattern_bytes = 3; }, S4_E_FIELD,
        AT(fill.pattern_bytes)},
       {"pattern size", [](s4_cmd& c) { c.fill.pattern_bytes = 8; }, S4_E_FIELD,
        AT(fill.pattern_bytes)},
       {"unused bytes", [](s4_cmd& c) { c.fill.pattern = 0x10000; }, S4_E_FIELD,
        AT(fill.pattern)},
       {"unaligned", [](s4_cmd& c) { c.fill.dst += 1; }, S4_E_ALIGN, AT(fill.dst)},
       {"partial", [](s4_cmd& c) { c.fill.bytes = 63; }, S4_E_ALIGN, AT(fill.bytes)},
       {"nothing", [](s4_cmd& c) { c.fill.bytes = 0; }, S4_E_FIELD, AT(fill.bytes)},
       {"too much", [](s4_cmd& c) { c.fill.bytes = S4_MAX_BYTES + 2; }, S4_E_FIELD,
        AT(fill.bytes)},
       {"beyond", [](s4_cmd& c) { c.fill.dst = kTop - 62; }, S4_E_FIELD, AT(fill.dst)}});
}

}  // namespace
}  // namespace s4::test
