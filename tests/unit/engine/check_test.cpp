// SPDX-License-Identifier: MIT
// Every field of every command out of its range is refused, with the field named, and the engine
// says the same as s4_cmd_check() does without touching memory.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "engines.hpp"

namespace s4::test {
namespace {

constexpr uint64_t kVa = 0x10000000;
constexpr uint64_t kTop = S4_VA_END;

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

s4_cmd valid_spmm(uint8_t type) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SPMM;
  cmd.header.flags = S4_SPMM_BIAS | S4_SPMM_SCALE;
  s4_cmd_spmm& c = cmd.spmm;
  c.x = kVa;
  c.y = kVa + 0x1000000;
  c.values = kVa + 0x2000000;
  c.indices = kVa + 0x3000000;
  c.bias = kVa + 0x4000000;
  c.scale = kVa + 0x5000000;
  c.x_pitch = 512;
  c.y_pitch = 512;
  c.rows = 32;
  c.k = 100;
  c.columns = 96;
  c.degree = 8;
  c.type = type;
  c.y_type = type;
  c.activation = S4_ACT_RELU;
  c.x_layout = S4_LAYOUT_COLUMNS;
  c.y_layout = S4_LAYOUT_ROWS;
  return cmd;
}

s4_cmd valid_eltwise() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_ELTWISE;
  s4_cmd_eltwise& c = cmd.eltwise;
  c.a = kVa;
  c.b = kVa + 0x100000;
  c.y = kVa + 0x200000;
  c.op = S4_ELTWISE_ADD;
  c.type = S4_TYPE_BF16;
  c.dims = 3;
  const uint32_t shape[] = {4, 5, 6};
  const uint32_t dense[] = {30, 6, 1};
  for (int i = 0; i < 3; ++i) {
    c.shape[i] = shape[i];
    c.a_stride[i] = c.b_stride[i] = c.y_stride[i] = dense[i];
  }
  c.b_stride[1] = 0;
  c.a_scale = c.b_scale = c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

// Fails the test when memory is touched.
class NoMemory final : public card::MemoryPort {
 public:
  card::AccessScope* begin(ScopeStorage&) override {
    ADD_FAILURE() << "memory was touched";
    return nullptr;
  }
  void end(card::AccessScope*) override {}
  void retire(uint64_t) override {}
};

struct Wrong {
  const char* what;
  std::function<void(s4_cmd&)> change;
  s4_status status;
  size_t offset;
};

void expect_refused(const s4_cmd& valid, const std::vector<Wrong>& wrongs) {
  uint32_t detail = 99;
  ASSERT_EQ(s4_cmd_check(&valid, &detail), S4_OK) << "detail " << detail;
  card::Engine& engine = *all_engines().front().engine;
  for (const Wrong& wrong : wrongs) {
    s4_cmd cmd = valid;
    wrong.change(cmd);
    detail = 0;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), wrong.status) << wrong.what << " detail " << detail;
    EXPECT_EQ(detail, wrong.offset) << wrong.what;
    NoMemory none;
    const card::Fault fault = engine.run(dispatch_of(cmd), none);
    EXPECT_EQ(fault.status, wrong.status) << wrong.what;
    EXPECT_EQ(fault.detail, wrong.offset) << wrong.what;
    EXPECT_EQ(engine.cycles(dispatch_of(cmd)), 0u) << wrong.what;
  }
}

#define AT(member) __builtin_offsetof(s4_cmd, member)

TEST(Check, UnknownOpcodesAreRefused) {
  for (const uint16_t opcode : {0, 7, 8, 255, 65535}) {
    s4_cmd cmd = valid_copy();
    cmd.header.opcode = opcode;
    uint32_t detail = 7;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OPCODE);
    EXPECT_EQ(detail, 0u);
    NoMemory none;
    EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), none).status, S4_E_OPCODE);
  }
}

TEST(Check, FirmwareCommandsAreNoUnits) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_BARRIER;
  uint32_t detail = 0;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  EXPECT_EQ(s4_cmd_unit(S4_OP_BARRIER), S4_UNIT_FIRMWARE);
  EXPECT_EQ(s4_cmd_unit(S4_OP_TIMESTAMP), S4_UNIT_FIRMWARE);
  NoMemory none;
  EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), none).status, S4_E_OPCODE);
}

TEST(Check, UndefinedBytesMustBeZero) {
  s4_cmd barrier{};
  barrier.header.opcode = S4_OP_BARRIER;
  s4_cmd timestamp{};
  timestamp.header.opcode = S4_OP_TIMESTAMP;
  timestamp.timestamp.dst = kVa;
  const std::pair<s4_cmd, size_t> commands[] = {
      {barrier, 0},
      {timestamp, sizeof(s4_cmd_timestamp)},
      {valid_copy(), sizeof(s4_cmd_copy)},
      {valid_fill(), sizeof(s4_cmd_fill)},
      {valid_spmm(S4_TYPE_INT8), sizeof(s4_cmd_spmm)},
      {valid_eltwise(), sizeof(s4_cmd_eltwise)},
  };
  for (const auto& [valid, used] : commands) {
    for (size_t i = used; i < S4_CMD_BODY_BYTES; ++i) {
      s4_cmd cmd = valid;
      cmd.body[i] = 1;
      uint32_t detail = 0;
      EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD) << valid.header.opcode << " byte " << i;
      EXPECT_EQ(detail, AT(body) + i);
    }
    s4_cmd cmd = valid;
    cmd.header.reserved = uint64_t{1} << 63;
    uint32_t detail = 0;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
    EXPECT_EQ(detail, AT(header.reserved));
    cmd = valid;
    cmd.header.flags |= 0x8000;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
    EXPECT_EQ(detail, AT(header.flags));
    cmd = valid;
    cmd.header.wait = ~0u;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  }
}

TEST(Check, Timestamp) {
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

TEST(Check, Copy) {
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

TEST(Check, Fill) {
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

TEST(Check, SpmmFields) {
  using Cmd = s4_cmd&;
  expect_refused(
      valid_spmm(S4_TYPE_INT8),
      {{"unknown flag", [](Cmd c) { c.header.flags |= 4; }, S4_E_FIELD, AT(header.flags)},
       {"no scale", [](Cmd c) { c.header.flags = S4_SPMM_BIAS; }, S4_E_FIELD, AT(header.flags)},
       {"scale of sums", [](Cmd c) { c.spmm.y_type = S4_TYPE_INT32; }, S4_E_FIELD,
        AT(header.flags)},
       {"activation of sums",
        [](Cmd c) {
          c.spmm.y_type = S4_TYPE_INT32;
          c.header.flags = 0;
        },
        S4_E_FIELD, AT(spmm.activation)},
       {"no rows", [](Cmd c) { c.spmm.rows = 0; }, S4_E_FIELD, AT(spmm.rows)},
       {"rows", [](Cmd c) { c.spmm.rows = S4_MAX_ROWS + 1; }, S4_E_FIELD, AT(spmm.rows)},
       {"no k", [](Cmd c) { c.spmm.k = 0; }, S4_E_FIELD, AT(spmm.k)},
       {"k", [](Cmd c) { c.spmm.k = S4_MAX_K + 1; }, S4_E_FIELD, AT(spmm.k)},
       {"no columns", [](Cmd c) { c.spmm.columns = 0; }, S4_E_FIELD, AT(spmm.columns)},
       {"columns", [](Cmd c) { c.spmm.columns = S4_MAX_COLUMNS + 1; }, S4_E_FIELD,
        AT(spmm.columns)},
       {"degree", [](Cmd c) { c.spmm.degree = 0; }, S4_E_FIELD, AT(spmm.degree)},
       {"degree", [](Cmd c) { c.spmm.degree = 3; }, S4_E_FIELD, AT(spmm.degree)},
       {"degree", [](Cmd c) { c.spmm.degree = 64; }, S4_E_FIELD, AT(spmm.degree)},
       {"type", [](Cmd c) { c.spmm.type = S4_TYPE_FLOAT32; }, S4_E_FIELD, AT(spmm.type)},
       {"type", [](Cmd c) { c.spmm.type = 0; }, S4_E_FIELD, AT(spmm.type)},
       {"y type", [](Cmd c) { c.spmm.y_type = 0; }, S4_E_FIELD, AT(spmm.y_type)},
       {"y type", [](Cmd c) { c.spmm.y_type = 5; }, S4_E_FIELD, AT(spmm.y_type)},
       {"activation", [](Cmd c) { c.spmm.activation = 2; }, S4_E_FIELD, AT(spmm.activation)},
       {"layout", [](Cmd c) { c.spmm.x_layout = 2; }, S4_E_FIELD, AT(spmm.x_layout)},
       {"layout", [](Cmd c) { c.spmm.y_layout = 255; }, S4_E_FIELD, AT(spmm.y_layout)},
       {"reserved", [](Cmd c) { c.spmm.reserved[5] = 1; }, S4_E_FIELD, AT(spmm.reserved)},
       {"values", [](Cmd c) { c.spmm.values += 32; }, S4_E_ALIGN, AT(spmm.values)},
       {"indices", [](Cmd c) { c.spmm.indices += 1; }, S4_E_ALIGN, AT(spmm.indices)},
       {"dense indices", [](Cmd c) { c.spmm.degree = 1; }, S4_E_FIELD, AT(spmm.indices)},
       {"no bias", [](Cmd c) { c.header.flags = S4_SPMM_SCALE; }, S4_E_FIELD, AT(spmm.bias)},
       {"bias", [](Cmd c) { c.spmm.bias += 2; }, S4_E_ALIGN, AT(spmm.bias)},
       {"scale", [](Cmd c) { c.spmm.scale += 2; }, S4_E_ALIGN, AT(spmm.scale)},
       {"x pitch", [](Cmd c) { c.spmm.x_pitch = 99; }, S4_E_FIELD, AT(spmm.x_pitch)},
       {"y pitch", [](Cmd c) { c.spmm.y_pitch = 95; }, S4_E_FIELD, AT(spmm.y_pitch)},
       {"x range", [](Cmd c) { c.spmm.x_pitch = kTop / 64; }, S4_E_FIELD, AT(spmm.x)},
       {"x range", [](Cmd c) { c.spmm.x_pitch = ~uint64_t{0}; }, S4_E_FIELD, AT(spmm.x)},
       {"y range", [](Cmd c) { c.spmm.y = kTop - 100; }, S4_E_FIELD, AT(spmm.y)},
       {"values range", [](Cmd c) { c.spmm.values = kTop - 64; }, S4_E_FIELD, AT(spmm.values)},
       {"indices range", [](Cmd c) { c.spmm.indices = kTop - 64; }, S4_E_FIELD,
        AT(spmm.indices)},
       {"bias range", [](Cmd c) { c.spmm.bias = kTop - 64; }, S4_E_FIELD, AT(spmm.bias)},
       {"scale range", [](Cmd c) { c.spmm.scale = kTop - 64; }, S4_E_FIELD, AT(spmm.scale)},
       {"y on x", [](Cmd c) { c.spmm.y = c.spmm.x; }, S4_E_OVERLAP, AT(spmm.y)},
       {"y on values", [](Cmd c) { c.spmm.y = c.spmm.values + 511; }, S4_E_OVERLAP, AT(spmm.y)},
       {"y on indices", [](Cmd c) { c.spmm.y = c.spmm.indices + 511; }, S4_E_OVERLAP,
        AT(spmm.y)},
       {"y on bias", [](Cmd c) { c.spmm.y = c.spmm.bias + 127; }, S4_E_OVERLAP, AT(spmm.y)},
       {"y on scale", [](Cmd c) { c.spmm.y = c.spmm.scale - 1; }, S4_E_OVERLAP, AT(spmm.y)}});
  expect_refused(
      valid_spmm(S4_TYPE_BF16),
      {{"y type", [](Cmd c) { c.spmm.y_type = S4_TYPE_INT8; }, S4_E_FIELD, AT(spmm.y_type)},
       {"y type", [](Cmd c) { c.spmm.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(spmm.y_type)},
       {"no scale", [](Cmd c) { c.header.flags = S4_SPMM_BIAS; }, S4_E_FIELD, AT(spmm.scale)},
       {"x", [](Cmd c) { c.spmm.x += 1; }, S4_E_ALIGN, AT(spmm.x)},
       {"y", [](Cmd c) { c.spmm.y += 1; }, S4_E_ALIGN, AT(spmm.y)},
       {"x pitch", [](Cmd c) { c.spmm.x_pitch = 513; }, S4_E_ALIGN, AT(spmm.x_pitch)},
       {"y pitch", [](Cmd c) { c.spmm.y_pitch = 515; }, S4_E_ALIGN, AT(spmm.y_pitch)}});
}

TEST(Check, EltwiseFields) {
  using Cmd = s4_cmd&;
  expect_refused(
      valid_eltwise(),
      {{"op", [](Cmd c) { c.eltwise.op = 0; }, S4_E_FIELD, AT(eltwise.op)},
       {"op", [](Cmd c) { c.eltwise.op = 3; }, S4_E_FIELD, AT(eltwise.op)},
       {"type", [](Cmd c) { c.eltwise.type = S4_TYPE_INT32; }, S4_E_FIELD, AT(eltwise.type)},
       {"activation", [](Cmd c) { c.eltwise.activation = 2; }, S4_E_FIELD,
        AT(eltwise.activation)},
       {"no dims", [](Cmd c) { c.eltwise.dims = 0; }, S4_E_FIELD, AT(eltwise.dims)},
       {"dims", [](Cmd c) { c.eltwise.dims = 7; }, S4_E_FIELD, AT(eltwise.dims)},
       {"reserved", [](Cmd c) { c.eltwise.reserved = 1; }, S4_E_FIELD, AT(eltwise.reserved)},
       {"empty", [](Cmd c) { c.eltwise.shape[1] = 0; }, S4_E_FIELD, AT(eltwise.shape)},
       {"beyond dims", [](Cmd c) { c.eltwise.shape[3] = 1; }, S4_E_FIELD, AT(eltwise.shape)},
       {"too large",
        [](Cmd c) { c.eltwise.shape[0] = c.eltwise.shape[1] = c.eltwise.shape[2] = ~0u; },
        S4_E_FIELD, AT(eltwise.shape)},
       {"beyond dims", [](Cmd c) { c.eltwise.a_stride[5] = 1; }, S4_E_FIELD,
        AT(eltwise.a_stride)},
       {"beyond dims", [](Cmd c) { c.eltwise.b_stride[3] = 1; }, S4_E_FIELD,
        AT(eltwise.b_stride)},
       {"beyond dims", [](Cmd c) { c.eltwise.y_stride[4] = 1; }, S4_E_FIELD,
        AT(eltwise.y_stride)},
       {"scale", [](Cmd c) { c.eltwise.a_scale = 0; }, S4_E_FIELD, AT(eltwise.a_scale)},
       {"scale", [](Cmd c) { c.eltwise.b_scale = 0x40000000; }, S4_E_FIELD, AT(eltwise.b_scale)},
       {"scale", [](Cmd c) { c.eltwise.y_scale = 0xbf800000; }, S4_E_FIELD, AT(eltwise.y_scale)},
       {"reserved", [](Cmd c) { c.eltwise.reserved2 = 1; }, S4_E_FIELD, AT(eltwise.reserved2)},
       {"align", [](Cmd c) { c.eltwise.a += 1; }, S4_E_ALIGN, AT(eltwise.a)},
       {"align", [](Cmd c) { c.eltwise.b += 1; }, S4_E_ALIGN, AT(eltwise.b)},
       {"align", [](Cmd c) { c.eltwise.y += 1; }, S4_E_ALIGN, AT(eltwise.y)},
       {"a range", [](Cmd c) { c.eltwise.a = kTop - 238; }, S4_E_FIELD, AT(eltwise.a)},
       {"b range", [](Cmd c) { c.eltwise.b = kTop; }, S4_E_FIELD, AT(eltwise.b)},
       {"y range", [](Cmd c) { c.eltwise.y = ~uint64_t{1}; }, S4_E_FIELD, AT(eltwise.y)},
       {"y repeats", [](Cmd c) { c.eltwise.y_stride[1] = 0; }, S4_E_OVERLAP,
        AT(eltwise.y_stride)},
       {"y meets itself", [](Cmd c) { c.eltwise.y_stride[1] = 5; }, S4_E_OVERLAP,
        AT(eltwise.y_stride)},
       {"y meets itself", [](Cmd c) { c.eltwise.y_stride[0] = 29; }, S4_E_OVERLAP,
        AT(eltwise.y_stride)},
       {"y on a", [](Cmd c) { c.eltwise.y = c.eltwise.a + 2; }, S4_E_OVERLAP, AT(eltwise.y)},
       {"y on a repeated b", [](Cmd c) { c.eltwise.y = c.eltwise.b; }, S4_E_OVERLAP,
        AT(eltwise.y)}});
  s4_cmd cmd = valid_eltwise();
  uint32_t detail = 0;
  cmd.eltwise.y = cmd.eltwise.a;  // in place
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.eltwise.a_stride[0] = 40;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OVERLAP);
  cmd = valid_eltwise();
  cmd.eltwise.type = S4_TYPE_INT8;
  cmd.eltwise.y_scale = 0x3a83126f;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.eltwise.y_scale = 0x7f800000;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
  // A transposed y with padding is fine.
  cmd = valid_eltwise();
  cmd.eltwise.y_stride[0] = 1;
  cmd.eltwise.y_stride[1] = 4;
  cmd.eltwise.y_stride[2] = 21;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
}

}  // namespace
}  // namespace s4::test
