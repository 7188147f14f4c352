// SPDX-License-Identifier: MIT
#include "rope_case.hpp"

#include <sstream>

#include "numbers.hpp"

namespace s4::test {
namespace {

// Pitches of y, or of an x that repeats nothing: heads of a token together or tokens of a head,
// with gaps at times.
void random_pitches(Random& random, const s4_cmd_rope& c, uint64_t size, __u64* token,
                    __u64* head) {
  const auto gap = [&] { return random.chance(40) ? size * random.number(1, 9) : 0; };
  const uint64_t row = c.head_dim * size;
  if (random.chance(60)) {
    *head = row + gap();
    *token = *head * c.heads + gap();
  } else {
    *token = row + gap();
    *head = *token * c.tokens + gap();
  }
}

uint64_t span(const s4_cmd_rope& c, uint64_t token, uint64_t head, uint64_t size) {
  return (c.tokens - 1) * token + (c.heads - 1) * head + c.head_dim * size;
}

}  // namespace

void reference_rope(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_rope& c = command.rope;
  const uint32_t half = c.rotary_dim / 2;
  for (uint64_t t = 0; t < c.tokens; ++t) {
    const uint64_t p = c.positions != 0
                           ? static_cast<uint64_t>(memory.get<int32_t>(c.positions + t * 4))
                           : c.first_position + t % c.sequence;
    for (uint64_t h = 0; h < c.heads; ++h) {
      const uint64_t x = c.x + t * c.x_token_pitch + h * c.x_head_pitch;
      const uint64_t y = c.y + t * c.y_token_pitch + h * c.y_head_pitch;
      const auto at = [&](uint32_t e) {
        return load(memory, x + e * size_of(c.x_type), c.x_type, S4_FLOAT_ONE);
      };
      const auto put = [&](uint32_t e, float v) {
        store(memory, y + e * size_of(c.y_type), c.y_type, v);
      };
      for (uint32_t i = 0; i < half; ++i) {
        const bool halves = c.layout == S4_ROPE_HALVES;
        const uint32_t one = halves ? i : 2 * i;
        const uint32_t other = halves ? i + half : 2 * i + 1;
        const float a = at(one);
        const float b = at(other);
        const auto cosine = memory.get<float>(c.cos + p * c.table_pitch + i * 4);
        const auto sine = memory.get<float>(c.sin + p * c.table_pitch + i * 4);
        const float ac = a * cosine;
        const float bs = b * sine;
        const float bc = b * cosine;
        const float as = a * sine;
        put(one, ac - bs);
        put(other, bc + as);
      }
      for (uint32_t e = c.rotary_dim; e < c.head_dim; ++e) {
        put(e, at(e));
      }
    }
  }
}

Case random_rope(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_ROPE;
  result.reference = reference_rope;
  s4_cmd_rope& c = result.command.rope;
  c.x_type = random.one_of<uint8_t>({S4_TYPE_BF16, S4_TYPE_FLOAT32});
  c.y_type = random.one_of<uint8_t>({S4_TYPE_BF16, S4_TYPE_FLOAT32});
  c.layout = random.one_of<uint8_t>({S4_ROPE_HALVES, S4_ROPE_INTERLEAVED});
  c.tokens = random.chance(20) ? 1 : static_cast<uint32_t>(random.number(1, 40));
  c.heads = random.chance(20) ? 1 : static_cast<uint32_t>(random.number(1, 12));
  c.head_dim = random.chance(50) ? random.one_of<uint32_t>({64, 128, 32})
                                 : static_cast<uint32_t>(random.number(2, 150));
  if (random.chance(3)) {
    c.tokens = 2;
    c.heads = 3;
    c.head_dim = S4_ROPE_MAX_DIM;
  }
  c.rotary_dim =
      (random.chance(50) ? c.head_dim : static_cast<uint32_t>(random.number(2, c.head_dim))) & ~1u;
  c.entries = static_cast<uint32_t>(random.number(1, 60));
  if (random.chance(50)) {
    c.positions = places.take(uint64_t{c.tokens} * 4, 4);
    for (uint64_t t = 0; t < c.tokens; ++t) {
      const auto position = static_cast<int32_t>(random.number(0, c.entries - 1));
      result.memory.put(c.positions + t * 4, &position, 4);
    }
  } else {
    c.sequence = static_cast<uint32_t>(random.number(1, c.entries));
    c.first_position = static_cast<uint32_t>(random.number(0, c.entries - c.sequence));
    if (c.tokens <= c.sequence && random.chance(20)) {
      c.sequence = ~0u;  // no token is beyond it
    }
  }
  c.table_pitch = c.rotary_dim * 2 + (random.chance(30) ? random.number(0, 9) * 4 : 0);
  const uint64_t table = extent(c.entries, c.table_pitch, c.rotary_dim * 2);
  c.cos = places.take(table, 4);
  c.sin = places.take(table, 4);
  put_elements(result, random, c.cos, table, S4_TYPE_FLOAT32, random_values(random));
  put_elements(result, random, c.sin, table, S4_TYPE_FLOAT32, random_values(random));
  const uint64_t x_size = size_of(c.x_type);
  const uint64_t y_size = size_of(c.y_type);
  random_pitches(random, c, y_size, &c.y_token_pitch, &c.y_head_pitch);
  random_pitches(random, c, x_size, &c.x_token_pitch, &c.x_head_pitch);
  const bool in_place = c.x_type == c.y_type && random.chance(50);
  if (in_place) {
    c.x_token_pitch = c.y_token_pitch;
    c.x_head_pitch = c.y_head_pitch;
  } else if (random.chance(10)) {
    (random.chance(50) ? c.x_token_pitch : c.x_head_pitch) = 0;
  }
  const uint64_t x_bytes = span(c, c.x_token_pitch, c.x_head_pitch, x_size);
  c.y = places.take_output(span(c, c.y_token_pitch, c.y_head_pitch, y_size), y_size);
  c.x = in_place ? c.y : places.take(x_bytes, x_size);
  put_elements(result, random, c.x, x_bytes, c.x_type, random_values(random));
  std::ostringstream text;
  text << "rope " << c.tokens << " tokens " << c.heads << " heads of " << c.head_dim << " turned "
       << c.rotary_dim << " layout " << int{c.layout} << " types " << int{c.x_type} << " "
       << int{c.y_type} << " table " << c.entries << "/" << c.table_pitch << " from "
       << c.first_position << " mod " << c.sequence << " pitches " << c.x_token_pitch << " "
       << c.x_head_pitch << " " << c.y_token_pitch << " " << c.y_head_pitch
       << (in_place ? " in place" : "") << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
