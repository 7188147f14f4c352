// SPDX-License-Identifier: MIT
// Weights on the card: the sparse product against a plain reference, bit for bit, and equal to the
// dense product of the same pruned weights.
#include <bit>
#include <cmath>

#include "fixture.hpp"
#include "seed.hpp"

namespace s4 {
namespace {

using testing::HasSubstr;

float from_bf16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}
uint16_t to_bf16(float v) {
  const uint32_t bits = std::bit_cast<uint32_t>(v);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

class SpmmTest : public test::OnDevice {
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
  void run(const CommandList& list, s4_core_mode mode = S4_CORE_MODE_ONE) {
    Queue queue = this->queue({.core_mode = mode});
    Job job = queue.submit(list).value();
    auto waited = job.wait();
    ASSERT_TRUE(waited.ok()) << waited.error().text();
  }
};

TEST_F(SpmmTest, Bf16EqualsTheReferenceAndTheDenseProduct) {
  test::Random random;
  const uint32_t rows = 37, k = 200, columns = 19;
  std::vector<float> dense(rows * k);
  for (float& w : dense)
    w = random.normal();
  std::vector<uint16_t> x(k * columns);
  for (uint16_t& v : x)
    v = to_bf16(random.normal());
  std::vector<float> bias(rows);
  for (float& b : bias)
    b = random.normal();
  Buffer x_card = upload(x);
  Buffer bias_card = upload(bias);
  Buffer y = Buffer::create(device(), rows * columns * 4).value();
  for (const uint32_t degree : {1u, 2u, 4u, 8u, 16u, 32u}) {
    const Blob blob = pack_bf16(dense.data(), rows, k, degree).value();
    Weights weights = Weights::upload(device(), blob).value();
    EXPECT_EQ(weights.info().degree, degree);
    EXPECT_EQ(weights.info().bytes, rows * 256 / degree * (degree == 1 ? 2u : 3u));
    // The pruned matrix: what is not stored is zero, and adds nothing.
    const s4_weights_header& h = *reinterpret_cast<const s4_weights_header*>(blob.data());
    std::vector<float> pruned(rows * 256, 0.0f);
    const auto* values = reinterpret_cast<const uint16_t*>(blob.data() + h.values_offset);
    const auto* indices = reinterpret_cast<const uint8_t*>(blob.data() + h.indices_offset);
    const uint32_t per_bank = 64 / degree;
    for (uint32_t e = 0; e < rows * 4 * per_bank; ++e) {
      const uint32_t place = degree == 1 ? e % 64 : indices[e];
      pruned[e / per_bank * 64 + place] = from_bf16(values[e]);
    }
    std::vector<float> expected(rows * columns);
    for (uint32_t r = 0; r < rows; ++r) {
      for (uint32_t c = 0; c < columns; ++c) {
        float sum = 0;
        for (uint32_t i = 0; i < k; ++i) {
          sum = std::fma(pruned[r * 256 + i], from_bf16(x[i * columns + c]), sum);
        }
        expected[r * columns + c] = std::max((sum + 0.0f) + bias[r], 0.0f);
      }
    }
    for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
      CommandList list = this->list();
      list.spmm({.weights = &weights,
                 .x = x_card,
                 .y = y,
                 .bias = bias_card,
                 .columns = columns,
                 .activation = S4_ACT_RELU})
          .value();
      run(list, mode);
      EXPECT_EQ(download<float>(y, expected.size()), expected)
          << "degree " << degree << ", mode " << mode << ", seed " << random.seed();
    }
  }
}

TEST_F(SpmmTest, Int8ThroughTwoLayers) {
  test::Random random;
  const uint32_t k = 100, hidden = 40, out = 10, columns = 7;
  const auto random_int8 = [&](size_t count) {
    std::vector<int8_t> data(count);
    for (int8_t& v : data)
      v = static_cast<int8_t>(random.below(255)) - 127;
    return data;
  };
  const auto w1 = random_int8(hidden * k), w2 = random_int8(out * hidden);
  const auto x = random_int8(k * columns);
  std::vector<int32_t> bias(hidden);
  for (int32_t& b : bias)
    b = static_cast<int32_t>(random.below(20000)) - 10000;
  std::vector<float> scale1(hidden, 1.0f / 4096), scale2(out, 0.25f);
  const std::vector<uint8_t> keep(hidden * k, 1);
  Weights first =
      Weights::upload(device(), pack_int8(w1.data(), hidden, k, 1, keep.data()).value()).value();
  Weights second = Weights::upload(device(), pack_int8(w2.data(), out, hidden, 1).value()).value();
  Buffer x_card = upload(x), bias_card = upload(bias), s1 = upload(scale1), s2 = upload(scale2);
  Buffer middle = Buffer::create(device(), hidden * columns).value();
  Buffer y = Buffer::create(device(), out * columns * 4).value();
  CommandList list = this->list();
  // A column of x is contiguous, as a batch of samples comes.
  list.spmm({.weights = &first,
             .x = x_card,
             .y = middle,
             .bias = bias_card,
             .scale = s1,
             .columns = columns,
             .y_type = S4_TYPE_INT8,
             .activation = S4_ACT_RELU,
             .x_layout = S4_LAYOUT_COLUMNS})
      .value();
  list.spmm({.weights = &second,
             .x = middle,
             .y = y,
             .scale = s2,
             .columns = columns,
             .y_layout = S4_LAYOUT_COLUMNS})
      .value();
  run(list);
  std::vector<float> expected(out * columns);
  for (uint32_t c = 0; c < columns; ++c) {
    std::vector<int32_t> h(hidden);
    for (uint32_t r = 0; r < hidden; ++r) {
      int32_t sum = bias[r];
      for (uint32_t i = 0; i < k; ++i)
        sum += w1[r * k + i] * x[c * k + i];
      const float v = std::max(static_cast<float>(sum) * scale1[r], 0.0f);
      h[r] = static_cast<int32_t>(std::min(std::nearbyint(v), 127.0f));
    }
    for (uint32_t r = 0; r < out; ++r) {
      int32_t sum = 0;
      for (uint32_t i = 0; i < hidden; ++i)
        sum += w2[r * hidden + i] * h[i];
      expected[c * out + r] = static_cast<float>(sum) * scale2[r];
    }
  }
  EXPECT_EQ(download<float>(y, expected.size()), expected) << "seed " << random.seed();
}

// A layer with a shortcut in place and an activation that wants the true scale.
TEST_F(SpmmTest, EpilogueAddsAResidualAndActivates) {
  const uint32_t n = 64, columns = 8;
  std::vector<float> identity(n * n);
  for (uint32_t i = 0; i < n; ++i)
    identity[i * n + i] = 1;
  std::vector<uint16_t> x(n * columns);
  std::vector<float> y(n * columns);
  for (uint32_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(i % 200)) >> 16);
    y[i] = static_cast<float>(i % 7) - 150;
  }
  const Blob blob = pack_bf16(identity.data(), n, n, 4).value();
  Weights weights = Weights::upload(device(), blob).value();
  Buffer x_card = upload(x), y_card = upload(y);
  CommandList list = this->list();
  list.spmm({.weights = &weights,
             .x = x_card,
             .y = y_card,
             .columns = columns,
             .activation = S4_ACT_LEAKY_RELU,
             .alpha = 0.5f,
             .residual = y_card})
      .value();
  run(list);
  std::vector<float> seen(y.size());
  y_card.download(0, seen.data(), seen.size() * 4).value();
  for (uint32_t i = 0; i < seen.size(); ++i) {
    const float v = static_cast<float>(i % 200) + y[i];
    ASSERT_EQ(seen[i], v > 0 ? v : v * 0.5f) << i;
  }
}

TEST_F(SpmmTest, EltwiseBroadcastsAndKeepsOrder) {
  std::vector<float> a(6 * 4), b(4);
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = static_cast<float>(i) - 10;
  for (size_t i = 0; i < b.size(); ++i)
    b[i] = static_cast<float>(i + 1);
  Buffer a_card = upload(a), b_card = upload(b);
  Buffer y = Buffer::create(device(), a.size() * 4).value();
  CommandList list = this->list();
  s4_eltwise add{};
  add.a = Address(a_card).raw();
  add.b = Address(b_card).raw();
  add.y = Address(y).raw();
  add.op = S4_ELTWISE_ADD;
  add.type = S4_TYPE_FLOAT32;
  add.dims = 2;
  const uint32_t shape[2] = {6, 4};
  for (int d = 0; d < 2; ++d) {
    add.shape[d] = shape[d];
    add.a_stride[d] = add.y_stride[d] = d == 0 ? 4 : 1;
    add.b_stride[d] = d == 0 ? 0 : 1;  // repeated over the rows
  }
  list.eltwise(add).value();
  s4_eltwise mul = add;  // in place, after the sum
  mul.a = mul.y;
  mul.op = S4_ELTWISE_MUL;
  mul.activation = S4_ACT_RELU;
  list.eltwise(mul).value();
  run(list);
  std::vector<float> expected(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    expected[i] = std::max((a[i] + b[i % 4]) * b[i % 4], 0.0f);
  }
  EXPECT_EQ(download<float>(y, a.size()), expected);
}

TEST_F(SpmmTest, BadBlobIsRefusedAtUpload) {
  std::vector<float> dense(3 * 64, 1.0f);
  Blob blob = pack_bf16(dense.data(), 3, 64, 8).value();
  blob.back() ^= std::byte{1};
  auto uploaded = Weights::upload(device(), blob);
  ASSERT_FALSE(uploaded.ok());
  EXPECT_EQ(uploaded.error().code, Code::kBadWeights);
  EXPECT_EQ(uploaded.error().stage, "upload weights");
  EXPECT_THAT(uploaded.error().message, HasSubstr("damaged"));
}

TEST_F(SpmmTest, BuildErrorsSayWhatDoesNotFit) {
  std::vector<float> dense(8 * 64, 1.0f);
  Weights weights = Weights::upload(device(), pack_bf16(dense.data(), 8, 64, 8).value()).value();
  Buffer x = Buffer::create(device(), 4096).value();
  Buffer y = Buffer::create(device(), 4096).value();
  CommandList list = this->list();
  EXPECT_THAT(list.spmm({.weights = &weights, .x = x, .y = y, .columns = 64}).error().message,
              HasSubstr("spmm: x takes 8192 bytes from offset 0, its buffer has 4096"));
  EXPECT_THAT(list.spmm({.weights = &weights, .x = x, .y = x, .columns = 4}).error().message,
              HasSubstr("spmm: y overlaps"));
  EXPECT_THAT(list.spmm({.weights = &weights, .x = {x, 1}, .y = y, .columns = 4}).error().message,
              HasSubstr("spmm: x is not aligned"));
  EXPECT_THAT(
      list.spmm({.weights = &weights, .x = x, .y = y, .x_pitch = 2, .columns = 4}).error().message,
      HasSubstr("spmm: x_pitch"));
  std::vector<int8_t> ints(8 * 64, 1);
  Weights int8 = Weights::upload(device(), pack_int8(ints.data(), 8, 64, 8).value()).value();
  EXPECT_THAT(list.spmm({.weights = &int8, .x = x, .y = y, .columns = 4}).error().message,
              HasSubstr("INT8 weights need a scale"));
}

TEST_F(SpmmTest, OnChipMemoryIsAnAddressLikeAnyOther) {
  Buffer from = upload(std::vector<float>(1000, 1.5f));
  Buffer to = Buffer::create(device(), 4000).value();
  CommandList list = this->list();
  list.copy(from, Address::absolute(0xff0000000000), 4000).value();
  list.copy(Address::absolute(0xff0000000000), to, 4000).value();
  run(list);
  EXPECT_EQ(download<float>(to, 1000), std::vector<float>(1000, 1.5f));
}

}  // namespace
}  // namespace s4
