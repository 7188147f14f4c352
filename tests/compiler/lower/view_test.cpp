// SPDX-License-Identifier: MIT
#include "compiler/lower/view.hpp"

#include <gtest/gtest.h>

#include <random>

namespace s4::compiler {
namespace {

// Places of all elements, in row-major order.
std::vector<int64_t> places(const View& view) {
  std::vector<int64_t> out{view.offset};
  for (size_t d = 0; d < view.rank(); ++d) {
    std::vector<int64_t> next;
    for (const int64_t base : out)
      for (int64_t i = 0; i < view.shape[d]; ++i)
        next.push_back(base + i * view.strides[d]);
    out = next;
  }
  return out;
}

TEST(View, AReshapeKeepsTheOrderOfElementsOrIsRefused) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int done = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    // Factors of 2 and 3, grouped at random on both sides, turned around and cut.
    std::vector<int64_t> factors(random() % 5 + 1);
    for (int64_t& f : factors)
      f = random() % 3 + 1;
    const auto group = [&] {
      Shape shape;
      for (const int64_t f : factors)
        if (shape.empty() || random() % 2)
          shape.push_back(f);
        else
          shape.back() *= f;
      return shape;
    };
    View view = dense_view(0, group(), S4_TYPE_BF16);
    if (view.rank() > 1 && random() % 2) {
      std::vector<int64_t> order(view.rank());
      for (size_t i = 0; i < order.size(); ++i)
        order[i] = static_cast<int64_t>(i);
      std::shuffle(order.begin(), order.end(), random);
      view = view.permuted(order);
    }
    if (random() % 3 == 0)
      view.strides[random() % view.rank()] = 0;
    Shape to;
    int64_t left = view.count();
    while (left > 1) {
      const int64_t f = left % 2 == 0 && random() % 2 ? 2
                        : left % 3 == 0               ? 3
                        : left % 2 == 0               ? 2
                                                      : left;
      to.push_back(f);
      left /= f;
    }
    const auto straight = view.reshaped(to);
    if (straight) {
      ++done;
      ASSERT_EQ(places(*straight), places(view))
          << shape_text(view.shape) << shape_text(view.strides) << shape_text(to);
    } else {
      ++refused;
    }
  }
  EXPECT_GT(done, 100);
  EXPECT_GT(refused, 100);
}

TEST(View, DenseViewsAlwaysReshape) {
  const View view = dense_view(0, {2, 3, 4}, S4_TYPE_BF16);
  EXPECT_TRUE(view.reshaped(Shape{24}));
  EXPECT_TRUE(view.reshaped(Shape{1, 6, 2, 2}));
  EXPECT_FALSE(view.permuted(Shape{1, 0, 2}).reshaped(Shape{24}));
}

TEST(View, BroadcastRepeatsByStrideZero) {
  const View view = dense_view(0, {3, 1}, S4_TYPE_BF16).broadcast(Shape{2, 3, 4});
  EXPECT_EQ(view.strides, (Shape{0, 1, 0}));
}

}  // namespace
}  // namespace s4::compiler
