// SPDX-License-Identifier: MIT
#include "case.hpp"

namespace s4::test {
namespace {

constexpr uint64_t kGuard = 128;

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

Values random_values(Random& random) {
  return random.one_of({Values::kOrdinary, Values::kOrdinary, Values::kFullRange, Values::kTiny,
                        Values::kAnything});
}

uint64_t Places::take(uint64_t bytes, uint64_t align) {
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

uint64_t Places::take_output(uint64_t bytes, uint64_t align) {
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

void put_elements(Case& c, Random& random, uint64_t va, uint64_t bytes, uint32_t type,
                  Values values) {
  std::vector<uint8_t> data(bytes);
  for (uint64_t i = 0; i + s4_type_bytes(type) <= bytes; i += s4_type_bytes(type)) {
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

std::vector<uint8_t> expected(Case& c) {
  const std::vector<uint8_t> before = c.output();
  c.reference(c.command, c.memory);
  std::vector<uint8_t> after = c.output();
  c.restore(before);
  return after;
}

}  // namespace s4::test
