// SPDX-License-Identifier: MIT
#include "reduce_case.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include "numbers.hpp"
#include "rows_case.hpp"

namespace s4::test {
namespace {

float reduced(uint32_t op, const std::vector<float>& values) {
  const auto add = [](float a, float v) { return a + v; };
  const auto times = [](float a, float v) { return a * v; };
  const auto less = [](float a, float v) { return v < a || std::isnan(v) ? v : a; };
  const auto square = [](float a, float v) { return a + v * v; };
  switch (op) {
    case S4_REDUCE_SUM:
      return sum16(values);
    case S4_REDUCE_MEAN:
      return sum16(values) / static_cast<float>(values.size());
    case S4_REDUCE_MAX:
      return max16(values);
    case S4_REDUCE_MIN:
      return in_sixteen(values, std::numeric_limits<float>::infinity(), less, less);
    case S4_REDUCE_SUM_SQUARES:
      return in_sixteen(values, 0.0f, square, add);
    default:
      return in_sixteen(values, 1.0f, times, times);
  }
}

}  // namespace

void reference_reduce(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_reduce& c = command.reduce;
  uint64_t elements = 1;
  for (uint32_t i = 0; i < c.dims; ++i) {
    elements *= c.shape[i];
  }
  std::map<uint64_t, std::vector<float>> results;  // by the place in y
  for (uint64_t e = 0; e < elements; ++e) {
    uint64_t x = c.x;
    uint64_t y = c.y;
    uint64_t rest = e;
    for (uint32_t i = c.dims; i-- > 0;) {
      const uint64_t at = rest % c.shape[i];
      rest /= c.shape[i];
      x += at * c.x_stride[i] * size_of(c.x_type);
      y += at * c.y_stride[i] * size_of(c.y_type);
    }
    results[y].push_back(load_any(memory, x, c.x_type, c.x_scale));
  }
  for (const auto& [y, values] : results) {
    store_scaled(memory, y, c.y_type, reduced(c.op, values), c.y_scale);
  }
}

Case random_reduce(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_REDUCE;
  result.reference = reference_reduce;
  s4_cmd_reduce& c = result.command.reduce;
  c.op = static_cast<uint8_t>(random.number(S4_REDUCE_SUM, S4_REDUCE_PRODUCT));
  c.x_type = static_cast<uint8_t>(random.number(S4_TYPE_INT8, S4_TYPE_INT32));
  c.y_type = static_cast<uint8_t>(random.number(S4_TYPE_INT8, S4_TYPE_FLOAT32));
  c.dims = static_cast<uint8_t>(random.number(1, S4_MAX_DIMS));
  c.reduced = static_cast<uint8_t>(random.number(1, (1u << c.dims) - 1));
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint32_t most = c.dims == 1 ? 20000 : c.dims == 2 ? 300 : c.dims == 3 ? 30 : 7;
    c.shape[i] = random.chance(15) ? 1 : static_cast<uint32_t>(random.number(1, most));
  }
  c.x_scale = random_scale(random, c.x_type);
  c.y_scale = random_scale(random, c.y_type);
  random_strides(random, c.shape, c.dims, c.x_stride, random.chance(40),
                 [&](uint32_t) { return random.chance(10); });
  uint32_t shape[S4_MAX_DIMS] = {};
  for (uint32_t i = 0; i < c.dims; ++i) {
    shape[i] = (c.reduced >> i) & 1 ? 1 : c.shape[i];
  }
  random_strides(random, shape, c.dims, c.y_stride, random.chance(40),
                 [&](uint32_t i) { return (c.reduced >> i) & 1; });
  const uint64_t x_bytes = span_bytes(c.shape, c.x_stride, c.dims, size_of(c.x_type));
  c.x = places.take(x_bytes, size_of(c.x_type));
  put_elements(result, random, c.x, x_bytes, c.x_type, random_values(random));
  c.y = places.take_output(span_bytes(shape, c.y_stride, c.dims, size_of(c.y_type)),
                           size_of(c.y_type));
  std::ostringstream text;
  text << "reduce op " << int{c.op} << " types " << int{c.x_type} << " " << int{c.y_type}
       << " mask " << int{c.reduced};
  for (uint32_t i = 0; i < c.dims; ++i) {
    text << " | " << c.shape[i] << ": " << c.x_stride[i] << " " << c.y_stride[i];
  }
  text << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
