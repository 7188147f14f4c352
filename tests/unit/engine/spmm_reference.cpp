// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <vector>

#include "functions.hpp"
#include "numbers.hpp"
#include "rows_case.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

uint64_t element(uint64_t base, uint32_t layout, uint64_t pitch, uint64_t feature, uint64_t column,
                 uint64_t size) {
  return layout == S4_LAYOUT_ROWS ? base + feature * pitch + column * size
                                  : base + column * pitch + feature * size;
}

// A column of activations; positions from k to the end of its bank are zero.
std::vector<float> column_of(const s4_cmd_spmm& c, const FakeMemory& memory, uint64_t column) {
  std::vector<float> result((c.k + 63) / 64 * 64, 0.0f);
  const uint64_t size = size_of(c.type);
  for (uint64_t k = 0; k < c.k; ++k) {
    const uint64_t va = element(c.x, c.x_layout, c.x_pitch, k, column, size);
    result[k] = activation_at(c, memory, va);
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
  return v;
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

}  // namespace

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

float activation_at(const s4_cmd_spmm& c, const FakeMemory& memory, uint64_t va) {
  return c.type == S4_TYPE_BF16 ? bf16_to_float(memory.get<uint16_t>(va))
                                : static_cast<float>(memory.get<int8_t>(va));
}

void reference_result(const s4_cmd& command, FakeMemory& memory, uint64_t row,
                      const std::vector<Entry>& entries, const std::vector<float>& x, uint64_t y,
                      uint64_t residual) {
  const s4_cmd_spmm& c = command.spmm;
  float v = 0.0f;
  if (c.type == S4_TYPE_BF16) {
    v = spmm_bf16(command, memory, row, entries, x);
  } else {
    const int32_t sum = spmm_int8(command, memory, row, entries, x);
    if (c.y_type == S4_TYPE_INT32) {
      return memory.put(y, &sum, 4);
    }
    v = static_cast<float>(sum) * memory.get<float>(c.scale + row * 4);
  }
  if (command.header.flags & S4_SPMM_RESIDUAL) {
    v = v + load_any(memory, residual, c.residual_type, c.residual_scale);
  }
  v = activation(c.activation, v, std::bit_cast<float>(c.alpha), std::bit_cast<float>(c.beta));
  store_scaled(memory, y, c.y_type, v, c.y_scale);
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
      reference_result(command, memory, row, rows[row], x,
                       element(c.y, c.y_layout, c.y_pitch, row, column, size_of(c.y_type)),
                       command.header.flags & S4_SPMM_RESIDUAL
                           ? element(c.residual, c.y_layout, c.residual_pitch, row, column,
                                     size_of(c.residual_type))
                           : 0);
    }
  }
}

}  // namespace s4::test
