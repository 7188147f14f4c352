// SPDX-License-Identifier: MIT
// Products of activations through a command list: the scores of grouped queries, whose every sum is
// exact.
#include <cstddef>

#include "fixture.hpp"
#include "s4/abi/s4_check.h"
#include "seed.hpp"

namespace s4 {
namespace {

constexpr uint32_t kTokens = 37, kGroups = 2, kQueries = 3, kWidth = 24;
constexpr uint32_t kHeads = kGroups * kQueries;

class MatmulTest : public test::OnDevice {
 protected:
  Buffer upload(const std::vector<int8_t>& data) {
    Buffer buffer = Buffer::create(device(), data.size()).value();
    buffer.upload(0, data.data(), data.size()).value();
    return buffer;
  }
  std::vector<int8_t> random_int8(size_t count) {
    std::vector<int8_t> data(count);
    for (int8_t& v : data)
      v = static_cast<int8_t>(static_cast<int>(random_.below(256)) - 128);
    return data;
  }
  // Queries [token][head][width] times keys [token][group][width], transposed.
  static s4_cmd scores() {
    s4_cmd cmd{};
    cmd.header.opcode = S4_OP_MATMUL;
    s4_cmd_matmul& c = cmd.matmul;
    c.batches = kGroups;
    c.heads = kQueries;
    c.m = c.n = kTokens;
    c.k = kWidth;
    c.type = S4_TYPE_INT8;
    c.y_type = S4_TYPE_INT32;
    c.scale = S4_FLOAT_ONE;
    c.a_layout = S4_LAYOUT_ROWS;
    c.w_layout = S4_LAYOUT_COLUMNS;
    c.a_pitch = kHeads * kWidth;
    c.a_stride[0] = kQueries * kWidth;
    c.a_stride[1] = kWidth;
    c.w_pitch = kGroups * kWidth;
    c.w_stride[0] = kWidth;
    c.y_pitch = kTokens * 4;
    c.y_stride[1] = kTokens * c.y_pitch;
    c.y_stride[0] = kQueries * c.y_stride[1];
    return cmd;
  }
  test::Random random_;
};

TEST_F(MatmulTest, EqualsTheFormulaInEveryMode) {
  const auto queries = random_int8(size_t{kTokens} * kHeads * kWidth);
  const auto keys = random_int8(size_t{kTokens} * kGroups * kWidth);
  const Buffer a = upload(queries), w = upload(keys);
  const size_t results = size_t{kHeads} * kTokens * kTokens;
  Buffer y = Buffer::create(device(), results * 4).value();
  std::vector<int32_t> expected(results);
  for (size_t head = 0, i = 0; head < kHeads; ++head)
    for (size_t query = 0; query < kTokens; ++query)
      for (size_t key = 0; key < kTokens; ++key, ++i)
        for (size_t e = 0; e < kWidth; ++e)
          expected[i] += queries[(query * kHeads + head) * kWidth + e] *
                         keys[(key * kGroups + head / kQueries) * kWidth + e];
  s4_cmd cmd = scores();
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CommandList list = this->list();
    list.add(cmd, {{offsetof(s4_cmd, matmul.a), a},
                   {offsetof(s4_cmd, matmul.w), w},
                   {offsetof(s4_cmd, matmul.y), y}})
        .value();
    Queue queue = this->queue({.core_mode = mode});
    queue.submit(list).value().wait().value();
    std::vector<int32_t> got(results);
    y.download(0, got.data(), results * 4).value();
    EXPECT_EQ(got, expected) << "mode " << mode << ", seed " << random_.seed();
  }
  cmd.matmul.y_stride[1] = 0;
  CommandList list = this->list();
  EXPECT_THAT(list.add(cmd, {}).error().message, testing::HasSubstr("matmul: y_stride"));
}

}  // namespace
}  // namespace s4
