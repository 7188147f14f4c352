// SPDX-License-Identifier: MIT
#include "resize_case.hpp"

#include <sstream>

#include "numbers.hpp"

namespace s4::test {
namespace {

// An exact position, as the document has it; den > 0.
struct Position {
  int64_t num;
  int64_t den;

  int64_t floor() const { return num / den - (num % den < 0 ? 1 : 0); }
  int64_t rest() const { return num - floor() * den; }
};

Position position(uint32_t coordinate, int64_t in, int64_t out, int64_t o) {
  switch (coordinate) {
    case S4_RESIZE_HALF_PIXEL:
      return {(2 * o + 1) * in - out, 2 * out};
    case S4_RESIZE_ASYMMETRIC:
      return {o * in, out};
    default:
      return out == 1 ? Position{0, 1} : Position{o * (in - 1), out - 1};
  }
}

int64_t nearest(const s4_cmd_resize& c, int64_t in, int64_t out, int64_t o) {
  const Position p = position(c.coordinate, in, out, o);
  const int64_t below = p.floor();
  const int64_t above = below + (p.rest() > 0 ? 1 : 0);
  const int64_t to_below = p.rest();
  const int64_t to_above = p.den - p.rest();
  int64_t pixel = below;
  if (c.rounding == S4_RESIZE_CEIL) {
    pixel = above;
  } else if (c.rounding == S4_RESIZE_ROUND_PREFER_FLOOR) {
    pixel = to_below <= to_above ? below : above;
  } else if (c.rounding == S4_RESIZE_ROUND_PREFER_CEIL) {
    pixel = to_below < to_above ? below : above;
  }
  return pixel < 0 ? 0 : pixel > in - 1 ? in - 1 : pixel;
}

struct Low {
  int64_t low;
  float f;
};
Low low_of(const s4_cmd_resize& c, int64_t in, int64_t out, int64_t o) {
  Position p = position(c.coordinate, in, out, o);
  if (p.num < 0) {
    p.num = 0;
  } else if (p.floor() >= in - 1) {
    p.num = (in - 1) * p.den;
  }
  return {p.floor(), static_cast<float>(p.rest()) / static_cast<float>(p.den)};
}

template <class B>
float between(float a, const B& b, float f) {
  if (f == 0) {
    return a;
  }
  const float difference = b() - a;
  const float share = difference * f;
  return a + share;
}

uint64_t pixel_at(uint64_t base, uint64_t n, uint64_t image_pitch, int64_t y, uint64_t row_pitch,
                  int64_t x, uint64_t pitch) {
  return base + n * image_pitch + static_cast<uint64_t>(y) * row_pitch +
         static_cast<uint64_t>(x) * pitch;
}

void reference_pixel(const s4_cmd_resize& c, FakeMemory& memory, uint64_t n, int64_t oy,
                     int64_t ox) {
  const uint64_t size = size_of(c.type);
  const uint64_t to = pixel_at(c.y, n, c.y_image_pitch, oy, c.y_row_pitch, ox, c.y_pitch);
  const auto x_pixel = [&](int64_t y, int64_t x) {
    return pixel_at(c.x, n, c.x_image_pitch, y, c.x_row_pitch, x, c.x_pitch);
  };
  if (c.mode == S4_RESIZE_NEAREST) {
    const int64_t y = nearest(c, c.in_height, c.out_height, oy);
    const int64_t x = nearest(c, c.in_width, c.out_width, ox);
    memory.put(to, memory.bytes(x_pixel(y, x), c.channels * size));
    return;
  }
  const Low y = low_of(c, c.in_height, c.out_height, oy);
  const Low x = low_of(c, c.in_width, c.out_width, ox);
  for (uint64_t channel = 0; channel < c.channels; ++channel) {
    const auto element = [&](int64_t in_y, int64_t in_x) {
      return load(memory, x_pixel(in_y, in_x) + channel * size, c.type, S4_FLOAT_ONE);
    };
    const auto along = [&](int64_t in_y) {
      return between(
          element(in_y, x.low), [&] { return element(in_y, x.low + 1); }, x.f);
    };
    store(memory, to + channel * size, c.type,
          between(
              along(y.low), [&] { return along(y.low + 1); }, y.f));
  }
}

}  // namespace

void reference_resize_rows(const s4_cmd& command, FakeMemory& memory, uint64_t begin,
                           uint64_t end) {
  const s4_cmd_resize& c = command.resize;
  for (uint64_t row = begin; row < end; ++row) {
    for (int64_t ox = 0; ox < c.out_width; ++ox) {
      reference_pixel(c, memory, row / c.out_height, static_cast<int64_t>(row % c.out_height), ox);
    }
  }
}

void reference_resize(const s4_cmd& command, FakeMemory& memory) {
  reference_resize_rows(command, memory, 0,
                        uint64_t{command.resize.images} * command.resize.out_height);
}

uint64_t first_resize_pixel(const s4_cmd_resize& c) {
  const bool copies = c.mode == S4_RESIZE_NEAREST;
  return pixel_at(
      c.x, 0, 0,
      copies ? nearest(c, c.in_height, c.out_height, 0)
             : low_of(c, c.in_height, c.out_height, 0).low,
      c.x_row_pitch,
      copies ? nearest(c, c.in_width, c.out_width, 0) : low_of(c, c.in_width, c.out_width, 0).low,
      c.x_pitch);
}

Case random_resize(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_RESIZE;
  result.reference = reference_resize;
  s4_cmd_resize& c = result.command.resize;
  const auto number = [&](uint64_t low, uint64_t high) {
    return static_cast<uint32_t>(random.number(low, high));
  };
  c.type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32});
  c.mode = random.one_of<uint8_t>({S4_RESIZE_NEAREST, S4_RESIZE_BILINEAR});
  c.coordinate = static_cast<uint8_t>(number(S4_RESIZE_HALF_PIXEL, S4_RESIZE_ALIGN_CORNERS));
  if (c.mode == S4_RESIZE_NEAREST) {
    c.rounding = static_cast<uint8_t>(number(S4_RESIZE_FLOOR, S4_RESIZE_ROUND_PREFER_CEIL));
  }
  c.images = number(1, 3);
  c.channels = random.chance(50) ? number(1, 5) : number(1, 70);
  uint32_t most = 16;  // pixels along an axis
  if (random.chance(10)) {
    c.channels = random.one_of<uint32_t>({1024, 1025, 4096, 4097, number(1000, 5000)});
    most = 5;
  }
  c.in_height = number(1, most);
  c.in_width = number(1, most);
  // Any size, the same one or a whole multiple or part.
  const auto other = [&](uint32_t in) {
    return random.chance(40)   ? number(1, 2 * most)
           : random.chance(30) ? in
           : random.chance(60) ? in * number(2, 3)
                               : std::max(in / number(2, 4), 1u);
  };
  c.out_height = other(c.in_height);
  c.out_width = other(c.in_width);
  if (random.chance(10)) {  // far between: pixels are looked for one by one, or in pairs
    c.images = 1;
    c.channels = number(20, 400);
    c.in_height = number(1, 9);
    c.out_height = number(1, 6);
    c.in_width = number(12, 60);
    c.out_width = number(1, c.in_width / 4);
  } else if (random.chance(
                 8)) {  // rows of several tiles, or with much between the pixels that are wanted
    c.images = 1;
    c.channels = number(1, 4);
    c.in_height = number(1, 3);
    c.out_height = number(1, 4);
    const bool up = random.chance(50);
    c.in_width = up ? number(1, 2500) : number(5000, 20000);
    c.out_width = up ? number(4000, 6000) : number(1, 3000);
  }
  const uint64_t size = size_of(c.type);
  const uint64_t run = c.channels * size;
  const bool flat = random.chance(50);
  const auto gap = [&] { return flat ? 0 : random.one_of<uint64_t>({0, 0, 1, 3, 40}) * size; };
  c.x_pitch = run + gap();
  c.x_row_pitch = extent(c.in_width, c.x_pitch, run) + gap();
  c.x_image_pitch = extent(c.in_height, c.x_row_pitch, extent(c.in_width, c.x_pitch, run)) + gap();
  c.y_pitch = run + gap();
  c.y_row_pitch = extent(c.out_width, c.y_pitch, run) + gap();
  c.y_image_pitch =
      extent(c.out_height, c.y_row_pitch, extent(c.out_width, c.y_pitch, run)) + gap();
  const uint64_t x_bytes = (c.images - 1) * c.x_image_pitch +
                           extent(c.in_height, c.x_row_pitch, extent(c.in_width, c.x_pitch, run));
  c.x = places.take(x_bytes, size);
  put_elements(result, random, c.x, x_bytes, c.type, random_values(random));
  c.y = places.take_output(
      (c.images - 1) * c.y_image_pitch +
          extent(c.out_height, c.y_row_pitch, extent(c.out_width, c.y_pitch, run)),
      size);
  std::ostringstream text;
  text << "resize mode " << int{c.mode} << " coordinate " << int{c.coordinate} << " rounding "
       << int{c.rounding} << " type " << int{c.type} << " channels " << c.channels << " images "
       << c.images << " in " << c.in_height << "x" << c.in_width << " out " << c.out_height << "x"
       << c.out_width << " pitches " << c.x_pitch << " " << c.y_pitch << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
