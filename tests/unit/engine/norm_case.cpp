// SPDX-License-Identifier: MIT
#include "norm_case.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <sstream>

#include "numbers.hpp"
#include "rows_case.hpp"

namespace s4::test {
namespace {

struct Place {
  uint64_t image;
  uint64_t row;
  uint64_t channel;

  uint64_t in(uint64_t va, const __u32* stride, uint32_t type) const {
    return va + (image * stride[0] + row * stride[1] + channel * stride[2]) * size_of(type);
  }
};

void normalize(const s4_cmd_norm& c, FakeMemory& memory, const std::vector<Place>& block) {
  const auto n = static_cast<float>(block.size());
  std::vector<float> v;
  for (const Place& at : block) {
    float one = load_any(memory, at.in(c.x, c.x_stride, c.x_type), c.x_type, c.x_scale);
    if (c.residual != 0) {
      one = one + load_any(memory, at.in(c.residual, c.residual_stride, c.residual_type),
                           c.residual_type, c.residual_scale);
    }
    v.push_back(one);
  }
  if (c.kind != S4_NORM_RMS) {
    const float mean = sum16(v) / n;
    for (float& one : v) {
      one = one - mean;
    }
  }
  std::vector<float> squares;
  for (const float one : v) {
    squares.push_back(one * one);
  }
  const float variance = sum16(squares) / n;
  const float r = 1.0f / std::sqrt(variance + std::bit_cast<float>(c.epsilon));
  for (size_t i = 0; i < block.size(); ++i) {
    float y = v[i] * r;
    if (c.gamma != 0) {
      y = y * memory.get<float>(c.gamma + block[i].channel * 4);
    }
    if (c.beta != 0) {
      y = y + memory.get<float>(c.beta + block[i].channel * 4);
    }
    store_scaled(memory, block[i].in(c.y, c.y_stride, c.y_type), c.y_type, y, c.y_scale);
  }
}

uint64_t put_factors(Case& result, Random& random, Places& places, uint64_t channels) {
  const uint64_t va = places.take(channels * 4, 4);
  put_elements(result, random, va, channels * 4, S4_TYPE_FLOAT32,
               random.chance(80) ? Values::kOrdinary : Values::kAnything);
  return va;
}

uint64_t span(const s4_cmd_norm& c, const __u32* stride, uint32_t type) {
  return span_bytes(c.shape, stride, 3, size_of(type));
}

}  // namespace

void reference_norm(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_norm& c = command.norm;
  const uint64_t width = c.shape[2] / c.groups;
  for (uint64_t image = 0; image < c.shape[0]; ++image) {
    for (uint64_t group = 0; group < c.groups; ++group) {
      std::vector<Place> block;
      for (uint64_t row = 0; row < c.shape[1]; ++row) {
        for (uint64_t i = 0; i < width; ++i) {
          block.push_back({image, row, group * width + i});
        }
        if (c.kind != S4_NORM_GROUP || row + 1 == c.shape[1]) {
          normalize(c, memory, block);
          block.clear();
        }
      }
    }
  }
}

Case random_norm(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_NORM;
  result.reference = reference_norm;
  s4_cmd_norm& c = result.command.norm;
  c.kind = static_cast<uint8_t>(random.number(S4_NORM_LAYER, S4_NORM_GROUP));
  c.x_type = static_cast<uint8_t>(random.number(S4_TYPE_INT8, S4_TYPE_INT32));
  c.y_type = static_cast<uint8_t>(random.number(S4_TYPE_INT8, S4_TYPE_FLOAT32));
  c.groups = random.chance(50) ? 1 : static_cast<uint32_t>(random.number(1, 6));
  // Now and then long rows, or many short ones.
  const unsigned size = static_cast<unsigned>(random.number(0, 99));
  c.shape[0] = static_cast<uint32_t>(random.number(1, size < 10 ? 1 : 3));
  c.shape[1] = static_cast<uint32_t>(random.number(1, size < 5 ? 2 : size < 10 ? 2000 : 20));
  const uint64_t width = size < 5 ? 6000 : size < 10 ? 10 : size < 40 ? 3 : 60;
  c.shape[2] = c.groups * static_cast<uint32_t>(random.number(1, width));
  c.epsilon = random.one_of<uint32_t>(
      {0, std::bit_cast<uint32_t>(1e-5f), std::bit_cast<uint32_t>(1e-12f), 0x7f7fffff});
  c.x_scale = random_scale(random, c.x_type);
  c.y_scale = random_scale(random, c.y_type);
  const auto repeat = [&](uint32_t) { return random.chance(10); };
  random_strides(random, c.shape, 3, c.x_stride, random.chance(40), repeat);
  random_strides(random, c.shape, 3, c.y_stride, random.chance(40), [](uint32_t) { return false; });
  const Values values = random_values(random);
  c.y = places.take_output(span(c, c.y_stride, c.y_type), size_of(c.y_type));
  const auto in_place = [&](__u32* stride, uint8_t type, const char* what) {
    if (type != c.y_type || !random.chance(40)) {
      return uint64_t{0};
    }
    std::copy_n(c.y_stride, 3, stride);
    result.text += what;
    return uint64_t{c.y};
  };
  c.x = in_place(c.x_stride, c.x_type, "y on x, ");
  if (c.x == 0) {
    c.x = places.take(span(c, c.x_stride, c.x_type), size_of(c.x_type));
  }
  put_elements(result, random, c.x, span(c, c.x_stride, c.x_type), c.x_type, values);
  if (random.chance(50)) {
    c.residual_type = random.chance(60) ? c.x_type : static_cast<uint8_t>(random.number(1, 4));
    c.residual_scale = random_scale(random, c.residual_type);
    random_strides(random, c.shape, 3, c.residual_stride, random.chance(40), repeat);
    c.residual = in_place(c.residual_stride, c.residual_type, "y on the residual, ");
    if (c.residual == 0) {
      c.residual =
          places.take(span(c, c.residual_stride, c.residual_type), size_of(c.residual_type));
    }
    put_elements(result, random, c.residual, span(c, c.residual_stride, c.residual_type),
                 c.residual_type, values);
  }
  c.gamma = random.chance(60) ? put_factors(result, random, places, c.shape[2]) : 0;
  c.beta = random.chance(60) ? put_factors(result, random, places, c.shape[2]) : 0;
  std::ostringstream text;
  text << "norm kind " << int{c.kind} << " types " << int{c.x_type} << " " << int{c.residual_type}
       << " " << int{c.y_type} << " groups " << c.groups << (c.gamma != 0 ? " gamma" : "")
       << (c.beta != 0 ? " beta" : "");
  for (uint32_t i = 0; i < 3; ++i) {
    text << " | " << c.shape[i] << ": " << c.x_stride[i] << " " << c.residual_stride[i] << " "
         << c.y_stride[i];
  }
  text << " " << random.text();
  result.text += text.str();
  return result;
}

}  // namespace s4::test
