// SPDX-License-Identifier: MIT
#include "eltwise_case.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <sstream>

#include "numbers.hpp"

namespace s4::test {

void reference_eltwise(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_eltwise& c = command.eltwise;
  uint64_t elements = 1;
  for (uint32_t i = 0; i < c.dims; ++i) {
    elements *= c.shape[i];
  }
  const uint64_t size = size_of(c.type);
  for (uint64_t e = 0; e < elements; ++e) {
    uint64_t a = c.a;
    uint64_t b = c.b;
    uint64_t y = c.y;
    uint64_t rest = e;
    for (uint32_t i = c.dims; i-- > 0;) {
      const uint64_t at = rest % c.shape[i];
      rest /= c.shape[i];
      a += at * c.a_stride[i] * size;
      b += at * c.b_stride[i] * size;
      y += at * c.y_stride[i] * size;
    }
    const float left = load(memory, a, c.type, c.a_scale);
    const float right = load(memory, b, c.type, c.b_scale);
    float v = c.op == S4_ELTWISE_ADD ? left + right : left * right;
    if (c.activation == S4_ACT_RELU) {
      v = relu(v);
    }
    if (c.type == S4_TYPE_INT8) {
      v = v * std::bit_cast<float>(c.y_scale);
    }
    store(memory, y, c.type, v);
  }
}

Case random_eltwise(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_ELTWISE;
  result.reference = reference_eltwise;
  s4_cmd_eltwise& c = result.command.eltwise;
  c.op = random.one_of<uint8_t>({S4_ELTWISE_ADD, S4_ELTWISE_MUL});
  c.type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32});
  c.activation = random.one_of<uint8_t>({S4_ACT_NONE, S4_ACT_RELU});
  c.dims = static_cast<uint8_t>(random.number(1, S4_MAX_DIMS));
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint32_t most = c.dims == 1 ? 20000 : c.dims == 2 ? 120 : c.dims == 3 ? 25 : 7;
    c.shape[i] = random.chance(15) ? 1 : static_cast<uint32_t>(random.number(1, most));
  }
  const uint64_t size = s4_type_bytes(c.type);
  const Values values = random_values(random);
  for (uint32_t* scale : {&c.a_scale, &c.b_scale, &c.y_scale}) {
    *scale = S4_FLOAT_ONE;
    if (c.type == S4_TYPE_INT8) {
      do {
        *scale = random_float(random, random.chance(80) ? Values::kOrdinary : values);
      } while (!S4_FLOAT_FINITE(*scale));
    }
  }

  // Strides of a tensor whose dimensions are stored in a random order, with padding or not.
  const auto strides = [&](__u32* stride, bool broadcast) {
    std::vector<uint32_t> order(c.dims);
    std::iota(order.begin(), order.end(), 0u);
    if (random.chance(40)) {
      for (uint32_t i = 0; i + 1 < c.dims; ++i) {
        std::swap(order[i], order[random.number(i, c.dims - 1u)]);
      }
    }
    uint64_t next = random.chance(20) ? random.number(1, 3) : 1;
    for (uint32_t i = c.dims; i-- > 0;) {
      if (broadcast && random.chance(35)) {
        stride[order[i]] = 0;
        continue;
      }
      stride[order[i]] = static_cast<uint32_t>(next);
      next = next * c.shape[order[i]] + (random.chance(20) ? random.number(0, 5) : 0);
    }
  };
  const auto span = [&](const __u32* stride) {
    uint64_t last = 0;
    for (uint32_t i = 0; i < c.dims; ++i) {
      last += uint64_t{c.shape[i] - 1} * stride[i];
    }
    return (last + 1) * size;
  };
  strides(c.y_stride, false);
  strides(c.a_stride, true);
  strides(c.b_stride, true);
  c.y = places.take_output(span(c.y_stride), size);
  const unsigned in_place = random.chance(30) ? static_cast<unsigned>(random.number(1, 3)) : 0;
  if (in_place != 0) {
    put_elements(result, random, c.y, span(c.y_stride), c.type, values);
  }
  for (unsigned operand = 0; operand < 2; ++operand) {
    __u32* stride = operand == 0 ? c.a_stride : c.b_stride;
    __u64* va = operand == 0 ? &c.a : &c.b;
    if (in_place & (1u << operand)) {
      std::copy_n(c.y_stride, S4_MAX_DIMS, stride);
      *va = c.y;
    } else {
      *va = places.take(span(stride), size);
      put_elements(result, random, *va, span(stride), c.type, values);
    }
  }
  std::ostringstream text;
  text << "eltwise op " << int{c.op} << " type " << int{c.type} << " in place " << in_place;
  for (uint32_t i = 0; i < c.dims; ++i) {
    text << " | " << c.shape[i] << ": " << c.a_stride[i] << " " << c.b_stride[i] << " "
         << c.y_stride[i];
  }
  text << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
