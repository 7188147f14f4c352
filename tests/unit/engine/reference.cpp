// SPDX-License-Identifier: MIT
#include "reference.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace s4::test {
namespace {

uint64_t element(uint64_t base, uint32_t layout, uint64_t pitch, uint64_t feature, uint64_t column,
                 uint64_t size) {
  return layout == S4_LAYOUT_ROWS ? base + feature * pitch + column * size
                                  : base + column * pitch + feature * size;
}

float relu(float v) { return std::isnan(v) || v > 0.0f ? v : 0.0f; }

void store(FakeMemory& memory, uint64_t va, uint32_t type, float v) {
  switch (type) {
    case S4_TYPE_INT8: {
      const int8_t rounded = float_to_int8(v);
      return memory.put(va, &rounded, 1);
    }
    case S4_TYPE_BF16: {
      const uint16_t rounded = float_to_bf16(v);
      return memory.put(va, &rounded, 2);
    }
    default: {
      const float one_nan = canonical(v);
      return memory.put(va, &one_nan, 4);
    }
  }
}

uint64_t size_of(uint32_t type) { return type == S4_TYPE_INT8 ? 1 : type == S4_TYPE_BF16 ? 2 : 4; }

// A stored entry of a row: where its activation is and what it is multiplied by.
struct Entry {
  uint64_t k;
  float value;  // an int8 is one exactly
};

// The entries of a row, k ascending.
std::vector<Entry> row_entries(const s4_cmd_spmm& c, const FakeMemory& memory, uint64_t row) {
  const uint64_t banks = (c.k + 63) / 64;
  const uint64_t per_bank = 64 / c.degree;
  std::vector<Entry> result;
  for (uint64_t bank = 0; bank < banks; ++bank) {
    for (uint64_t i = 0; i < per_bank; ++i) {
      const uint64_t entry = (row * banks + bank) * per_bank + i;
      const uint64_t in_bank = c.degree == 1 ? i : memory.get<uint8_t>(c.indices + entry);
      const float value = c.type == S4_TYPE_BF16
                              ? bf16_to_float(memory.get<uint16_t>(c.values + entry * 2))
                              : static_cast<float>(memory.get<int8_t>(c.values + entry));
      result.push_back({bank * 64 + in_bank, value});
    }
  }
  return result;
}

// A column of activations; positions from k to the end of its bank are zero.
std::vector<float> column_of(const s4_cmd_spmm& c, const FakeMemory& memory, uint64_t column) {
  std::vector<float> result((c.k + 63) / 64 * 64, 0.0f);
  const uint64_t size = size_of(c.type);
  for (uint64_t k = 0; k < c.k; ++k) {
    const uint64_t va = element(c.x, c.x_layout, c.x_pitch, k, column, size);
    result[k] = c.type == S4_TYPE_BF16 ? bf16_to_float(memory.get<uint16_t>(va))
                                       : static_cast<float>(memory.get<int8_t>(va));
  }
  return result;
}

float spmm_bf16(const s4_cmd& command, const FakeMemory& memory, uint64_t row,
                const std::vector<Entry>& entries, const std::vector<float>& x) {
  const s4_cmd_spmm& c = command.spmm;
  float sum = 0.0f;
  for (const Entry& entry : entries) {
    sum = std::fma(entry.value, x[entry.k], sum);
  }
  float v = sum + 0.0f;
  if (command.header.flags & S4_SPMM_SCALE) {
    v = v * memory.get<float>(c.scale + row * 4);
  }
  if (command.header.flags & S4_SPMM_BIAS) {
    v = v + memory.get<float>(c.bias + row * 4);
  }
  return c.activation == S4_ACT_RELU ? relu(v) : v;
}

int32_t spmm_int8(const s4_cmd& command, const FakeMemory& memory, uint64_t row,
                  const std::vector<Entry>& entries, const std::vector<float>& x) {
  int32_t sum = 0;
  for (const Entry& entry : entries) {
    sum += static_cast<int32_t>(entry.value) * static_cast<int32_t>(x[entry.k]);
  }
  if (command.header.flags & S4_SPMM_BIAS) {
    sum = saturating_add(sum, memory.get<int32_t>(command.spmm.bias + row * 4));
  }
  return sum;
}

float load(const FakeMemory& memory, uint64_t va, uint32_t type, uint32_t scale_bits) {
  switch (type) {
    case S4_TYPE_INT8:
      return static_cast<float>(memory.get<int8_t>(va)) * std::bit_cast<float>(scale_bits);
    case S4_TYPE_BF16:
      return bf16_to_float(memory.get<uint16_t>(va));
    default:
      return memory.get<float>(va);
  }
}

}  // namespace

float bf16_to_float(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

uint16_t float_to_bf16(float value) {
  if (std::isnan(value)) {
    return 0x7fc0;
  }
  // The two neighbours in magnitude; one beyond the largest finite has the bits of infinity but
  // counts as 2^128 for the distance.
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto below = static_cast<uint16_t>(bits >> 16);
  if ((bits & 0xffff) == 0) {
    return below;
  }
  const auto above = static_cast<uint16_t>(below + 1);
  const double low = std::fabs(static_cast<double>(bf16_to_float(below)));
  const double high = (above & 0x7fff) == 0x7f80
                          ? std::ldexp(1.0, 128)
                          : std::fabs(static_cast<double>(bf16_to_float(above)));
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude - low != high - magnitude) {
    return magnitude - low < high - magnitude ? below : above;
  }
  return below % 2 == 0 ? below : above;
}

float canonical(float value) {
  return std::isnan(value) ? std::bit_cast<float>(0x7fc00000u) : value;
}

int8_t float_to_int8(float value) {
  if (std::isnan(value)) {
    return 0;
  }
  const float rounded = std::nearbyintf(value);
  return static_cast<int8_t>(rounded > 127.0f ? 127.0f : rounded < -128.0f ? -128.0f : rounded);
}

int32_t saturating_add(int32_t a, int32_t b) {
  const int64_t sum = int64_t{a} + b;
  using Limits = std::numeric_limits<int32_t>;
  return static_cast<int32_t>(sum > Limits::max()   ? Limits::max()
                              : sum < Limits::min() ? Limits::min()
                                                    : sum);
}

void reference_copy(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_copy& c = command.copy;
  for (uint64_t row = 0; row < c.rows; ++row) {
    for (uint64_t i = 0; i < c.row_bytes; ++i) {
      const auto byte = memory.get<uint8_t>(c.src + row * c.src_pitch + i);
      memory.put(c.dst + row * c.dst_pitch + i, &byte, 1);
    }
  }
}

void reference_fill(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_fill& c = command.fill;
  for (uint64_t i = 0; i < c.bytes; ++i) {
    const auto byte = static_cast<uint8_t>(c.pattern >> (8 * (i % c.pattern_bytes)));
    memory.put(c.dst + i, &byte, 1);
  }
}

void reference_spmm(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_spmm& c = command.spmm;
  std::vector<std::vector<Entry>> rows;
  for (uint64_t row = 0; row < c.rows; ++row) {
    rows.push_back(row_entries(c, memory, row));
  }
  for (uint64_t column = 0; column < c.columns; ++column) {
    const std::vector<float> x = column_of(c, memory, column);
    for (uint64_t row = 0; row < c.rows; ++row) {
      const uint64_t y = element(c.y, c.y_layout, c.y_pitch, row, column, size_of(c.y_type));
      if (c.type == S4_TYPE_BF16) {
        store(memory, y, c.y_type, spmm_bf16(command, memory, row, rows[row], x));
        continue;
      }
      const int32_t sum = spmm_int8(command, memory, row, rows[row], x);
      if (c.y_type == S4_TYPE_INT32) {
        memory.put(y, &sum, 4);
        continue;
      }
      const float v = static_cast<float>(sum) * memory.get<float>(c.scale + row * 4);
      store(memory, y, c.y_type, c.activation == S4_ACT_RELU ? relu(v) : v);
    }
  }
}

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

void reference(const s4_cmd& command, FakeMemory& memory) {
  switch (command.header.opcode) {
    case S4_OP_COPY:
      return reference_copy(command, memory);
    case S4_OP_FILL:
      return reference_fill(command, memory);
    case S4_OP_SPMM:
      return reference_spmm(command, memory);
    case S4_OP_ELTWISE:
      return reference_eltwise(command, memory);
    default:
      throw std::invalid_argument("no reference for this opcode");
  }
}

}  // namespace s4::test
