// SPDX-License-Identifier: MIT
#include "spmm_case.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <sstream>

#include "eltwise_case.hpp"
#include "rows_case.hpp"

namespace s4::test {

std::vector<uint8_t> random_indices(Random& random, uint32_t rows, uint32_t k, uint32_t degree) {
  const uint32_t per_bank = S4_BANK / degree;
  std::vector<uint8_t> result;
  std::vector<uint8_t> bank(S4_BANK);
  for (uint64_t i = 0; i < uint64_t{rows} * ((k + S4_BANK - 1) / S4_BANK); ++i) {
    std::iota(bank.begin(), bank.end(), uint8_t{0});
    for (uint32_t e = 0; e < per_bank; ++e) {
      std::swap(bank[e], bank[random.number(e, S4_BANK - 1)]);
    }
    std::sort(bank.begin(), bank.begin() + per_bank);
    result.insert(result.end(), bank.begin(), bank.begin() + per_bank);
  }
  return result;
}

void random_types(Random& random, s4_cmd& command) {
  s4_cmd_spmm& c = command.spmm;
  c.degree = random.one_of<uint8_t>({1, 2, 4, 8, 16, 32});
  c.type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16});
  c.y_type = c.type == S4_TYPE_BF16
                 ? random.one_of<uint8_t>({S4_TYPE_BF16, S4_TYPE_FLOAT32})
                 : random.one_of<uint8_t>(
                       {S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32, S4_TYPE_INT32});
  const bool sums = c.y_type == S4_TYPE_INT32;
  c.y_scale = S4_FLOAT_ONE;
  c.activation = S4_ACT_NONE;
  c.alpha = c.beta = 0;
  if (!sums) {
    random_activation(random, c.activation, c.alpha, c.beta);
    if (random.chance(50)) {
      c.y_scale = random_scale(random, c.y_type);
    }
  }
  const bool residual = !sums && random.chance(35);
  c.residual_type = 0;
  c.residual_scale = 0;
  if (residual) {
    c.residual_type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32});
    c.residual_scale = random_scale(random, c.residual_type);
  }
  const bool bias = random.chance(50);
  const bool scale = !sums && (c.type == S4_TYPE_INT8 || random.chance(50));
  command.header.flags = (bias ? S4_SPMM_BIAS : 0) | (scale ? S4_SPMM_SCALE : 0) |
                         (residual ? S4_SPMM_RESIDUAL : 0);
}

void random_residual(Case& kase, Places& places, Random& random, Values values, uint64_t bytes,
                     uint64_t y_bytes, bool same_pitches) {
  s4_cmd_spmm& c = kase.command.spmm;
  const uint64_t size = s4_type_bytes(c.residual_type);
  if (same_pitches && size == s4_type_bytes(c.y_type) && random.chance(50)) {
    c.residual = c.y;
    put_elements(kase, random, c.y, y_bytes, c.residual_type, values);
    return;
  }
  c.residual = places.take(bytes, size);
  put_elements(kase, random, c.residual, bytes, c.residual_type, values);
}

void random_weights(Case& kase, Places& places, Random& random, Values values) {
  s4_cmd_spmm& c = kase.command.spmm;
  const uint64_t size = s4_type_bytes(c.type);
  const uint64_t entries = uint64_t{c.rows} * ((c.k + 63) / 64) * 64 / c.degree;
  c.values = places.take(entries * size, 64);
  put_elements(kase, random, c.values, entries * size, c.type, values);
  if (c.degree > 1) {
    c.indices = places.take(entries, 64);
    kase.memory.put(c.indices, random_indices(random, c.rows, c.k, c.degree));
  }
  random_channels(kase, places, random, values);
}

void random_channels(Case& kase, Places& places, Random& random, Values values) {
  s4_cmd_spmm& c = kase.command.spmm;
  if (kase.command.header.flags & S4_SPMM_BIAS) {
    c.bias = places.take(uint64_t{c.rows} * 4, 4);
    std::vector<uint32_t> data(c.rows);
    for (uint32_t& v : data) {
      v = c.type == S4_TYPE_BF16 ? random_float(random, values)
          : random.chance(20)    ? random.one_of<uint32_t>({0x7fffffffu, 0x80000000u, 0x7fff0000u})
                                 : static_cast<uint32_t>(random.number(0, 200000) - 100000);
    }
    kase.memory.put(c.bias, data);
  }
  if (kase.command.header.flags & S4_SPMM_SCALE) {
    c.scale = places.take(uint64_t{c.rows} * 4, 4);
    std::vector<uint32_t> data(c.rows);
    for (uint32_t& v : data) {
      // Results of INT8 that are worth rounding, or anything.
      v = random.chance(80) ? std::bit_cast<uint32_t>(1.0f / static_cast<float>(
                                                                 random.number(1, 4096)))
                            : random_float(random, values);
    }
    kase.memory.put(c.scale, data);
  }
}

Case random_spmm(Random& random, SpmmLimits limits) {
  Case result;
  Places places(result, random, limits.scattered);
  result.command.header.opcode = S4_OP_SPMM;
  result.reference = reference_spmm;
  result.command.header.wait = static_cast<uint32_t>(random.bits());
  s4_cmd_spmm& c = result.command.spmm;
  c.rows = static_cast<uint32_t>(random.number(1, limits.rows));
  c.k = static_cast<uint32_t>(random.number(1, limits.k));
  c.columns = static_cast<uint32_t>(random.number(1, limits.columns));
  random_types(random, result.command);
  c.x_layout = random.one_of<uint8_t>({S4_LAYOUT_ROWS, S4_LAYOUT_COLUMNS});
  c.y_layout = random.one_of<uint8_t>({S4_LAYOUT_ROWS, S4_LAYOUT_COLUMNS});
  const Values values = random_values(random);
  const uint64_t size = s4_type_bytes(c.type);
  const uint64_t y_size = s4_type_bytes(c.y_type);
  const bool x_rows = c.x_layout == S4_LAYOUT_ROWS;
  const bool y_rows = c.y_layout == S4_LAYOUT_ROWS;
  const uint64_t x_run = (x_rows ? c.columns : c.k) * size;
  const uint64_t y_run = (y_rows ? c.columns : c.rows) * y_size;
  c.x_pitch = x_run + random.one_of<uint64_t>({0, 1, 3, 64}) * size;
  c.y_pitch = y_run + random.one_of<uint64_t>({0, 1, 5, 64}) * y_size;
  const uint64_t x_bytes = extent(x_rows ? c.k : c.columns, c.x_pitch, x_run);
  c.x = places.take(x_bytes, size);
  put_elements(result, random, c.x, x_bytes, c.type, values);
  const uint64_t y_bytes = extent(y_rows ? c.rows : c.columns, c.y_pitch, y_run);
  c.y = places.take_output(y_bytes, y_size);
  if (result.command.header.flags & S4_SPMM_RESIDUAL) {
    const uint64_t residual_size = s4_type_bytes(c.residual_type);
    const uint64_t run = (y_rows ? c.columns : c.rows) * residual_size;
    c.residual_pitch = residual_size == y_size && random.chance(50)
                           ? c.y_pitch
                           : run + random.one_of<uint64_t>({0, 2, 64}) * residual_size;
    random_residual(result, places, random, values,
                    extent(y_rows ? c.rows : c.columns, c.residual_pitch, run), y_bytes,
                    c.residual_pitch == c.y_pitch);
  }
  random_weights(result, places, random, values);
  std::ostringstream text;
  text << "spmm rows " << c.rows << " k " << c.k << " columns " << c.columns << " degree "
       << int{c.degree} << " type " << int{c.type} << " to " << int{c.y_type} << " layouts "
       << int{c.x_layout} << int{c.y_layout} << " flags " << result.command.header.flags
       << " activation " << int{c.activation} << " values " << static_cast<int>(values) << " "
       << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
