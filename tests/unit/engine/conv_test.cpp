// SPDX-License-Identifier: MIT
// CONV: exact on every engine, equal to SPMM on the matrix of windows, and refused when a field is out
// of its range.
#include <gtest/gtest.h>

#include "conv_case.hpp"
#include "conv_valid.hpp"
#include "everywhere.hpp"
#include "refusal.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

TEST(Conv, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(60); ++i) {
    Case c = random_conv(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Conv, IsItAlsoOfManyBlocksOfKAndManyRows) {
  Random random;
  for (int i = 0; i < case_count(5); ++i) {
    Case c = random_conv(random, {.rows = 600, .channels = 400, .extent = 5});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// A case whose shape `change` sets, with everything that follows from it placed anew.
void check_shape(Random& random, const std::function<void(s4_cmd_conv&)>& change) {
  Case c;
  Places places(c, random, true);
  c.command.header.opcode = S4_OP_CONV;
  c.reference = reference_conv;
  s4_cmd_conv& conv = c.command.conv;
  do {
    random_types(random, c.command);
  } while (c.command.header.flags & S4_SPMM_RESIDUAL);
  s4_conv_window& w = conv.window;
  conv.matrix.x_layout = conv.matrix.y_layout = S4_LAYOUT_COLUMNS;
  conv.groups = conv.channels = conv.matrix.rows = 1;
  w.images = w.in_height = w.in_width = w.out_height = w.out_width = 1;
  w.kernel_height = w.kernel_width = w.stride_y = w.stride_x = w.dilation_y = w.dilation_x = 1;
  change(conv);
  conv.matrix.k = w.kernel_height * w.kernel_width * conv.channels;
  conv.matrix.columns = w.images * w.out_height * w.out_width;
  const uint64_t x_size = s4_type_bytes(conv.matrix.type);
  const uint64_t y_size = s4_type_bytes(conv.matrix.y_type);
  conv.matrix.x_pitch = conv.groups * conv.channels * x_size;
  w.x_row_pitch = conv.matrix.x_pitch * w.in_width;
  w.x_image_pitch = w.x_row_pitch * w.in_height;
  conv.matrix.y_pitch = conv.matrix.rows * y_size;
  w.y_row_pitch = conv.matrix.y_pitch * w.out_width;
  w.y_image_pitch = w.y_row_pitch * w.out_height;
  conv.matrix.x = places.take(w.x_image_pitch * w.images, x_size);
  put_elements(c, random, conv.matrix.x, w.x_image_pitch * w.images, conv.matrix.type,
               Values::kOrdinary);
  conv.matrix.y = places.take_output(w.y_image_pitch * w.images, y_size);
  random_weights(c, places, random, Values::kOrdinary);
  c.text = text_of(w) + " " + random.text();
  ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
}

TEST(Conv, LargestWindowsAndDilations) {
  Random random;
  // Bands too large to hold: windows are gathered one by one.
  check_shape(random, [](s4_cmd_conv& c) {
    c.window.kernel_height = 255;
    c.window.in_height = 300;
    c.window.in_width = c.window.out_width = 40;
    c.window.out_height = 3;
    c.window.pad_top = 100;
    c.channels = 257;
    c.matrix.rows = 2;
  });
  check_shape(random, [](s4_cmd_conv& c) {
    c.window.kernel_height = c.window.kernel_width = 2;
    c.window.dilation_y = c.window.dilation_x = 255;
    c.window.stride_y = c.window.stride_x = 255;
    c.window.in_height = c.window.in_width = 300;
    c.window.pad_top = c.window.pad_left = 200;
    c.window.out_height = c.window.out_width = 3;
    c.channels = 3;
    c.matrix.rows = 5;
  });
  check_shape(random, [](s4_cmd_conv& c) {  // padding as wide as it can be
    c.window.pad_top = c.window.pad_left = 65535;
    c.window.stride_x = c.window.stride_y = 255;
    c.window.in_height = c.window.in_width = 2;
    c.window.out_height = 2;
    c.window.out_width = 300;
    c.window.kernel_width = 255;
    c.channels = 2;
  });
  check_shape(random, [](s4_cmd_conv& c) {  // one dimension
    c.window.images = 2;
    c.window.kernel_width = 31;
    c.window.in_width = 3000;
    c.window.out_width = 1500;
    c.window.stride_x = 2;
    c.window.pad_left = 15;
    c.channels = 5;
    c.matrix.rows = 17;
  });
}

TEST(Conv, SeveralBands) {
  Random random;
  check_shape(random, [](s4_cmd_conv& c) {
    c.window.images = 2;
    c.window.kernel_height = c.window.kernel_width = 3;
    c.window.pad_top = c.window.pad_left = 1;
    c.window.in_height = c.window.out_height = 40;
    c.window.in_width = c.window.out_width = 130;
    c.channels = 130;
    c.matrix.rows = 3;
  });
}

TEST(Conv, DepthwiseIsAGroupAChannel) {
  Random random;
  check_shape(random, [](s4_cmd_conv& c) {
    c.window.kernel_height = c.window.kernel_width = 3;
    c.window.pad_top = c.window.pad_left = 1;
    c.window.in_height = c.window.out_height = 7;
    c.window.in_width = c.window.out_width = 6;
    c.groups = 37;
    c.matrix.rows = 74;
  });
}

// The windows of all pixels, written out as a matrix by columns.
TEST(Conv, IsSpmmOfTheMatrixOfWindows) {
  Random random;
  for (int i = 0; i < case_count(20); ++i) {
    Case c = random_conv(random, {.scattered = false});
    s4_cmd_conv& conv = c.command.conv;
    const uint64_t size = s4_type_bytes(conv.matrix.type);
    // A residual may be y, which the first of the two commands changes.
    if (conv.groups > 1 || (c.command.header.flags & S4_SPMM_RESIDUAL) != 0) {
      continue;
    }
    const s4_conv_window& w = conv.window;
    std::vector<uint8_t> windows;
    for (int64_t column = 0; column < conv.matrix.columns; ++column) {
      const int64_t n = column / w.out_width / w.out_height;
      for (int64_t tap = 0; tap < w.kernel_height * w.kernel_width; ++tap) {
        const int64_t y = column / w.out_width % w.out_height * w.stride_y +
                          tap / w.kernel_width * w.dilation_y - w.pad_top;
        const int64_t x = column % w.out_width * w.stride_x +
                          tap % w.kernel_width * w.dilation_x - w.pad_left;
        std::vector<uint8_t> channels(conv.channels * size, 0);
        if (y >= 0 && y < w.in_height && x >= 0 && x < w.in_width) {
          channels = c.memory.bytes(conv.matrix.x + static_cast<uint64_t>(n) * w.x_image_pitch +
                                        static_cast<uint64_t>(y) * w.x_row_pitch +
                                        static_cast<uint64_t>(x) * conv.matrix.x_pitch,
                                    channels.size());
        }
        windows.insert(windows.end(), channels.begin(), channels.end());
      }
    }
    s4_cmd spmm{};
    spmm.header.opcode = S4_OP_SPMM;
    spmm.header.flags = c.command.header.flags;
    spmm.spmm = conv.matrix;
    spmm.spmm.x = 0x100000000;
    spmm.spmm.y = 0x200000000;
    spmm.spmm.x_pitch = conv.matrix.k * size;
    spmm.spmm.y_pitch = conv.matrix.rows * s4_type_bytes(conv.matrix.y_type);
    c.memory.map(spmm.spmm.x, windows.size());
    c.memory.put(spmm.spmm.x, windows);
    c.memory.map(spmm.spmm.y, spmm.spmm.y_pitch * spmm.spmm.columns);
    card::Engine& engine = *all_engines().front().engine;
    FakePort port(c.memory);
    ASSERT_EQ(engine.run(dispatch_of(c.command), port).status, S4_OK) << c.text;
    ASSERT_EQ(engine.run(dispatch_of(spmm), port).status, S4_OK) << c.text;
    for (uint64_t column = 0; column < conv.matrix.columns; ++column) {
      const uint64_t y = conv.matrix.y + column / w.out_width / w.out_height * w.y_image_pitch +
                         column / w.out_width % w.out_height * w.y_row_pitch +
                         column % w.out_width * conv.matrix.y_pitch;
      ASSERT_EQ(c.memory.bytes(y, spmm.spmm.y_pitch),
                c.memory.bytes(spmm.spmm.y + column * spmm.spmm.y_pitch, spmm.spmm.y_pitch))
          << "column " << column << " " << c.text;
    }
  }
}

TEST(Conv, UnmappedPagesAreNamed) {
  Random random;
  for (int i = 0; i < case_count(40); ++i) {
    Case c = random_conv(random);
    s4_cmd_conv& conv = c.command.conv;
    const bool of_y = random.chance(50);
    uint64_t va = conv.matrix.y;  // its first pixel is always written
    if (!of_y) {
      const s4_conv_window& w = conv.window;
      if (w.pad_top != 0 || w.pad_left != 0) {
        continue;
      }
      va = conv.matrix.x;  // its first pixel is always read
    }
    const uint64_t page = va / FakeMemory::kPage * FakeMemory::kPage;
    c.memory.unmap_page(page);
    for (const NamedEngine& named : all_engines()) {
      FakePort port(c.memory);
      const card::Fault fault = named.engine->run(dispatch_of(c.command), port);
      ASSERT_EQ(fault.status, S4_E_UNMAPPED) << named.name << " " << c.text;
      const bool read = !of_y || conv.matrix.residual == conv.matrix.y;
      ASSERT_EQ(fault.access, read ? S4_ACCESS_READ : S4_ACCESS_WRITE) << c.text;
      ASSERT_EQ(fault.va / FakeMemory::kPage * FakeMemory::kPage, page) << c.text;
      ASSERT_EQ(port.open(), 0u);
    }
  }
}

TEST(Conv, CancelledAtEveryPoint) {
  Random random;
  Case c = random_conv(random);
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

TEST(Conv, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_conv(), sizeof(s4_cmd_conv));
  using Cmd = s4_cmd&;
  const auto wrong = [](const char* what, auto member, auto value, s4_status status,
                        size_t offset) {
    return Wrong{what, [=](Cmd c) { c.conv.*member = value; }, status, offset};
  };
  const auto window = [](const char* what, auto member, auto value, s4_status status,
                         size_t offset) {
    return Wrong{what, [=](Cmd c) { c.conv.window.*member = value; }, status, offset};
  };
  const auto matrix = [](const char* what, auto member, auto value, s4_status status,
                         size_t offset) {
    return Wrong{what, [=](Cmd c) { c.conv.matrix.*member = value; }, status, offset};
  };
  using W = s4_conv_window;
  using M = s4_cmd_spmm;
  using C = s4_cmd_conv;
  expect_refused(
      valid_conv(),
      {matrix("rows", &M::rows, 0, S4_E_FIELD, AT(conv.matrix.rows)),
       matrix("degree", &M::degree, 5, S4_E_FIELD, AT(conv.matrix.degree)),
       matrix("type", &M::type, 3, S4_E_FIELD, AT(conv.matrix.type)),
       matrix("y type", &M::y_type, 1, S4_E_FIELD, AT(conv.matrix.y_type)),
       matrix("x layout", &M::x_layout, 0, S4_E_FIELD, AT(conv.matrix.x_layout)),
       matrix("y layout", &M::y_layout, 0, S4_E_FIELD, AT(conv.matrix.y_layout)),
       matrix("k", &M::k, 91, S4_E_FIELD, AT(conv.matrix.k)),
       matrix("columns", &M::columns, 181, S4_E_FIELD, AT(conv.matrix.columns)),
       matrix("x", &M::x, kVa + 1, S4_E_ALIGN, AT(conv.matrix.x)),
       matrix("y", &M::y, kVa + 2, S4_E_ALIGN, AT(conv.matrix.y)),
       matrix("x pitch", &M::x_pitch, 22, S4_E_FIELD, AT(conv.matrix.x_pitch)),
       matrix("x pitch", &M::x_pitch, 25, S4_E_ALIGN, AT(conv.matrix.x_pitch)),
       matrix("y pitch", &M::y_pitch, 28, S4_E_FIELD, AT(conv.matrix.y_pitch)),
       matrix("y pitch", &M::y_pitch, 34, S4_E_ALIGN, AT(conv.matrix.y_pitch)),
       matrix("x range", &M::x, kTop - 8000, S4_E_FIELD, AT(conv.matrix.x)),
       matrix("y range", &M::y, kTop - 8000, S4_E_FIELD, AT(conv.matrix.y)),
       matrix("values", &M::values, kTop - 64, S4_E_FIELD, AT(conv.matrix.values)),
       matrix("y on x", &M::y, kVa + 8000, S4_E_OVERLAP, AT(conv.matrix.y)),
       matrix("y on values", &M::y, kVa + 0x2000000, S4_E_OVERLAP, AT(conv.matrix.y)),
       window("images", &W::images, 0, S4_E_FIELD, AT(conv.window.images)),
       window("images", &W::images, 1u << 31, S4_E_FIELD, AT(conv.window.images)),
       window("in height", &W::in_height, 0, S4_E_FIELD, AT(conv.window.in_height)),
       window("in height", &W::in_height, S4_MAX_COLUMNS + 1, S4_E_FIELD,
              AT(conv.window.in_height)),
       window("in width", &W::in_width, 0, S4_E_FIELD, AT(conv.window.in_width)),
       window("in width", &W::in_width, S4_MAX_COLUMNS + 1, S4_E_FIELD, AT(conv.window.in_width)),
       window("out height", &W::out_height, 0, S4_E_FIELD, AT(conv.window.out_height)),
       window("out width", &W::out_width, 0, S4_E_FIELD, AT(conv.window.out_width)),
       window("out width", &W::out_width, ~0u, S4_E_FIELD, AT(conv.window.images)),
       window("out height", &W::out_height, S4_MAX_COLUMNS, S4_E_FIELD, AT(conv.window.images)),
       window("kernel", &W::kernel_height, 0, S4_E_FIELD, AT(conv.window.kernel_height)),
       window("kernel", &W::kernel_width, 0, S4_E_FIELD, AT(conv.window.kernel_width)),
       window("stride", &W::stride_y, 0, S4_E_FIELD, AT(conv.window.stride_y)),
       window("stride", &W::stride_x, 0, S4_E_FIELD, AT(conv.window.stride_x)),
       window("dilation", &W::dilation_y, 0, S4_E_FIELD, AT(conv.window.dilation_y)),
       window("dilation", &W::dilation_x, 0, S4_E_FIELD, AT(conv.window.dilation_x)),
       Wrong{"reserved", [](Cmd c) { c.conv.window.reserved[1] = 1; }, S4_E_FIELD,
             AT(conv.window.reserved)},
       window("x row", &W::x_row_pitch, 32 * 10, S4_E_FIELD, AT(conv.window.x_row_pitch)),
       window("x row", &W::x_row_pitch, 32 * 11 + 1, S4_E_ALIGN, AT(conv.window.x_row_pitch)),
       window("x image", &W::x_image_pitch, 32 * 11 * 11, S4_E_FIELD,
              AT(conv.window.x_image_pitch)),
       window("x image", &W::x_image_pitch, 32 * 11 * 12 + 1, S4_E_ALIGN,
              AT(conv.window.x_image_pitch)),
       window("x image range", &W::x_image_pitch, kTop, S4_E_FIELD, AT(conv.matrix.x)),
       window("x row range", &W::x_row_pitch, kTop, S4_E_FIELD, AT(conv.window.x_image_pitch)),
       window("x row range", &W::x_row_pitch, ~uint64_t{1}, S4_E_FIELD,
              AT(conv.window.x_image_pitch)),
       window("y row", &W::y_row_pitch, 64 * 9, S4_E_FIELD, AT(conv.window.y_row_pitch)),
       window("y row", &W::y_row_pitch, 64 * 10 + 2, S4_E_ALIGN, AT(conv.window.y_row_pitch)),
       window("y image", &W::y_image_pitch, 64 * 10 * 8, S4_E_FIELD,
              AT(conv.window.y_image_pitch)),
       window("y image", &W::y_image_pitch, 64 * 10 * 9 + 2, S4_E_ALIGN,
              AT(conv.window.y_image_pitch)),
       window("y image range", &W::y_image_pitch, ~uint64_t{3}, S4_E_FIELD, AT(conv.matrix.y)),
       wrong("channels", &C::channels, 0, S4_E_FIELD, AT(conv.channels)),
       wrong("channels", &C::channels, S4_MAX_K + 1, S4_E_FIELD, AT(conv.channels)),
       wrong("groups", &C::groups, 0, S4_E_FIELD, AT(conv.groups)),
       wrong("groups", &C::groups, 3, S4_E_FIELD, AT(conv.groups)),
       wrong("groups", &C::groups, 16, S4_E_FIELD, AT(conv.groups)),
       Wrong{"residual row without one", [](Cmd c) { c.conv.residual_row_pitch = 1; }, S4_E_FIELD,
             AT(conv.residual_row_pitch)},
       Wrong{"residual image without one", [](Cmd c) { c.conv.residual_image_pitch = 1; },
             S4_E_FIELD, AT(conv.residual_image_pitch)}});
}

TEST(Conv, AResidualHasPitchesOfItsOwn) {
  s4_cmd valid = valid_conv();
  valid.header.flags |= S4_SPMM_RESIDUAL;
  s4_cmd_conv& c = valid.conv;
  c.matrix.residual = kVa + 0x6000000;
  c.matrix.residual_type = S4_TYPE_BF16;
  c.matrix.residual_scale = S4_FLOAT_ONE;
  c.matrix.residual_pitch = 16;  // 8 rows
  c.residual_row_pitch = 160;
  c.residual_image_pitch = 160 * 9;
  uint32_t detail = 0;
  EXPECT_EQ(s4_cmd_check(&valid, &detail), S4_OK) << detail;
  using Cmd = s4_cmd&;
  expect_refused(
      valid,
      {{"pitch", [](Cmd c) { c.conv.matrix.residual_pitch = 14; }, S4_E_FIELD,
        AT(conv.matrix.residual_pitch)},
       {"row", [](Cmd c) { c.conv.residual_row_pitch = 158; }, S4_E_FIELD,
        AT(conv.residual_row_pitch)},
       {"row", [](Cmd c) { c.conv.residual_row_pitch = 161; }, S4_E_ALIGN,
        AT(conv.residual_row_pitch)},
       {"image", [](Cmd c) { c.conv.residual_image_pitch = 160 * 9 - 2; }, S4_E_FIELD,
        AT(conv.residual_image_pitch)},
       {"image", [](Cmd c) { c.conv.residual_image_pitch = 160 * 9 + 1; }, S4_E_ALIGN,
        AT(conv.residual_image_pitch)},
       {"range", [](Cmd c) { c.conv.matrix.residual = kTop - 2000; }, S4_E_FIELD,
        AT(conv.matrix.residual)},
       {"y on it", [](Cmd c) { c.conv.matrix.residual = c.conv.matrix.y + 4; }, S4_E_OVERLAP,
        AT(conv.matrix.y)}});
}

}  // namespace
}  // namespace s4::test
