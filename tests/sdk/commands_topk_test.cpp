// SPDX-License-Identifier: MIT
// TOPK through a command list: whole and split over cores.
#include <algorithm>
#include <numeric>

#include "fixture.hpp"

namespace s4 {
namespace {

using TopkTest = test::OnDevice;

TEST_F(TopkTest, GivesTheGreatestOfEachRowAndWhereTheyAre) {
  const uint32_t rows = 13, n = 1000, k = 5;
  std::vector<int32_t> x(rows * n);
  std::vector<int32_t> values;
  std::vector<int32_t> indices;
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t i = 0; i < n; ++i) {
      x[r * n + i] = static_cast<int32_t>((i * 37 + r * 11) % 251) - 100;
    }
    const int32_t* row = x.data() + r * n;
    std::vector<int32_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int32_t a, int32_t b) { return row[a] > row[b]; });
    for (uint32_t j = 0; j < k; ++j) {
      indices.push_back(order[j]);
      values.push_back(row[order[j]]);
    }
  }
  Buffer x_card = Buffer::create(device(), x.size() * 4).value();
  x_card.upload(0, x.data(), x.size() * 4).value();
  Buffer values_card = Buffer::create(device(), values.size() * 4).value();
  Buffer indices_card = Buffer::create(device(), indices.size() * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_TOPK;
  cmd.topk.rows = rows;
  cmd.topk.n = n;
  cmd.topk.k = k;
  cmd.topk.x_pitch = n * 4;
  cmd.topk.values_pitch = cmd.topk.indices_pitch = k * 4;
  cmd.topk.type = S4_TYPE_INT32;
  cmd.topk.order = S4_TOPK_LARGEST;
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CommandList list = this->list();
    list.fill(values_card, values.size() * 4, 0xff).value();
    list.fill(indices_card, indices.size() * 4, 0xff).value();
    list.add(cmd, {{offsetof(s4_cmd, topk.x), x_card},
                   {offsetof(s4_cmd, topk.values), values_card},
                   {offsetof(s4_cmd, topk.indices), indices_card}})
        .value();
    Queue queue = this->queue({.core_mode = mode});
    Job job = queue.submit(list).value();
    auto waited = job.wait();
    ASSERT_TRUE(waited.ok()) << waited.error().text();
    std::vector<int32_t> got(values.size());
    values_card.download(0, got.data(), got.size() * 4).value();
    EXPECT_EQ(got, values) << "mode " << mode;
    indices_card.download(0, got.data(), got.size() * 4).value();
    EXPECT_EQ(got, indices) << "mode " << mode;
  }
}

}  // namespace
}  // namespace s4
