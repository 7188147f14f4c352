// SPDX-License-Identifier: MIT
#include "memory_case.hpp"

namespace s4::test {

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

Case random_copy(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_COPY;
  result.reference = reference_copy;
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
  result.reference = reference_fill;
  s4_cmd_fill& c = result.command.fill;
  c.pattern_bytes = random.one_of<uint32_t>({1, 2, 4});
  c.pattern = static_cast<uint32_t>(random.bits() & (0xffffffffu >> (32 - 8 * c.pattern_bytes)));
  c.bytes = random.number(1, random.chance(50) ? 300000 : 100) * c.pattern_bytes;
  c.dst = places.take_output(c.bytes, c.pattern_bytes);
  result.text = "fill " + std::to_string(c.bytes) + " by " + std::to_string(c.pattern_bytes) +
                " " + random.text();
  return result;
}

}  // namespace s4::test
