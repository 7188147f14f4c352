// SPDX-License-Identifier: MIT
#include "rows_case.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "numbers.hpp"

namespace s4::test {

float in_sixteen(const std::vector<float>& values, float start,
                 const std::function<float(float, float)>& take,
                 const std::function<float(float, float)>& fold) {
  std::vector<float> s(16, start);
  for (size_t e = 0; e < values.size(); ++e) {
    s[e % 16] = take(s[e % 16], values[e]);
  }
  for (const size_t h : {8, 4, 2, 1}) {
    for (size_t j = 0; j < h; ++j) {
      s[j] = fold(s[j], s[j + h]);
    }
  }
  return s[0];
}

float sum16(const std::vector<float>& values) {
  const auto add = [](float a, float v) { return a + v; };
  return in_sixteen(values, 0.0f, add, add);
}

float max16(const std::vector<float>& values) {
  const auto greater = [](float a, float v) { return v > a || std::isnan(v) ? v : a; };
  return in_sixteen(values, -std::numeric_limits<float>::infinity(), greater, greater);
}

float load_any(const FakeMemory& memory, uint64_t va, uint32_t type, uint32_t scale) {
  if (type == S4_TYPE_INT32) {
    return static_cast<float>(memory.get<int32_t>(va)) * std::bit_cast<float>(scale);
  }
  return load(memory, va, type, scale);
}

void store_scaled(FakeMemory& memory, uint64_t va, uint32_t type, float v, uint32_t scale) {
  store(memory, va, type, type == S4_TYPE_INT8 ? v * std::bit_cast<float>(scale) : v);
}

uint32_t random_scale(Random& random, uint32_t type) {
  if (type != S4_TYPE_INT8 && type != S4_TYPE_INT32) {
    return S4_FLOAT_ONE;
  }
  const Values values = random.chance(80) ? Values::kOrdinary : Values::kFullRange;
  return random_float(random, values);
}

void random_strides(Random& random, const uint32_t* shape, uint32_t dims, __u32* stride,
                    bool shuffled, const std::function<bool(uint32_t)>& repeat) {
  std::vector<uint32_t> order(dims);
  std::iota(order.begin(), order.end(), 0u);
  for (uint32_t i = 0; shuffled && i + 1 < dims; ++i) {
    std::swap(order[i], order[random.number(i, dims - 1u)]);
  }
  uint64_t next = random.chance(15) ? random.number(1, 3) : 1;
  for (uint32_t i = dims; i-- > 0;) {
    const uint32_t at = order[i];
    if (repeat(at)) {
      stride[at] = 0;
      continue;
    }
    stride[at] = static_cast<uint32_t>(next);
    next = next * shape[at] + (random.chance(20) ? random.number(0, 5) : 0);
  }
}

uint64_t span_bytes(const uint32_t* shape, const __u32* stride, uint32_t dims, uint64_t size) {
  uint64_t last = 0;
  for (uint32_t i = 0; i < dims; ++i) {
    last += uint64_t{shape[i] - 1} * stride[i];
  }
  return (last + 1) * size;
}

}  // namespace s4::test
