// SPDX-License-Identifier: MIT
#include "eltwise_case.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <sstream>

#include "functions.hpp"
#include "numbers.hpp"
#include "rows_case.hpp"

namespace s4::test {

namespace {

float operate(uint8_t op, float a, float b) {
  switch (op) {
    case S4_ELTWISE_ADD:
      return a + b;
    case S4_ELTWISE_MUL:
      return a * b;
    case S4_ELTWISE_SUB:
      return a - b;
    case S4_ELTWISE_DIV:
      return a / b;
    case S4_ELTWISE_MIN:
      return b < a || std::isnan(b) ? b : a;
    case S4_ELTWISE_MAX:
      return b > a || std::isnan(b) ? b : a;
    default:
      return fn_pow(a, b);
  }
}

uint8_t random_type(Random& random) {
  return random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32, S4_TYPE_INT32});
}

uint8_t random_result_type(Random& random) {
  return random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32});
}

}  // namespace

void random_activation(Random& random, __u8& kind, __u32& alpha, __u32& beta) {
  kind = random.chance(40) ? random.one_of<uint8_t>({S4_ACT_NONE, S4_ACT_RELU})
                           : static_cast<uint8_t>(random.number(0, S4_ACT_COUNT - 1));
  const auto parameter = [&] { return random_float(random, Values::kFullRange); };
  alpha = kind == S4_ACT_LEAKY_RELU || kind == S4_ACT_CLIP ? parameter() : 0;
  beta = kind == S4_ACT_CLIP ? parameter() : 0;
}

void reference_eltwise(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_eltwise& c = command.eltwise;
  uint64_t elements = 1;
  for (uint32_t i = 0; i < c.dims; ++i) {
    elements *= c.shape[i];
  }
  for (uint64_t e = 0; e < elements; ++e) {
    uint64_t a = c.a;
    uint64_t b = c.b;
    uint64_t y = c.y;
    uint64_t rest = e;
    for (uint32_t i = c.dims; i-- > 0;) {
      const uint64_t at = rest % c.shape[i];
      rest /= c.shape[i];
      a += at * c.a_stride[i] * size_of(c.a_type);
      b += at * c.b_stride[i] * size_of(c.b_type);
      y += at * c.y_stride[i] * size_of(c.y_type);
    }
    const float v = operate(c.op, load_any(memory, a, c.a_type, c.a_scale),
                            load_any(memory, b, c.b_type, c.b_scale));
    store_scaled(memory, y, c.y_type,
                 activation(c.activation, v, std::bit_cast<float>(c.alpha),
                            std::bit_cast<float>(c.beta)),
                 c.y_scale);
  }
}

void reference_unary(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_unary& c = command.unary;
  uint64_t elements = 1;
  for (uint32_t i = 0; i < c.dims; ++i) {
    elements *= c.shape[i];
  }
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
    const float v = load_any(memory, x, c.x_type, c.x_scale);
    store_scaled(memory, y, c.y_type,
                 activation(c.activation, v, std::bit_cast<float>(c.alpha),
                            std::bit_cast<float>(c.beta)),
                 c.y_scale);
  }
}

Case random_eltwise(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_ELTWISE;
  result.reference = reference_eltwise;
  s4_cmd_eltwise& c = result.command.eltwise;
  c.op = static_cast<uint8_t>(random.number(S4_ELTWISE_ADD, S4_ELTWISE_POW));
  c.a_type = random_type(random);
  c.b_type = random_type(random);
  c.y_type = random_result_type(random);
  if (random.chance(40)) {
    c.a_type = c.b_type = c.y_type;
  }
  random_activation(random, c.activation, c.alpha, c.beta);
  c.dims = static_cast<uint8_t>(random.number(1, S4_MAX_DIMS));
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint32_t most = c.dims == 1 ? 20000 : c.dims == 2 ? 120 : c.dims == 3 ? 25 : 7;
    c.shape[i] = random.chance(15) ? 1 : static_cast<uint32_t>(random.number(1, most));
  }
  const Values values = random_values(random);
  c.a_scale = random_scale(random, c.a_type);
  c.b_scale = random_scale(random, c.b_type);
  c.y_scale = random_scale(random, c.y_type);

  const auto repeats = [&](uint32_t) { return random.chance(35); };
  const auto never = [](uint32_t) { return false; };
  const bool shuffled = random.chance(40);
  random_strides(random, c.shape, c.dims, c.y_stride, shuffled, never);
  random_strides(random, c.shape, c.dims, c.a_stride, shuffled, repeats);
  random_strides(random, c.shape, c.dims, c.b_stride, shuffled, repeats);
  const auto span = [&](const __u32* stride, uint32_t type) {
    return span_bytes(c.shape, stride, c.dims, s4_type_bytes(type));
  };
  const uint64_t y_bytes = span(c.y_stride, c.y_type);
  c.y = places.take_output(y_bytes, s4_type_bytes(c.y_type));
  const unsigned in_place = random.chance(30) ? static_cast<unsigned>(random.number(1, 3)) : 0;
  bool drawn = false;
  for (unsigned operand = 0; operand < 2; ++operand) {
    __u32* stride = operand == 0 ? c.a_stride : c.b_stride;
    __u64* va = operand == 0 ? &c.a : &c.b;
    const uint8_t type = operand == 0 ? c.a_type : c.b_type;
    if ((in_place & (1u << operand)) != 0 && s4_type_bytes(type) == s4_type_bytes(c.y_type)) {
      std::copy_n(c.y_stride, S4_MAX_DIMS, stride);
      *va = c.y;
      if (!drawn) {
        put_elements(result, random, c.y, y_bytes, type, values);
        drawn = true;
      }
    } else {
      *va = places.take(span(stride, type), s4_type_bytes(type));
      put_elements(result, random, *va, span(stride, type), type, values);
    }
  }
  std::ostringstream text;
  text << "eltwise op " << int{c.op} << " types " << int{c.a_type} << int{c.b_type} << int{c.y_type}
       << " activation " << int{c.activation} << " in place " << in_place;
  for (uint32_t i = 0; i < c.dims; ++i) {
    text << " | " << c.shape[i] << ": " << c.a_stride[i] << " " << c.b_stride[i] << " "
         << c.y_stride[i];
  }
  text << " " << random.text();
  result.text = text.str();
  return result;
}

Case random_unary(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_UNARY;
  result.reference = reference_unary;
  s4_cmd_unary& c = result.command.unary;
  c.x_type = random_type(random);
  c.y_type = random_result_type(random);
  random_activation(random, c.activation, c.alpha, c.beta);
  c.dims = static_cast<uint8_t>(random.number(1, S4_MAX_DIMS));
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint32_t most = c.dims == 1 ? 20000 : c.dims == 2 ? 120 : c.dims == 3 ? 25 : 7;
    c.shape[i] = random.chance(15) ? 1 : static_cast<uint32_t>(random.number(1, most));
  }
  c.x_scale = random_scale(random, c.x_type);
  c.y_scale = random_scale(random, c.y_type);
  const bool shuffled = random.chance(40);
  random_strides(random, c.shape, c.dims, c.y_stride, shuffled, [](uint32_t) { return false; });
  const uint64_t y_size = s4_type_bytes(c.y_type);
  const uint64_t x_size = s4_type_bytes(c.x_type);
  c.y = places.take_output(span_bytes(c.shape, c.y_stride, c.dims, y_size), y_size);
  const bool in_place = x_size == y_size && random.chance(30);
  if (in_place) {
    std::copy_n(c.y_stride, S4_MAX_DIMS, c.x_stride);
    c.x = c.y;
  } else {
    random_strides(random, c.shape, c.dims, c.x_stride, shuffled,
                   [&](uint32_t) { return random.chance(25); });
    c.x = places.take(span_bytes(c.shape, c.x_stride, c.dims, x_size), x_size);
  }
  const Values values = random_values(random);
  put_elements(result, random, c.x, span_bytes(c.shape, c.x_stride, c.dims, x_size), c.x_type,
               values);
  std::ostringstream text;
  text << "unary types " << int{c.x_type} << int{c.y_type} << " activation " << int{c.activation}
       << " in place " << in_place << " values " << static_cast<int>(values);
  for (uint32_t i = 0; i < c.dims; ++i) {
    text << " | " << c.shape[i] << ": " << c.x_stride[i] << " " << c.y_stride[i];
  }
  text << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
