// SPDX-License-Identifier: MIT
#include "topk_case.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "numbers.hpp"

namespace s4::test {
namespace {

// An element as a double, which holds every type exactly.
double number_at(const FakeMemory& memory, uint64_t va, uint32_t type) {
  switch (type) {
    case S4_TYPE_INT8:
      return memory.get<int8_t>(va);
    case S4_TYPE_INT32:
      return memory.get<int32_t>(va);
    case S4_TYPE_BF16:
      return bf16_to_float(memory.get<uint16_t>(va));
    default:
      return memory.get<float>(va);
  }
}

bool greater(double a, double b) {
  return std::isnan(a) ? !std::isnan(b) : a > b;
}

// Values of which many are equal, in the order or in bits.
void put_ties(Case& c, Random& random, uint64_t va, uint64_t bytes, uint32_t type) {
  const uint64_t size = size_of(type);
  for (uint64_t i = 0; i + size <= bytes; i += size) {
    uint32_t bits = random.one_of<uint32_t>({0x7fc00000, 0xffc10000, 0x7f810000, 0x00000000,
                                             0x80000000, 0x7f800000, 0xff800000, 0x3f800000,
                                             0xbf800000, 0x00010000, 0x80010000});
    if (type == S4_TYPE_INT32 || type == S4_TYPE_INT8) {
      bits = random.one_of<uint32_t>({0x7fffff7f, 0x80000080, 0, 0xffffffff, 1});
    } else if (type == S4_TYPE_BF16) {
      bits >>= 16;
    }
    c.memory.put(va + i, &bits, size);
  }
}

}  // namespace

void reference_topk(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_topk& c = command.topk;
  const uint64_t size = size_of(c.type);
  for (uint64_t row = 0; row < c.rows; ++row) {
    const uint64_t x = c.x + row * c.x_pitch;
    std::vector<double> v(c.n);
    for (uint64_t i = 0; i < c.n; ++i) {
      v[i] = number_at(memory, x + i * size, c.type);
    }
    std::vector<int32_t> order(c.n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      const double left = v[static_cast<size_t>(a)];
      const double right = v[static_cast<size_t>(b)];
      return c.order == S4_TOPK_LARGEST ? greater(left, right) : greater(right, left);
    });
    for (uint64_t j = 0; j < c.k; ++j) {
      uint32_t bits = 0;
      memory.get(x + static_cast<uint64_t>(order[j]) * size, &bits, size);
      memory.put(c.values + row * c.values_pitch + j * size, &bits, size);
      memory.put(c.indices + row * c.indices_pitch + j * 4, &order[j], 4);
    }
  }
}

Case random_topk(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_TOPK;
  result.reference = reference_topk;
  s4_cmd_topk& c = result.command.topk;
  c.type = static_cast<uint8_t>(random.number(S4_TYPE_INT8, S4_TYPE_INT32));
  c.order = static_cast<uint8_t>(random.number(S4_TOPK_LARGEST, S4_TOPK_SMALLEST));
  const bool wide = random.chance(15);
  c.n = static_cast<uint32_t>(random.number(1, wide ? 12000 : 300));
  c.rows = static_cast<uint32_t>(random.number(1, wide ? 4 : 40));
  const uint32_t most = std::min(c.n, S4_TOPK_MAX_K);
  c.k = random.chance(40) ? static_cast<uint32_t>(random.number(1, most))
                          : std::min(most, static_cast<uint32_t>(random.number(1, 6)));
  const uint64_t size = size_of(c.type);
  const auto gap = [&](uint64_t bytes) {
    return random.chance(50) ? static_cast<uint64_t>(random.number(1, 9)) * bytes : 0;
  };
  c.x_pitch = c.n * size + gap(size);
  c.values_pitch = c.k * size + gap(size);
  c.indices_pitch = uint64_t{c.k} * 4 + gap(4);
  const uint64_t x_bytes = extent(c.rows, c.x_pitch, c.n * size);
  c.x = places.take(x_bytes, size);
  // One piece for both results, so that every byte that may change is compared.
  const uint64_t indices_bytes = extent(c.rows, c.indices_pitch, uint64_t{c.k} * 4);
  c.indices = places.take_output(
      indices_bytes + extent(c.rows, c.values_pitch, c.k * size), 4);
  c.values = c.indices + indices_bytes;
  if (random.chance(40)) {
    put_ties(result, random, c.x, x_bytes, c.type);
  } else {
    put_elements(result, random, c.x, x_bytes, c.type, random_values(random));
  }
  std::ostringstream text;
  text << "topk order " << int{c.order} << " type " << int{c.type} << " rows " << c.rows << " n "
       << c.n << " k " << c.k << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
