// SPDX-License-Identifier: MIT
// Commands along rows through a command list: whole and split over cores, on small integers, whose
// results are exact.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "fixture.hpp"

namespace s4 {
namespace {

class RowsTest : public test::OnDevice {
 protected:
  template <typename T>
  Buffer upload(const std::vector<T>& data) {
    Buffer buffer = Buffer::create(device(), data.size() * sizeof(T)).value();
    buffer.upload(0, data.data(), data.size() * sizeof(T)).value();
    return buffer;
  }
  template <typename T>
  std::vector<T> download(const Buffer& buffer, size_t count) {
    std::vector<T> data(count);
    buffer.download(0, data.data(), count * sizeof(T)).value();
    return data;
  }
  void run(const CommandList& list, s4_core_mode mode) {
    Queue queue = this->queue({.core_mode = mode});
    Job job = queue.submit(list).value();
    auto waited = job.wait();
    ASSERT_TRUE(waited.ok()) << waited.error().text();
  }
};

constexpr uint32_t kOne = std::bit_cast<uint32_t>(1.0f);

TEST_F(RowsTest, ReduceGivesTheMeanOfEachRow) {
  const uint32_t rows = 37, n = 64;
  std::vector<int8_t> x(rows * n);
  std::vector<float> expected(rows);
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t i = 0; i < n; ++i) {
      x[r * n + i] = static_cast<int8_t>((r * 7 + i * 13) % 200 - 100);
      expected[r] += x[r * n + i];
    }
    expected[r] /= n;
  }
  Buffer x_card = upload(x);
  Buffer y = Buffer::create(device(), rows * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_REDUCE;
  cmd.reduce.op = S4_REDUCE_MEAN;
  cmd.reduce.x_type = S4_TYPE_INT8;
  cmd.reduce.y_type = S4_TYPE_FLOAT32;
  cmd.reduce.dims = 2;
  cmd.reduce.reduced = 2;
  cmd.reduce.shape[0] = rows;
  cmd.reduce.shape[1] = n;
  cmd.reduce.x_stride[0] = n;
  cmd.reduce.x_stride[1] = 1;
  cmd.reduce.y_stride[0] = 1;
  cmd.reduce.x_scale = cmd.reduce.y_scale = kOne;
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CommandList list = this->list();
    list.fill(y, rows * 4, 0xff).value();
    list.add(cmd, {{offsetof(s4_cmd, reduce.x), x_card}, {offsetof(s4_cmd, reduce.y), y}}).value();
    run(list, mode);
    EXPECT_EQ(download<float>(y, rows), expected) << "mode " << mode;
  }
  cmd.reduce.reduced = 4;
  CommandList list = this->list();
  const auto refused =
      list.add(cmd, {{offsetof(s4_cmd, reduce.x), x_card}, {offsetof(s4_cmd, reduce.y), y}});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("reduce: reduced"));
}

TEST_F(RowsTest, NormOfASumIsCentredAndScaled) {
  const uint32_t rows = 37, n = 64;
  std::vector<float> x(rows * n), residual(rows * n), expected(rows * n);
  const std::vector<float> gamma(n, 4.0f), beta(n, 1.0f);
  for (uint32_t i = 0; i < rows * n; ++i) {
    // The sum is the row's number plus or minus two, so that its variance is 4.
    const float sign = i % 2 == 0 ? 2.0f : -2.0f;
    residual[i] = static_cast<float>(i % 13);
    x[i] = static_cast<float>(i / n) + sign - residual[i];
    expected[i] = sign / 2 * 4 + 1;
  }
  Buffer x_card = upload(x);
  Buffer residual_card = upload(residual);
  Buffer gamma_card = upload(gamma);
  Buffer beta_card = upload(beta);
  Buffer y = Buffer::create(device(), rows * n * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_NORM;
  s4_cmd_norm& c = cmd.norm;
  c.kind = S4_NORM_LAYER;
  c.x_type = c.residual_type = c.y_type = S4_TYPE_FLOAT32;
  c.shape[0] = c.groups = 1;
  c.shape[1] = rows;
  c.shape[2] = n;
  c.x_stride[1] = c.residual_stride[1] = c.y_stride[1] = n;
  c.x_stride[2] = c.residual_stride[2] = c.y_stride[2] = 1;
  c.x_scale = c.residual_scale = c.y_scale = kOne;
  const auto add = [&](CommandList& list) {
    return list.add(cmd, {{offsetof(s4_cmd, norm.x), x_card},
                          {offsetof(s4_cmd, norm.residual), residual_card},
                          {offsetof(s4_cmd, norm.gamma), gamma_card},
                          {offsetof(s4_cmd, norm.beta), beta_card},
                          {offsetof(s4_cmd, norm.y), y}});
  };
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CommandList list = this->list();
    list.fill(y, rows * n * 4, 0xff).value();
    add(list).value();
    run(list, mode);
    EXPECT_EQ(download<float>(y, rows * n), expected) << "mode " << mode;
  }
  c.groups = 3;
  CommandList list = this->list();
  const auto refused = add(list);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("norm: groups"));
}

TEST_F(RowsTest, SoftmaxOfEqualElementsIsOneOverWhatIsSeen) {
  const uint32_t batch = 3, rows = 8, n = 8;
  const std::vector<float> x(batch * rows * n, 3.5f);
  const std::vector<int32_t> lengths = {8, 4, 0};
  std::vector<float> expected(x.size());
  for (uint32_t b = 0; b < batch; ++b) {
    for (uint32_t r = 0; r < rows; ++r) {
      const uint32_t seen = std::min<uint32_t>(r + 1, lengths[b]);
      for (uint32_t j = 0; j < seen; ++j) {
        expected[(b * rows + r) * n + j] = 1.0f / static_cast<float>(seen);
      }
    }
  }
  Buffer x_card = upload(x);
  Buffer lengths_card = upload(lengths);
  Buffer y = Buffer::create(device(), x.size() * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SOFTMAX;
  cmd.softmax.options = S4_SOFTMAX_CAUSAL;
  cmd.softmax.x_type = cmd.softmax.y_type = S4_TYPE_FLOAT32;
  cmd.softmax.dims = 3;
  const uint32_t shape[] = {batch, rows, n};
  const uint32_t dense[] = {rows * n, n, 1};
  for (int i = 0; i < 3; ++i) {
    cmd.softmax.shape[i] = shape[i];
    cmd.softmax.x_stride[i] = cmd.softmax.y_stride[i] = dense[i];
  }
  cmd.softmax.factor = cmd.softmax.x_scale = cmd.softmax.y_scale = kOne;
  const auto add = [&](CommandList& list) {
    return list.add(cmd, {{offsetof(s4_cmd, softmax.x), x_card},
                          {offsetof(s4_cmd, softmax.lengths), lengths_card},
                          {offsetof(s4_cmd, softmax.y), y}});
  };
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CommandList list = this->list();
    list.fill(y, x.size() * 4, 0xff).value();
    add(list).value();
    run(list, mode);
    EXPECT_EQ(download<float>(y, x.size()), expected) << "mode " << mode;
  }
  const std::vector<int32_t> wrong = {8, 9, 0};
  lengths_card.upload(0, wrong.data(), wrong.size() * 4).value();
  CommandList list = this->list();
  add(list).value();
  Queue queue = this->queue();
  const auto waited = queue.submit(list).value().wait();
  ASSERT_FALSE(waited.ok());
  EXPECT_THAT(waited.error().text(), testing::HasSubstr("length 1 is not one of a row"));
  cmd.softmax.options = 4;
  CommandList refusing = this->list();
  const auto refused = add(refusing);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("softmax: options"));
}

}  // namespace
}  // namespace s4
