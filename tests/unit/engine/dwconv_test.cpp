// SPDX-License-Identifier: MIT
// DWCONV: exact on every engine, the same as CONV with a group a channel, and orderly when memory
// fails.
#include <gtest/gtest.h>

#include "dwconv_case.hpp"
#include "engine/dwconv.hpp"
#include "engines.hpp"
#include "everywhere.hpp"

namespace s4::test {
namespace {

TEST(Dwconv, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(100); ++i) {
    Case c = random_dwconv(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Dwconv, IsItAlsoOfManyTiles) {
  Random random;
  for (int i = 0; i < case_count(4); ++i) {
    Case c = random_dwconv(random, {.channels = 400, .extent = 40});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// A residual that is y shows a pixel that two cores both work on.
TEST(Dwconv, IsItAlsoOfOneRow) {
  Random random;
  for (int i = 0; i < case_count(60); ++i) {
    Case c = random_dwconv(random, {.channels = 20, .extent = 20, .one_row = true});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// x ends with its page, and a pixel with its gap is as long as whole vectors: what is read behind
// it, AddressSanitizer sees.
TEST(Dwconv, ReadsNothingBehindTheLastPixel) {
  Random random;
  Case c = dwconv_of(random, [](s4_cmd_dwconv& d) {
    d.channels = 13;
    d.window.in_width = d.window.out_width = 9;
  });
  s4_cmd_dwconv& d = c.command.dwconv;
  d.matrix.x_pitch = 16 * s4_type_bytes(d.matrix.type);
  d.window.x_row_pitch = d.window.x_image_pitch = 9 * d.matrix.x_pitch;
  const uint64_t bytes = 8 * d.matrix.x_pitch + 13 * s4_type_bytes(d.matrix.type);
  const uint64_t end = 0x100001000;
  c.memory.map(end - FakeMemory::kPage, FakeMemory::kPage);
  d.matrix.x = end - bytes;
  put_elements(c, random, d.matrix.x, bytes, d.matrix.type, Values::kOrdinary);
  ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
}

// The same weights as rows x K in banks of 64, filled up with zeros.
s4_cmd as_conv(Case& c) {
  const s4_cmd_dwconv& from = c.command.dwconv;
  const uint64_t size = s4_type_bytes(from.matrix.type);
  const uint64_t padded = (from.matrix.k + 63) / 64 * 64;
  std::vector<uint8_t> values(from.matrix.rows * padded * size);
  for (uint64_t tap = 0; tap < from.matrix.k; ++tap) {
    for (uint64_t row = 0; row < from.matrix.rows; ++row) {
      c.memory.get(from.matrix.values + (tap * from.matrix.rows + row) * size,
                   &values[(row * padded + tap) * size], size);
    }
  }
  s4_cmd conv{};
  conv.header.opcode = S4_OP_CONV;
  conv.header.flags = c.command.header.flags;
  conv.conv = {.matrix = from.matrix,
               .window = from.window,
               .channels = 1,
               .groups = from.channels,
               .residual_row_pitch = from.residual_row_pitch,
               .residual_image_pitch = from.residual_image_pitch};
  conv.conv.matrix.values = 0x100000000;
  c.memory.map(conv.conv.matrix.values, values.size());
  c.memory.put(conv.conv.matrix.values, values);
  return conv;
}

TEST(Dwconv, IsConvWithAGroupAChannel) {
  Random random;
  for (int i = 0; i < case_count(60); ++i) {
    Case c = random_dwconv(random, {.channels = 50, .extent = 12});
    const s4_cmd conv = as_conv(c);
    const std::vector<uint8_t> before = c.output();
    for (const NamedEngine& named : all_engines()) {
      FakePort port(c.memory);
      ASSERT_EQ(named.engine->run(dispatch_of(c.command), port).status, S4_OK) << c.text;
      const std::vector<uint8_t> depthwise = c.output();
      c.restore(before);
      ASSERT_EQ(named.engine->run(dispatch_of(conv), port).status, S4_OK) << c.text;
      ASSERT_EQ(c.output(), depthwise) << named.name << " " << c.text;
      c.restore(before);
    }
  }
}

// fma(w, +0, acc) of a window that reaches over the edge: infinity times zero is NaN, and a sum of
// zeros is +0 whatever their signs.
TEST(Dwconv, PaddingTakesPart) {
  for (const uint16_t weight : {0x7f80, 0xff80, 0x7fc1, 0x8000}) {
    Random random;
    Case c = dwconv_of(random, [](s4_cmd_dwconv& d) {
      d.matrix.type = S4_TYPE_BF16;
      d.matrix.y_type = S4_TYPE_FLOAT32;
      d.matrix.y_scale = S4_FLOAT_ONE;
      d.matrix.activation = S4_ACT_NONE;
      d.matrix.alpha = d.matrix.beta = 0;
      d.channels = 3;
      d.window.kernel_width = 2;
      d.window.pad_left = 1;
    });
    c.command.header.flags = 0;
    c.command.dwconv.matrix.bias = c.command.dwconv.matrix.scale = 0;
    const std::vector<uint16_t> weights{weight, weight, weight, 0, 0, 0};
    c.memory.put(c.command.dwconv.matrix.values, weights);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
    FakePort port(c.memory);
    all_engines().front().engine->run(dispatch_of(c.command), port);
    EXPECT_EQ(c.memory.get<uint32_t>(c.command.dwconv.matrix.y),
              weight == 0x8000 ? 0u : 0x7fc00000u);
  }
}

// What a shape is for is said by the plan that it must have.
void check_shape(Random& random, bool banded, const std::function<void(s4_cmd_dwconv&)>& change) {
  Case c = dwconv_of(random, change);
  EXPECT_EQ(card::DwconvPlan(c.command.dwconv).banded, banded) << c.text;
  ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
}

TEST(Dwconv, LargestWindowsAndDilations) {
  Random random;
  check_shape(random, true, [](s4_cmd_dwconv& c) {  // several steps of taps
    c.window.kernel_height = c.window.kernel_width = 31;
    c.window.in_height = c.window.in_width = c.window.out_height = c.window.out_width = 9;
    c.window.pad_top = c.window.pad_left = 15;
    c.channels = 70;
  });
  check_shape(random, false, [](s4_cmd_dwconv& c) {  // more products than float32 adds exactly
    c.window.kernel_height = c.window.kernel_width = 60;
    c.window.in_height = c.window.in_width = 64;
    c.window.out_height = c.window.out_width = 2;
    c.window.pad_top = 3;
    c.channels = 33;
  });
  check_shape(random, false, [](s4_cmd_dwconv& c) {
    c.window.kernel_height = c.window.kernel_width = 2;
    c.window.dilation_y = c.window.dilation_x = 255;
    c.window.stride_y = c.window.stride_x = 255;
    c.window.in_height = c.window.in_width = 300;
    c.window.pad_top = c.window.pad_left = 200;
    c.window.out_height = c.window.out_width = 3;
    c.channels = 17;
    c.multiplier = 2;
  });
  check_shape(random, true, [](s4_cmd_dwconv& c) {  // padding as wide as it can be
    c.window.pad_top = c.window.pad_left = 65535;
    c.window.stride_x = c.window.stride_y = 255;
    c.window.in_height = c.window.in_width = 2;
    c.window.out_height = 2;
    c.window.out_width = 300;
    c.window.kernel_width = 255;
    c.channels = 2;
  });
  check_shape(random, true, [](s4_cmd_dwconv& c) {  // one dimension, split by its pixels
    c.window.kernel_width = 31;
    c.window.in_width = c.window.out_width = 1500;
    c.window.pad_left = 15;
    c.channels = 37;
  });
  check_shape(random, true, [](s4_cmd_dwconv& c) {  // the whole image
    c.window.images = 3;
    c.window.kernel_height = c.window.kernel_width = 7;
    c.window.in_height = c.window.in_width = 7;
    c.channels = 160;
  });
  check_shape(random, true, [](s4_cmd_dwconv& c) {  // each row and image divided
    c.window.images = 2;
    c.window.kernel_height = c.window.kernel_width = 3;
    c.window.stride_y = c.window.stride_x = 2;
    c.window.pad_top = c.window.pad_left = 1;
    c.window.in_height = c.window.in_width = 91;
    c.window.out_height = c.window.out_width = 46;
    c.channels = 23;
    c.multiplier = 3;
  });
}

// The page of the first byte of an operand is unmapped, and that is what every engine says.
void expect_named(const Case& c, uint64_t va, s4_access access) {
  Case broken = c;
  broken.memory.unmap_page(va);
  for (const NamedEngine& named : all_engines()) {
    FakePort port(broken.memory);
    const card::Fault fault = named.engine->run(dispatch_of(broken.command), port);
    ASSERT_EQ(fault.status, S4_E_UNMAPPED) << named.name << " " << c.text;
    ASSERT_EQ(fault.access, access) << named.name << " " << c.text;
    ASSERT_EQ(fault.va, va) << named.name << " " << c.text;
    ASSERT_EQ(port.open(), 0u) << named.name;
  }
}

TEST(Dwconv, UnmappedPagesAreNamed) {
  Random random;
  for (int i = 0; i < case_count(40); ++i) {
    const Case c = random_dwconv(random);
    const s4_cmd_spmm& m = c.command.dwconv.matrix;
    const s4_conv_window& w = c.command.dwconv.window;
    if (w.pad_top == 0 && w.pad_left == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_named(c, m.x, S4_ACCESS_READ));
    }
    for (const uint64_t va : {m.values, m.bias, m.scale, m.residual}) {
      if (va != 0) {
        ASSERT_NO_FATAL_FAILURE(expect_named(c, va, S4_ACCESS_READ));
      }
    }
    if (m.residual != m.y) {
      ASSERT_NO_FATAL_FAILURE(expect_named(c, m.y, S4_ACCESS_WRITE));
    }
  }
}

TEST(Dwconv, CancelledAtEveryPoint) {
  Random random;
  Case cases[] = {random_dwconv(random), dwconv_of(random, [](s4_cmd_dwconv& c) {
                    c.window.kernel_height = c.window.kernel_width = 31;
                    c.window.in_height = c.window.in_width = 40;
                    c.window.out_height = c.window.out_width = 10;
                    c.channels = 70;
                  })};
  for (Case& c : cases) {
    FakePort whole(c.memory);
    card::Engine& engine = *all_engines().front().engine;
    ASSERT_EQ(engine.run(dispatch_of(c.command), whole).status, S4_OK);
    const auto scopes = static_cast<int64_t>(whole.scopes());
    for (int64_t after = 0; after < scopes; after += 1 + scopes / 50) {
      FakePort port(c.memory);
      port.cancel_after(after);
      ASSERT_EQ(engine.run(dispatch_of(c.command), port).status, S4_E_CANCELLED) << c.text;
      ASSERT_EQ(port.open(), 0u);
    }
  }
}

}  // namespace
}  // namespace s4::test
