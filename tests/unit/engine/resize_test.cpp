// SPDX-License-Identifier: MIT
// RESIZE: exact on every engine, what others have published of it, and where it ends.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "everywhere.hpp"
#include "resize_case.hpp"
#include "resize_valid.hpp"

namespace s4::test {
namespace {

TEST(Resize, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(250); ++i) {
    Case c = random_resize(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// A case of images without gaps, in scattered pages.
Case dense_case(Random& random, const DenseResize& dense) {
  Case c;
  c.command = dense_resize(dense);
  c.reference = reference_resize;
  s4_cmd_resize& r = c.command.resize;
  Places places(c, random, true);
  r.x = places.take(r.images * r.x_image_pitch, s4_type_bytes(r.type));
  put_elements(c, random, r.x, r.images * r.x_image_pitch, r.type, Values::kAnything);
  r.y = places.take_output(r.images * r.y_image_pitch, s4_type_bytes(r.type));
  c.text = "dense resize " + std::to_string(r.channels) + " " + random.text();
  return c;
}

TEST(Resize, NearestPixelsOfEverySize) {
  Random random;
  for (uint32_t channels = 1; channels <= 18; ++channels) {
    Case c = dense_case(random, {.type = S4_TYPE_INT8,
                                 .coordinate = S4_RESIZE_ASYMMETRIC,
                                 .rounding = S4_RESIZE_ROUND_PREFER_CEIL,
                                 .images = 2,
                                 .in_height = 5,
                                 .in_width = 400,
                                 .out_height = 7,
                                 .out_width = 500,
                                 .channels = channels});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// So few of many pixels that those between are not read.
TEST(Resize, FewOfManyPixels) {
  Random random;
  for (const uint8_t mode : {S4_RESIZE_NEAREST, S4_RESIZE_BILINEAR}) {
    for (const uint32_t channels : {130u, 1500u}) {
      Case c = dense_case(
          random, {.type = S4_TYPE_FLOAT32,
                   .mode = mode,
                   .coordinate = S4_RESIZE_HALF_PIXEL,
                   .rounding = static_cast<uint8_t>(mode == S4_RESIZE_NEAREST ? S4_RESIZE_CEIL : 0),
                   .in_height = 3,
                   .in_width = 100,
                   .out_height = 5,
                   .out_width = 9,
                   .channels = channels});
      ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
      if (channels == 1500) {  // a page that holds none of them is not missed
        const s4_cmd_resize& r = c.command.resize;
        c.memory.unmap_page(r.x + 10 * r.x_pitch);  // the first positions are 5 and 16
        for (const NamedEngine& named : all_engines()) {
          FakePort port(c.memory);
          EXPECT_EQ(named.engine->run(dispatch_of(c.command), port).status, S4_OK) << named.name;
        }
      }
    }
  }
}

template <class T>
std::vector<T> resized(const s4_cmd& cmd, const std::vector<T>& x) {
  const s4_cmd_resize& c = cmd.resize;
  FakeMemory memory;
  memory.map(c.x, c.images * c.x_image_pitch);
  memory.map(c.y, c.images * c.y_image_pitch);
  memory.put(c.x, x);
  FakePort port(memory);
  const card::Fault fault = all_engines().front().engine->run(dispatch_of(cmd), port);
  EXPECT_EQ(fault.status, S4_OK) << fault.detail;
  std::vector<T> y(c.images * c.y_image_pitch / sizeof(T));
  memory.get(c.y, y.data(), y.size() * sizeof(T));
  return y;
}

// float32 [1][1][in][1] to [1][1][out][1].
s4_cmd line(uint32_t in, uint32_t out, uint8_t mode, uint8_t coordinate, uint8_t rounding) {
  return dense_resize({.type = S4_TYPE_FLOAT32,
                       .mode = mode,
                       .coordinate = coordinate,
                       .rounding = rounding,
                       .in_width = in,
                       .out_width = out});
}

// A square of two pixels a side to one of four: the numbers of ONNX's tests of Resize.
TEST(Resize, BilinearIsThatOfOnnx) {
  const std::vector<float> x{1, 2, 3, 4};
  const auto square = [&](uint8_t coordinate) {
    return resized(dense_resize({.type = S4_TYPE_FLOAT32,
                                 .mode = S4_RESIZE_BILINEAR,
                                 .coordinate = coordinate,
                                 .in_height = 2,
                                 .in_width = 2,
                                 .out_height = 4,
                                 .out_width = 4}),
                   x);
  };
  EXPECT_EQ(square(S4_RESIZE_HALF_PIXEL),
            (std::vector<float>{1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3,
                                3.25, 3.75, 4}));
  EXPECT_EQ(square(S4_RESIZE_ASYMMETRIC),
            (std::vector<float>{1, 1.5, 2, 2, 2, 2.5, 3, 3, 3, 3.5, 4, 4, 3, 3.5, 4, 4}));
  const std::vector<float> corners = square(S4_RESIZE_ALIGN_CORNERS);
  for (size_t i = 0; i < 16; ++i) {
    const auto right = static_cast<float>(1 + (i / 4 * 2 + i % 4) / 3.0);
    EXPECT_FLOAT_EQ(corners[i], right) << i;
  }
  EXPECT_EQ(corners[3], 2.0f);
  EXPECT_EQ(corners[15], 4.0f);
}

TEST(Resize, BilinearOfInt8RoundsToEven) {
  const auto up = [](const std::vector<int8_t>& x) {
    return resized(dense_resize({.type = S4_TYPE_INT8,
                                 .mode = S4_RESIZE_BILINEAR,
                                 .coordinate = S4_RESIZE_ASYMMETRIC,
                                 .in_width = static_cast<uint32_t>(x.size()),
                                 .out_width = 2 * static_cast<uint32_t>(x.size())}),
                   x);
  };
  EXPECT_EQ(up({-128, 127, 126, 3}), (std::vector<int8_t>{-128, 0, 127, 126, 126, 64, 3, 3}));
}

// Positions of twice the pixels: a quarter beside each (HALF_PIXEL), every half (ASYMMETRIC), every
// third (ALIGN_CORNERS).
TEST(Resize, NearestRoundsAsItsNameSays) {
  struct Known {
    uint8_t coordinate;
    uint8_t rounding;
    std::vector<float> y;
  };
  const std::vector<float> x{1, 2};
  for (const Known& known : std::vector<Known>{
           {S4_RESIZE_HALF_PIXEL, S4_RESIZE_FLOOR, {1, 1, 1, 2}},
           {S4_RESIZE_HALF_PIXEL, S4_RESIZE_CEIL, {1, 2, 2, 2}},
           {S4_RESIZE_HALF_PIXEL, S4_RESIZE_ROUND_PREFER_FLOOR, {1, 1, 2, 2}},
           {S4_RESIZE_HALF_PIXEL, S4_RESIZE_ROUND_PREFER_CEIL, {1, 1, 2, 2}},
           {S4_RESIZE_ASYMMETRIC, S4_RESIZE_FLOOR, {1, 1, 2, 2}},
           {S4_RESIZE_ASYMMETRIC, S4_RESIZE_CEIL, {1, 2, 2, 2}},
           {S4_RESIZE_ASYMMETRIC, S4_RESIZE_ROUND_PREFER_FLOOR, {1, 1, 2, 2}},
           {S4_RESIZE_ASYMMETRIC, S4_RESIZE_ROUND_PREFER_CEIL, {1, 2, 2, 2}},
           {S4_RESIZE_ALIGN_CORNERS, S4_RESIZE_FLOOR, {1, 1, 1, 2}},
           {S4_RESIZE_ALIGN_CORNERS, S4_RESIZE_CEIL, {1, 2, 2, 2}},
           {S4_RESIZE_ALIGN_CORNERS, S4_RESIZE_ROUND_PREFER_FLOOR, {1, 1, 2, 2}},
           {S4_RESIZE_ALIGN_CORNERS, S4_RESIZE_ROUND_PREFER_CEIL, {1, 1, 2, 2}},
       }) {
    EXPECT_EQ(resized(line(2, 4, S4_RESIZE_NEAREST, known.coordinate, known.rounding), x), known.y)
        << int{known.coordinate} << " " << int{known.rounding};
  }
  // Half the pixels: HALF_PIXEL looks at 0.5 and 2.5.
  EXPECT_EQ(resized<float>(
                line(4, 2, S4_RESIZE_NEAREST, S4_RESIZE_HALF_PIXEL, S4_RESIZE_ROUND_PREFER_FLOOR),
                {1, 2, 3, 4}),
            (std::vector<float>{1, 3}));
  EXPECT_EQ(resized<float>(
                line(4, 2, S4_RESIZE_NEAREST, S4_RESIZE_HALF_PIXEL, S4_RESIZE_ROUND_PREFER_CEIL),
                {1, 2, 3, 4}),
            (std::vector<float>{2, 4}));
}

TEST(Resize, ASingleOutputIsTheFirstOrTheMiddle) {
  const std::vector<float> x{1, 2, 4, 8, 16};
  EXPECT_EQ(resized(line(5, 1, S4_RESIZE_BILINEAR, S4_RESIZE_ALIGN_CORNERS, 0), x)[0], 1.0f);
  EXPECT_EQ(resized(line(5, 1, S4_RESIZE_BILINEAR, S4_RESIZE_ASYMMETRIC, 0), x)[0], 1.0f);
  EXPECT_EQ(resized(line(5, 1, S4_RESIZE_BILINEAR, S4_RESIZE_HALF_PIXEL, 0), x)[0], 4.0f);
  EXPECT_EQ(resized(line(4, 1, S4_RESIZE_BILINEAR, S4_RESIZE_HALF_PIXEL, 0), x)[0], 3.0f);
}

TEST(Resize, WhereAPixelIsMetItsNeighbourDoesNotMatter) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x{-0.0f, kInfinity, 1, kNan, 2, -kInfinity, -kInfinity, 3};
  // An axis of the same size is a copy.
  std::vector<float> y = resized(line(8, 8, S4_RESIZE_BILINEAR, S4_RESIZE_HALF_PIXEL, 0), x);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_TRUE(std::isnan(x[i]) ? std::isnan(y[i]) : y[i] == x[i]) << i;
  }
  EXPECT_TRUE(std::signbit(y[0]));
  // Between: an infinite first one gives NaN, an infinite second one itself.
  y = resized(line(8, 16, S4_RESIZE_BILINEAR, S4_RESIZE_ASYMMETRIC, 0), x);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_TRUE(std::isnan(x[i]) ? std::isnan(y[2 * i]) : y[2 * i] == x[i]) << i;
  }
  EXPECT_EQ(y[1], kInfinity);     // 0, infinity
  EXPECT_TRUE(std::isnan(y[3]));  // infinity, 1
  EXPECT_TRUE(std::isnan(y[5]));  // 1, NaN
  EXPECT_TRUE(std::isnan(y[7]));  // NaN, 2
  EXPECT_EQ(y[9], -kInfinity);    // 2, -infinity
  EXPECT_TRUE(std::isnan(y[11]));
  EXPECT_TRUE(std::isnan(y[13]));
  EXPECT_EQ(y[15], 3.0f);  // beyond the last
  // Rows likewise: y has the second row's NaN only where it looks at it.
  y = resized<float>(dense_resize({.type = S4_TYPE_FLOAT32,
                                   .mode = S4_RESIZE_BILINEAR,
                                   .coordinate = S4_RESIZE_ASYMMETRIC,
                                   .in_height = 2,
                                   .out_height = 4}),
                     {5, kNan});
  EXPECT_EQ(y[0], 5.0f);
  EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[2]) && std::isnan(y[3]));
}

TEST(Resize, NearestCopiesTheBitsOfNan) {
  const std::vector<uint32_t> x{0x7f800001, 0xffc12345};
  EXPECT_EQ(resized(line(2, 4, S4_RESIZE_NEAREST, S4_RESIZE_ASYMMETRIC, S4_RESIZE_FLOOR), x),
            (std::vector<uint32_t>{x[0], x[0], x[1], x[1]}));
  EXPECT_EQ(resized(line(2, 2, S4_RESIZE_BILINEAR, S4_RESIZE_ASYMMETRIC, 0), x),
            (std::vector<uint32_t>{0x7fc00000, 0x7fc00000}));
}

// The last rows of the greatest extents, as a core's share: numbers of fifty bits.
TEST(Resize, TheGreatestExtentsAreExact) {
  Random random;
  for (const uint8_t coordinate :
       {S4_RESIZE_HALF_PIXEL, S4_RESIZE_ASYMMETRIC, S4_RESIZE_ALIGN_CORNERS}) {
    for (uint8_t rounding = 0; rounding <= S4_RESIZE_ROUND_PREFER_CEIL; ++rounding) {
      for (const uint32_t less : {0u, 1u, 7u}) {
        const s4_cmd cmd = dense_resize(
            {.type = S4_TYPE_FLOAT32,
             .mode = static_cast<uint8_t>(rounding == 0 ? S4_RESIZE_BILINEAR : S4_RESIZE_NEAREST),
             .coordinate = coordinate,
             .rounding = rounding,
             .in_height = S4_MAX_COLUMNS - 7 + less,
             .out_height = S4_MAX_COLUMNS - less});
        const s4_cmd_resize& c = cmd.resize;
        const uint64_t end = c.out_height;
        Case part;
        part.y_va = c.y + (end - 200) * 4;
        part.y_bytes = 200 * 4;
        const uint64_t x_end = c.x + uint64_t{c.in_height} * 4;
        part.memory.map(x_end - 2000, 2000);
        put_elements(part, random, x_end - 2000, 2000, c.type, Values::kOrdinary);
        part.memory.map(part.y_va, part.y_bytes);
        const std::vector<uint8_t> before = part.output();
        reference_resize_rows(cmd, part.memory, end - 200, end);
        const std::vector<uint8_t> right = part.output();
        for (const NamedEngine& named : all_engines()) {
          part.restore(before);
          s4_dispatch dispatch = dispatch_of(cmd);
          dispatch.slice_axis = S4_SLICE_ROWS;
          dispatch.sram_cores = S4_NUM_CORES;
          dispatch.slice_begin = end - 200;
          dispatch.slice_end = end;
          FakePort port(part.memory);
          ASSERT_EQ(named.engine->run(dispatch, port).status, S4_OK) << named.name;
          ASSERT_EQ(part.output(), right) << named.name << " " << int{coordinate} << " "
                                          << int{rounding} << " " << less << " " << random.text();
        }
      }
    }
  }
}

}  // namespace
}  // namespace s4::test
