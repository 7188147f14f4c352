// SPDX-License-Identifier: MIT
// Element-wise commands through a command list, whole and split over cores.
#include <bit>
#include <cmath>

#include "fixture.hpp"

namespace s4 {
namespace {

class ElementsTest : public test::OnDevice {
 protected:
  void run(const CommandList& list, s4_core_mode mode) {
    Queue queue = this->queue({.core_mode = mode});
    Job job = queue.submit(list).value();
    auto waited = job.wait();
    ASSERT_TRUE(waited.ok()) << waited.error().text();
  }
};

constexpr uint32_t kOne = std::bit_cast<uint32_t>(1.0f);

// A conversion to INT8, then a difference with another type, in one list.
TEST_F(ElementsTest, QuantisesAndSubtracts) {
  const uint32_t n = 300;
  std::vector<float> x(n);
  for (uint32_t i = 0; i < n; ++i) {
    x[i] = static_cast<float>(i) / 4 - 40;
  }
  Buffer from = Buffer::create(device(), n * 4).value();
  Buffer quantised = Buffer::create(device(), n).value();
  Buffer error = Buffer::create(device(), n * 4).value();
  from.upload(0, x.data(), n * 4).value();
  s4_cmd quantise{};
  quantise.header.opcode = S4_OP_UNARY;
  quantise.unary.x_type = S4_TYPE_FLOAT32;
  quantise.unary.y_type = S4_TYPE_INT8;
  quantise.unary.dims = 1;
  quantise.unary.shape[0] = n;
  quantise.unary.x_stride[0] = quantise.unary.y_stride[0] = 1;
  quantise.unary.x_scale = kOne;
  quantise.unary.y_scale = std::bit_cast<uint32_t>(2.0f);
  CommandList list = this->list();
  list.add(quantise, {{offsetof(s4_cmd, unary.x), from}, {offsetof(s4_cmd, unary.y), quantised}})
      .value();
  s4_eltwise difference{};
  difference.a = Address(quantised).raw();
  difference.b = Address(from).raw();
  difference.y = Address(error).raw();
  difference.op = S4_ELTWISE_SUB;
  difference.type = S4_TYPE_FLOAT32;
  difference.a_type = S4_TYPE_INT8;
  difference.a_scale = 0.5f;
  difference.activation = S4_ACT_ABS;
  difference.dims = 1;
  difference.shape[0] = n;
  difference.a_stride[0] = difference.b_stride[0] = difference.y_stride[0] = 1;
  list.eltwise(difference).value();
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    ASSERT_NO_FATAL_FAILURE(run(list, mode));
    std::vector<float> seen(n);
    error.download(0, seen.data(), n * 4).value();
    for (uint32_t i = 0; i < n; ++i) {
      const float rounded = std::nearbyint(x[i] * 2) / 2;
      ASSERT_EQ(seen[i], std::abs(rounded - x[i])) << i;
    }
  }
}

}  // namespace
}  // namespace s4
