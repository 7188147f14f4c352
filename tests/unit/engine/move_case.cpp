// SPDX-License-Identifier: MIT
#include "move_case.hpp"

#include <numeric>
#include <sstream>

namespace s4::test {
namespace {

// Strides of a box whose dimensions are stored in a random order, with gaps or not.
void random_strides(Random& random, const __u32* extent, uint32_t dims, bool repeat,
                    __u32* stride) {
  std::vector<uint32_t> order(dims);
  std::iota(order.begin(), order.end(), 0u);
  if (random.chance(60)) {
    for (uint32_t i = 0; i + 1 < dims; ++i) {
      std::swap(order[i], order[random.number(i, dims - 1u)]);
    }
  }
  uint64_t next = random.chance(20) ? random.number(1, 3) : 1;
  for (uint32_t i = dims; i-- > 0;) {
    if (repeat && random.chance(15)) {
      stride[order[i]] = 0;
      continue;
    }
    stride[order[i]] = static_cast<uint32_t>(next);
    next = next * extent[order[i]] + (random.chance(20) ? random.number(0, 5) : 0);
  }
}

uint64_t span(const __u32* extent, const __u32* stride, uint32_t dims) {
  uint64_t last = 0;
  for (uint32_t i = 0; i < dims; ++i) {
    last += uint64_t{extent[i] - 1} * stride[i];
  }
  return last + 1;
}

}  // namespace

void reference_move(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_move& c = command.move;
  uint64_t elements = 1;
  for (uint32_t i = 0; i < c.dims; ++i) {
    elements *= c.shape[i];
  }
  for (uint64_t e = 0; e < elements; ++e) {
    uint64_t src = c.src;
    uint64_t dst = c.dst;
    bool inside = true;
    uint64_t rest = e;
    for (uint32_t i = c.dims; i-- > 0;) {
      const uint64_t at = rest % c.shape[i];
      rest /= c.shape[i];
      inside &= at >= c.before[i] && at - c.before[i] < c.src_extent[i];
      src += (at - c.before[i]) * c.src_stride[i] * c.element_bytes;
      dst += at * c.dst_stride[i] * c.element_bytes;
    }
    uint64_t value = c.pattern;
    if (inside) {
      memory.get(src, &value, c.element_bytes);
    }
    memory.put(dst, &value, c.element_bytes);
  }
}

Case random_move(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_MOVE;
  result.reference = reference_move;
  s4_cmd_move& c = result.command.move;
  c.element_bytes = random.one_of<uint32_t>({1, 2, 4, 8});
  c.pattern = random.bits() >> (64 - 8 * c.element_bytes);
  c.dims = static_cast<uint32_t>(random.number(1, S4_MAX_DIMS));
  const bool padded = random.chance(50);
  for (uint32_t i = 0; i < c.dims; ++i) {
    const uint32_t most = c.dims == 1 ? 70000 : c.dims == 2 ? 200 : c.dims == 3 ? 36 : 7;
    c.src_extent[i] = random.chance(15) ? 1 : static_cast<uint32_t>(random.number(1, most));
    c.before[i] = padded && random.chance(40) ? static_cast<uint32_t>(random.number(1, 3)) : 0;
    c.shape[i] = c.before[i] + c.src_extent[i] +
                 (padded && random.chance(40) ? static_cast<uint32_t>(random.number(1, 3)) : 0);
  }
  random_strides(random, c.src_extent, c.dims, true, c.src_stride);
  random_strides(random, c.shape, c.dims, false, c.dst_stride);
  const uint64_t src_bytes = span(c.src_extent, c.src_stride, c.dims) * c.element_bytes;
  c.src = places.take(src_bytes, c.element_bytes);
  put_elements(result, random, c.src, src_bytes, S4_TYPE_INT8, Values::kAnything);
  c.dst = places.take_output(span(c.shape, c.dst_stride, c.dims) * c.element_bytes,
                             c.element_bytes);
  std::ostringstream text;
  text << "move of " << c.element_bytes << " bytes";
  for (uint32_t i = 0; i < c.dims; ++i) {
    text << " | " << c.shape[i] << " = " << c.before[i] << "+" << c.src_extent[i] << "+.. strides "
         << c.src_stride[i] << " " << c.dst_stride[i];
  }
  text << " " << random.text();
  result.text = text.str();
  return result;
}

void reference_gather(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_gather& c = command.gather;
  for (uint64_t i = 0; i < c.count; ++i) {
    const uint64_t at = c.indices + i * c.index_stride * c.index_bytes;
    const int64_t index = c.index_bytes == 8 ? memory.get<int64_t>(at) : memory.get<int32_t>(at);
    for (uint64_t b = 0; b < c.row_bytes; ++b) {
      const auto byte =
          memory.get<uint8_t>(c.table + static_cast<uint64_t>(index) * c.table_pitch + b);
      memory.put(c.dst + i * c.dst_pitch + b, &byte, 1);
    }
  }
}

Case random_gather(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_GATHER;
  result.reference = reference_gather;
  s4_cmd_gather& c = result.command.gather;
  const bool long_rows = random.chance(15);
  c.row_bytes = long_rows ? random.number(60000, 200000) : random.number(1, 500);
  c.entries = static_cast<uint32_t>(random.number(1, long_rows ? 4 : 600));
  c.count = static_cast<uint32_t>(random.number(1, long_rows ? 6 : 1000));
  c.table_pitch = c.row_bytes + random.one_of<uint64_t>({0, 0, 1, 37});
  c.dst_pitch = c.row_bytes + random.one_of<uint64_t>({0, 0, 2, 41});
  c.index_bytes = random.one_of<uint32_t>({4, 8});
  c.index_stride = random.one_of<uint32_t>({1, 1, 2, 5});
  const uint64_t table_bytes = extent(c.entries, c.table_pitch, c.row_bytes);
  c.table = places.take(table_bytes, 1);
  put_elements(result, random, c.table, table_bytes, S4_TYPE_INT8, Values::kAnything);
  const uint64_t pitch = uint64_t{c.index_stride} * c.index_bytes;
  c.indices = places.take(extent(c.count, pitch, c.index_bytes), c.index_bytes);
  for (uint64_t i = 0; i < c.count; ++i) {
    const uint64_t index = random.number(0, c.entries - 1);
    result.memory.put(c.indices + i * pitch, &index, c.index_bytes);
  }
  c.dst = places.take_output(extent(c.count, c.dst_pitch, c.row_bytes), 1);
  std::ostringstream text;
  text << "gather " << c.count << " of " << c.entries << " rows of " << c.row_bytes
       << " bytes by indices of " << c.index_bytes << ", " << c.index_stride << " apart "
       << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
