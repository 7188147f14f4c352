// SPDX-License-Identifier: MIT
#include "softmax_case.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <sstream>

#include "functions.hpp"
#include "numbers.hpp"
#include "rows_case.hpp"

namespace s4::test {
namespace {

// softmax of `v`, or its logarithm.
std::vector<float> softmax(const std::vector<float>& v, bool log) {
  const float m = max16(v);
  std::vector<float> e;
  for (const float one : v) {
    e.push_back(fn_exp(one - m));
  }
  const float s = sum16(e);
  const float r = 1.0f / s;
  std::vector<float> y;
  for (size_t j = 0; j < v.size(); ++j) {
    y.push_back(log ? (v[j] - m) - fn_log(s) : e[j] * r);
  }
  return y;
}

}  // namespace

void reference_softmax(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_softmax& c = command.softmax;
  const uint32_t last = c.dims - 1u;
  const bool log = (c.options & S4_SOFTMAX_LOG) != 0;
  uint64_t rows = 1;
  for (uint32_t i = 0; i < last; ++i) {
    rows *= c.shape[i];
  }
  for (uint64_t row = 0; row < rows; ++row) {
    uint64_t x = c.x;
    uint64_t y = c.y;
    uint64_t index[S4_MAX_DIMS] = {};
    uint64_t rest = row;
    for (uint32_t i = last; i-- > 0;) {
      index[i] = rest % c.shape[i];
      rest /= c.shape[i];
      x += index[i] * c.x_stride[i] * size_of(c.x_type);
      y += index[i] * c.y_stride[i] * size_of(c.y_type);
    }
    const auto sees = [&](uint64_t j) {
      const bool causal = (c.options & S4_SOFTMAX_CAUSAL) != 0;
      return !(causal &&
               static_cast<int64_t>(j) > static_cast<int64_t>(index[last - 1]) + c.offset) &&
             !(c.lengths != 0 &&
               static_cast<int64_t>(j) >= memory.get<int32_t>(c.lengths + index[0] * 4));
    };
    std::vector<float> v;
    for (uint64_t j = 0; j < c.shape[last]; ++j) {
      if (sees(j)) {
        v.push_back(
            load_any(memory, x + j * c.x_stride[last] * size_of(c.x_type), c.x_type, c.x_scale) *
            std::bit_cast<float>(c.factor));
      }
    }
    const std::vector<float> result = softmax(v, log);
    for (uint64_t j = 0, next = 0; j < c.shape[last]; ++j) {
      const float masked = log ? -std::numeric_limits<float>::infinity() : 0.0f;
      store_scaled(memory, y + j * c.y_stride[last] * size_of(c.y_type), c.y_type,
                   sees(j) ? result[next++] : masked, c.y_scale);
    }
  }
}

Case random_softmax(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_SOFTMAX;
  result.reference = reference_softmax;
  s4_cmd_softmax& c = result.command.softmax;
  c.x_type = static_cast<uint8_t>(random.number(S4_TYPE_INT8, S4_TYPE_INT32));
  c.y_type = static_cast<uint8_t>(random.number(S4_TYPE_INT8, S4_TYPE_FLOAT32));
  c.dims = static_cast<uint8_t>(random.number(1, S4_MAX_DIMS));
  c.options = static_cast<uint8_t>(random.number(0, c.dims > 1 ? S4_SOFTMAX_OPTIONS : 1));
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint32_t most = c.dims == 1 ? 40000 : c.dims == 2 ? 200 : c.dims == 3 ? 30 : 7;
    c.shape[i] = random.chance(15) ? 1 : static_cast<uint32_t>(random.number(1, most));
  }
  const uint32_t n = c.shape[c.dims - 1];
  if (c.options & S4_SOFTMAX_CAUSAL) {
    c.offset = random.chance(20)
                   ? random.one_of<int32_t>({INT32_MIN, INT32_MAX, -1, 0})
                   : static_cast<int32_t>(random.number(0, 2 * n)) - static_cast<int32_t>(n);
  }
  c.factor = random.chance(40) ? S4_FLOAT_ONE : random_float(random, Values::kOrdinary);
  c.x_scale = random_scale(random, c.x_type);
  if (c.x_type == S4_TYPE_INT32 && random.chance(70)) {
    c.x_scale = std::bit_cast<uint32_t>(0x1p-28f);  // so that results are spread
  }
  c.y_scale = c.y_type == S4_TYPE_INT8 && random.chance(50) ? std::bit_cast<uint32_t>(127.0f)
                                                            : random_scale(random, c.y_type);
  random_strides(random, c.shape, c.dims, c.x_stride, random.chance(40),
                 [&](uint32_t) { return random.chance(10); });
  random_strides(random, c.shape, c.dims, c.y_stride, random.chance(40),
                 [](uint32_t) { return false; });
  const bool in_place = c.x_type == c.y_type && random.chance(50);
  if (in_place) {
    std::copy_n(c.y_stride, S4_MAX_DIMS, c.x_stride);
  }
  if (c.dims > 1 && random.chance(40)) {
    c.lengths = places.take(uint64_t{c.shape[0]} * 4, 4);
    for (uint64_t i = 0; i < c.shape[0]; ++i) {
      const auto length = static_cast<int32_t>(random.number(0, n));
      result.memory.put(c.lengths + i * 4, &length, 4);
    }
  }
  const uint64_t x_bytes = span_bytes(c.shape, c.x_stride, c.dims, size_of(c.x_type));
  const uint64_t y_bytes = span_bytes(c.shape, c.y_stride, c.dims, size_of(c.y_type));
  c.y = places.take_output(y_bytes, size_of(c.y_type));
  c.x = in_place ? c.y : places.take(x_bytes, size_of(c.x_type));
  put_elements(result, random, c.x, x_bytes, c.x_type, random_values(random));
  std::ostringstream text;
  text << "softmax options " << int{c.options} << " offset " << c.offset << " types "
       << int{c.x_type} << " " << int{c.y_type} << (c.lengths != 0 ? " lengths" : "")
       << (in_place ? " in place" : "");
  for (uint32_t i = 0; i < c.dims; ++i) {
    text << " | " << c.shape[i] << ": " << c.x_stride[i] << " " << c.y_stride[i];
  }
  text << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
