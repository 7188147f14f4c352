// SPDX-License-Identifier: MIT
#include "cases.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <sstream>

#include "reference.hpp"
#include "s4/abi/s4_check.h"

namespace s4::test {
namespace {

constexpr uint64_t kGuard = 128;

// Hands out addresses with unmapped pages between.
class Places {
 public:
  Places(Case& c, Random& random, bool scattered)
      : case_(c), random_(random), scattered_(scattered) {}

  // `bytes` mapped bytes at a multiple of `align`, with guards mapped around them.
  uint64_t take(uint64_t bytes, uint64_t align) {
    const uint64_t va = next_ + (kGuard + random_.number(0, 8191) + align - 1) / align * align;
    Mapping how;
    if (scattered_) {
      how.pages = random_.one_of({Pages::kContiguous, Pages::kScattered});
      how.host = random_.chance(25);
    }
    case_.memory.map(va - kGuard, bytes + 2 * kGuard, how);
    next_ = (va + bytes + kGuard + 0x3000) & ~uint64_t{0xfff};
    return va;
  }
  uint64_t take_output(uint64_t bytes, uint64_t align) {
    const uint64_t va = take(bytes, align);
    case_.y_va = va - kGuard;
    case_.y_bytes = bytes + 2 * kGuard;
    std::vector<uint8_t> noise(case_.y_bytes);
    for (uint8_t& byte : noise) {
      byte = static_cast<uint8_t>(random_.bits());
    }
    case_.memory.put(case_.y_va, noise);
    return va;
  }

 private:
  Case& case_;
  Random& random_;
  bool scattered_;
  uint64_t next_ = 0x7f0000200000;
};

Values random_values(Random& random) {
  return random.one_of({Values::kOrdinary, Values::kOrdinary, Values::kFullRange, Values::kTiny,
                        Values::kAnything});
}

uint32_t bytes_of(uint32_t type) { return s4_type_bytes(type); }

// Fills `bytes` bytes with elements of a type.
void put_elements(Case& c, Random& random, uint64_t va, uint64_t bytes, uint32_t type,
                  Values values) {
  std::vector<uint8_t> data(bytes);
  for (uint64_t i = 0; i + bytes_of(type) <= bytes; i += bytes_of(type)) {
    if (type == S4_TYPE_BF16) {
      const uint16_t v = random_bf16(random, values);
      std::memcpy(&data[i], &v, 2);
    } else if (type == S4_TYPE_FLOAT32) {
      const uint32_t v = random_float(random, values);
      std::memcpy(&data[i], &v, 4);
    } else {
      data[i] = random.chance(10) ? random.one_of<uint8_t>({0x80, 0x7f, 0, 1, 0xff})
                                  : static_cast<uint8_t>(random.bits());
    }
  }
  c.memory.put(va, data);
}

uint64_t extent(uint64_t count, uint64_t pitch, uint64_t run) { return (count - 1) * pitch + run; }

}  // namespace

uint32_t random_float(Random& random, Values values) {
  const auto bits = static_cast<uint32_t>(random.bits());
  const uint32_t sign_and_fraction = bits & 0x807fffffu;
  switch (values) {
    case Values::kOrdinary:
      return random.chance(5) ? bits & 0x80000000u
                              : sign_and_fraction | static_cast<uint32_t>(
                                                        random.number(122, 128) << 23);
    case Values::kFullRange:
      return sign_and_fraction | static_cast<uint32_t>(random.number(0, 254) << 23);
    case Values::kTiny:
      return sign_and_fraction |
             static_cast<uint32_t>((random.chance(50) ? 0 : random.number(1, 70)) << 23);
    default:
      return random.chance(20) ? random.one_of<uint32_t>({0x7f800000u, 0xff800000u, 0x7fc00000u,
                                                          0xffc12345u, 0x7f800001u, 0u,
                                                          0x80000000u})
                               : bits;
  }
}

uint16_t random_bf16(Random& random, Values values) {
  return static_cast<uint16_t>(random_float(random, values) >> 16);
}

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

Case random_spmm(Random& random, SpmmLimits limits) {
  Case result;
  Places places(result, random, limits.scattered);
  result.command.header.opcode = S4_OP_SPMM;
  result.command.header.wait = static_cast<uint32_t>(random.bits());
  s4_cmd_spmm& c = result.command.spmm;
  c.rows = static_cast<uint32_t>(random.number(1, limits.rows));
  c.k = static_cast<uint32_t>(random.number(1, limits.k));
  c.columns = static_cast<uint32_t>(random.number(1, limits.columns));
  c.degree = random.one_of<uint8_t>({1, 2, 4, 8, 16, 32});
  c.type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16});
  c.y_type = c.type == S4_TYPE_BF16
                 ? random.one_of<uint8_t>({S4_TYPE_BF16, S4_TYPE_FLOAT32})
                 : random.one_of<uint8_t>(
                       {S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32, S4_TYPE_INT32});
  const bool sums = c.y_type == S4_TYPE_INT32;
  if (!sums) {
    c.activation = random.one_of<uint8_t>({S4_ACT_NONE, S4_ACT_RELU});
  }
  c.x_layout = random.one_of<uint8_t>({S4_LAYOUT_ROWS, S4_LAYOUT_COLUMNS});
  c.y_layout = random.one_of<uint8_t>({S4_LAYOUT_ROWS, S4_LAYOUT_COLUMNS});
  const bool bias = random.chance(50);
  const bool scale = !sums && (c.type == S4_TYPE_INT8 || random.chance(50));
  result.command.header.flags = (bias ? S4_SPMM_BIAS : 0) | (scale ? S4_SPMM_SCALE : 0);

  const Values values = random_values(random);
  const uint64_t size = bytes_of(c.type);
  const uint64_t y_size = bytes_of(c.y_type);
  const uint64_t entries = uint64_t{c.rows} * ((c.k + 63) / 64) * 64 / c.degree;
  const bool x_rows = c.x_layout == S4_LAYOUT_ROWS;
  const bool y_rows = c.y_layout == S4_LAYOUT_ROWS;
  const uint64_t x_run = (x_rows ? c.columns : c.k) * size;
  const uint64_t y_run = (y_rows ? c.columns : c.rows) * y_size;
  c.x_pitch = x_run + random.one_of<uint64_t>({0, 1, 3, 64}) * size;
  c.y_pitch = y_run + random.one_of<uint64_t>({0, 1, 5, 64}) * y_size;
  const uint64_t x_bytes = extent(x_rows ? c.k : c.columns, c.x_pitch, x_run);
  c.x = places.take(x_bytes, size);
  put_elements(result, random, c.x, x_bytes, c.type, values);
  c.y = places.take_output(extent(y_rows ? c.rows : c.columns, c.y_pitch, y_run), y_size);
  c.values = places.take(entries * size, 64);
  put_elements(result, random, c.values, entries * size, c.type, values);
  if (c.degree > 1) {
    c.indices = places.take(entries, 64);
    result.memory.put(c.indices, random_indices(random, c.rows, c.k, c.degree));
  }
  if (bias) {
    c.bias = places.take(uint64_t{c.rows} * 4, 4);
    std::vector<uint32_t> data(c.rows);
    for (uint32_t& v : data) {
      v = c.type == S4_TYPE_BF16 ? random_float(random, values)
          : random.chance(20)    ? random.one_of<uint32_t>({0x7fffffffu, 0x80000000u, 0x7fff0000u})
                                 : static_cast<uint32_t>(random.number(0, 200000) - 100000);
    }
    result.memory.put(c.bias, data);
  }
  if (scale) {
    c.scale = places.take(uint64_t{c.rows} * 4, 4);
    std::vector<uint32_t> data(c.rows);
    for (uint32_t& v : data) {
      // Results of INT8 that are worth rounding, or anything.
      v = random.chance(80) ? std::bit_cast<uint32_t>(1.0f / static_cast<float>(
                                                                 random.number(1, 4096)))
                            : random_float(random, values);
    }
    result.memory.put(c.scale, data);
  }
  std::ostringstream text;
  text << "spmm rows " << c.rows << " k " << c.k << " columns " << c.columns << " degree "
       << int{c.degree} << " type " << int{c.type} << " to " << int{c.y_type} << " layouts "
       << int{c.x_layout} << int{c.y_layout} << " flags " << result.command.header.flags
       << " activation " << int{c.activation} << " values " << static_cast<int>(values) << " "
       << random.text();
  result.text = text.str();
  return result;
}

Case random_eltwise(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_ELTWISE;
  s4_cmd_eltwise& c = result.command.eltwise;
  c.op = random.one_of<uint8_t>({S4_ELTWISE_ADD, S4_ELTWISE_MUL});
  c.type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32});
  c.activation = random.one_of<uint8_t>({S4_ACT_NONE, S4_ACT_RELU});
  c.dims = static_cast<uint8_t>(random.number(1, S4_MAX_DIMS));
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint32_t most = c.dims == 1 ? 20000 : c.dims == 2 ? 120 : c.dims == 3 ? 25 : 7;
    c.shape[i] = random.chance(15) ? 1 : static_cast<uint32_t>(random.number(1, most));
  }
  const uint64_t size = bytes_of(c.type);
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

Case random_copy(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_COPY;
  s4_cmd_copy& c = result.command.copy;
  c.rows = random.chance(40) ? 1 : static_cast<uint32_t>(random.number(2, 3000));
  c.row_bytes = c.rows == 1 ? random.number(1, 1200000) : random.number(1, 300);
  if (c.rows > 1) {
    c.src_pitch = c.row_bytes + random.one_of<uint64_t>({0, 0, 1, 37});
    c.dst_pitch = c.row_bytes + random.one_of<uint64_t>({0, 0, 2, 41});
  }
  c.src = places.take(extent(c.rows, c.src_pitch, c.row_bytes), 1);
  put_elements(result, random, c.src, extent(c.rows, c.src_pitch, c.row_bytes), S4_TYPE_INT8,
               Values::kAnything);
  c.dst = places.take_output(extent(c.rows, c.dst_pitch, c.row_bytes), 1);
  result.text = "copy " + std::to_string(c.rows) + " rows of " + std::to_string(c.row_bytes) +
                " " + random.text();
  return result;
}

Case random_fill(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_FILL;
  s4_cmd_fill& c = result.command.fill;
  c.pattern_bytes = random.one_of<uint32_t>({1, 2, 4});
  c.pattern = static_cast<uint32_t>(random.bits() & (0xffffffffu >> (32 - 8 * c.pattern_bytes)));
  c.bytes = random.number(1, random.chance(50) ? 300000 : 100) * c.pattern_bytes;
  c.dst = places.take_output(c.bytes, c.pattern_bytes);
  result.text = "fill " + std::to_string(c.bytes) + " by " + std::to_string(c.pattern_bytes) +
                " " + random.text();
  return result;
}

std::vector<uint8_t> expected(Case& c) {
  const std::vector<uint8_t> before = c.output();
  reference(c.command, c.memory);
  std::vector<uint8_t> after = c.output();
  c.restore(before);
  return after;
}

}  // namespace s4::test
