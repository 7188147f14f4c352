// SPDX-License-Identifier: MIT
#include "matmul_case.hpp"

#include <bit>
#include <cmath>
#include <sstream>

#include "numbers.hpp"

namespace s4::test {
namespace {

// Where element (row, column) of a matrix stands.
uint64_t element(uint64_t base, uint32_t layout, uint64_t pitch, uint64_t row, uint64_t column,
                 uint64_t size) {
  return layout == S4_LAYOUT_ROWS ? base + row * pitch + column * size
                                  : base + column * pitch + row * size;
}

// One matrix's result (i, j); a, w and y are where the three matrices begin.
void reference_element(const s4_cmd_matmul& c, FakeMemory& memory, uint64_t a, uint64_t w,
                       uint64_t y, uint64_t i, uint64_t j) {
  const uint64_t size = size_of(c.type);
  float sum = 0.0f;
  int32_t exact = 0;
  for (uint64_t k = 0; k < c.k; ++k) {
    const uint64_t left = element(a, c.a_layout, c.a_pitch, i, k, size);
    const uint64_t right = element(w, c.w_layout, c.w_pitch, k, j, size);
    if (c.type == S4_TYPE_BF16) {
      sum = std::fma(bf16_to_float(memory.get<uint16_t>(left)),
                     bf16_to_float(memory.get<uint16_t>(right)), sum);
    } else {
      exact += memory.get<int8_t>(left) * memory.get<int8_t>(right);
    }
  }
  const uint64_t to = y + i * c.y_pitch + j * size_of(c.y_type);
  if (c.y_type == S4_TYPE_INT32) {
    return memory.put(to, &exact, 4);
  }
  const float v = c.type == S4_TYPE_BF16 ? sum + 0.0f : static_cast<float>(exact);
  store(memory, to, c.y_type, v * std::bit_cast<float>(c.scale));
}

// Strides of an input: dense in either order of batch and head, with a gap, or repeated. Returns the
// bytes from the first to the last.
uint64_t random_strides(Random& random, const s4_cmd_matmul& c, uint64_t bytes, uint64_t size,
                        bool repeats, __u64* stride) {
  const uint64_t step = (bytes + size - 1) / size * size;
  const uint64_t gap = random.one_of<uint64_t>({0, 1, 7}) * size;
  const bool heads_first = random.chance(50);
  stride[heads_first ? 1 : 0] = step + gap;
  stride[heads_first ? 0 : 1] = (step + gap) * (heads_first ? c.heads : c.batches);
  for (int i = 0; repeats && i < 2; ++i) {
    if (random.chance(25)) {
      stride[i] = 0;
    }
  }
  return (c.batches - 1) * stride[0] + (c.heads - 1) * stride[1] + bytes;
}

uint64_t place_input(Case& kase, Places& places, Random& random, Values values, uint32_t rows,
                     uint32_t columns, uint32_t layout, uint64_t* pitch, __u64* stride) {
  const s4_cmd_matmul& c = kase.command.matmul;
  const uint64_t size = size_of(c.type);
  const bool by_rows = layout == S4_LAYOUT_ROWS;
  const uint64_t run = (by_rows ? columns : rows) * size;
  *pitch = run + random.one_of<uint64_t>({0, 1, 3, 64}) * size;
  const uint64_t bytes = random_strides(
      random, c, extent(by_rows ? rows : columns, *pitch, run), size, true, stride);
  const uint64_t va = places.take(bytes, size);
  put_elements(kase, random, va, bytes, c.type, values);
  return va;
}

// Results, either a matrix at a time or the heads of a token side by side as attention has them.
void place_output(Case& kase, Places& places, Random& random) {
  s4_cmd_matmul& c = kase.command.matmul;
  const uint64_t size = size_of(c.y_type);
  const uint64_t run = c.n * size;
  if (random.chance(40)) {
    c.y_stride[1] = run + random.one_of<uint64_t>({0, 2}) * size;
    c.y_pitch = c.heads * c.y_stride[1];
    c.y_stride[0] = c.m * c.y_pitch;
    const uint64_t bytes = (c.batches - 1) * c.y_stride[0] + extent(c.m, c.y_pitch, run) +
                           (c.heads - 1) * c.y_stride[1];
    c.y = places.take_output(bytes, size);
    return;
  }
  c.y_pitch = run + random.one_of<uint64_t>({0, 1, 5, 64}) * size;
  const uint64_t bytes =
      random_strides(random, c, extent(c.m, c.y_pitch, run), size, false, c.y_stride);
  c.y = places.take_output(bytes, size);
}

}  // namespace

void reference_matmul(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_matmul& c = command.matmul;
  for (uint64_t b = 0; b < c.batches; ++b) {
    for (uint64_t h = 0; h < c.heads; ++h) {
      const auto at = [&](uint64_t base, const __u64* stride) {
        return base + b * stride[0] + h * stride[1];
      };
      for (uint64_t i = 0; i < c.m; ++i) {
        for (uint64_t j = 0; j < c.n; ++j) {
          reference_element(c, memory, at(c.a, c.a_stride), at(c.w, c.w_stride),
                            at(c.y, c.y_stride), i, j);
        }
      }
    }
  }
}

Case random_matmul(Random& random, MatmulLimits limits) {
  Case result;
  Places places(result, random, limits.scattered);
  result.command.header.opcode = S4_OP_MATMUL;
  result.reference = reference_matmul;
  s4_cmd_matmul& c = result.command.matmul;
  c.batches = static_cast<uint32_t>(random.number(1, limits.matrices));
  c.heads = static_cast<uint32_t>(random.number(1, limits.matrices));
  if (random.chance(30)) {
    c.batches = c.heads = 1;
  }
  c.m = random.chance(20) ? 1 : static_cast<uint32_t>(random.number(1, limits.m));
  c.k = static_cast<uint32_t>(random.number(1, limits.k));
  c.n = static_cast<uint32_t>(random.number(1, limits.n));
  c.type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16});
  c.y_type = c.type == S4_TYPE_BF16
                 ? random.one_of<uint8_t>({S4_TYPE_BF16, S4_TYPE_FLOAT32})
                 : random.one_of<uint8_t>(
                       {S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32, S4_TYPE_INT32});
  c.a_layout = random.one_of<uint8_t>({S4_LAYOUT_ROWS, S4_LAYOUT_COLUMNS});
  c.w_layout = random.one_of<uint8_t>({S4_LAYOUT_ROWS, S4_LAYOUT_COLUMNS});
  c.scale = std::bit_cast<uint32_t>(
      c.y_type == S4_TYPE_INT32 ? 1.0f : 1.0f / static_cast<float>(random.number(1, 4096)));
  const Values values = random_values(random);
  uint64_t pitch[2];
  c.a = place_input(result, places, random, values, c.m, c.k, c.a_layout, &pitch[0], c.a_stride);
  c.w = place_input(result, places, random, values, c.k, c.n, c.w_layout, &pitch[1], c.w_stride);
  c.a_pitch = pitch[0];
  c.w_pitch = pitch[1];
  place_output(result, places, random);
  std::ostringstream text;
  text << "matmul " << c.batches << " batches " << c.heads << " heads m " << c.m << " k " << c.k
       << " n " << c.n << " type " << int{c.type} << " to " << int{c.y_type} << " layouts "
       << int{c.a_layout} << int{c.w_layout} << " values " << static_cast<int>(values) << " "
       << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
