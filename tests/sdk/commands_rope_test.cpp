// SPDX-License-Identifier: MIT
// ROPE through a command list: quarter and half turns, whose results are exact.
#include "fixture.hpp"

namespace s4 {
namespace {

class RopeTest : public test::OnDevice {};

TEST_F(RopeTest, TurnsThePairsOfASequenceByItsPositions) {
  const uint32_t tokens = 10, heads = 3, dim = 8, sequence = 5;
  const uint32_t entries = 4 + sequence;
  const float quarter_cos[] = {1, 0, -1, 0}, quarter_sin[] = {0, 1, 0, -1};
  std::vector<float> cos(entries * dim / 2), sin(cos.size());
  for (uint32_t i = 0; i < cos.size(); ++i) {
    cos[i] = quarter_cos[i / (dim / 2) % 4];
    sin[i] = quarter_sin[i / (dim / 2) % 4];
  }
  std::vector<float> x(tokens * heads * dim), expected(x.size());
  for (uint32_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i + 1);
  }
  for (uint32_t row = 0; row < tokens * heads; ++row) {
    const uint32_t turns = (4 + row / heads % sequence) % 4;
    for (uint32_t i = 0; i < dim / 2; ++i) {
      const float a = x[row * dim + i], b = x[row * dim + i + dim / 2];
      const float to_a[] = {a, -b, -a, b}, to_b[] = {b, a, -b, -a};
      expected[row * dim + i] = to_a[turns];
      expected[row * dim + i + dim / 2] = to_b[turns];
    }
  }
  const auto upload = [&](const std::vector<float>& data) {
    Buffer buffer = Buffer::create(device(), data.size() * 4).value();
    buffer.upload(0, data.data(), data.size() * 4).value();
    return buffer;
  };
  Buffer x_card = upload(x), cos_card = upload(cos), sin_card = upload(sin);
  Buffer y = Buffer::create(device(), x.size() * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_ROPE;
  s4_cmd_rope& c = cmd.rope;
  c.x_token_pitch = c.y_token_pitch = heads * dim * 4;
  c.x_head_pitch = c.y_head_pitch = dim * 4;
  c.table_pitch = dim / 2 * 4;
  c.tokens = tokens;
  c.heads = heads;
  c.head_dim = c.rotary_dim = dim;
  c.entries = entries;
  c.first_position = 4;
  c.sequence = sequence;
  c.x_type = c.y_type = S4_TYPE_FLOAT32;
  const auto add = [&](CommandList& list) {
    return list.add(cmd, {{offsetof(s4_cmd, rope.x), x_card},
                          {offsetof(s4_cmd, rope.cos), cos_card},
                          {offsetof(s4_cmd, rope.sin), sin_card},
                          {offsetof(s4_cmd, rope.y), y}});
  };
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CommandList list = this->list();
    list.fill(y, x.size() * 4, 0xff).value();
    add(list).value();
    Queue queue = this->queue({.core_mode = mode});
    Job job = queue.submit(list).value();
    auto waited = job.wait();
    ASSERT_TRUE(waited.ok()) << waited.error().text();
    std::vector<float> got(x.size());
    y.download(0, got.data(), got.size() * 4).value();
    EXPECT_EQ(got, expected) << "mode " << mode;
  }
  c.first_position = 5;
  CommandList list = this->list();
  const auto refused = add(list);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("rope: first_position"));
}

}  // namespace
}  // namespace s4
