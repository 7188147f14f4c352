// SPDX-License-Identifier: MIT
// Commands along rows through a command list: whole and split over cores, on small integers, whose
// results are exact.
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

}  // namespace
}  // namespace s4
