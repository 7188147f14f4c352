// SPDX-License-Identifier: MIT
// 64-bit arithmetic as the firmware's compiler builds it (libgcc), and the sets of queues.
#include "check.hpp"
#include "support/bits.hpp"

NO_TRAP_EXPECTED

namespace {

using s4::fw::lowest_bit;
using s4::fw::QueueSet;

// Not constant: the division must happen here.
[[gnu::noipa]] uint64_t divide(uint64_t a, uint64_t b) {
  return a / b;
}
[[gnu::noipa]] uint64_t modulo(uint64_t a, uint64_t b) {
  return a % b;
}
[[gnu::noipa]] uint64_t multiply(uint64_t a, uint64_t b) {
  return a * b;
}

void division() {
  CHECK(divide(0xffffffffffffffffull, 1) == 0xffffffffffffffffull);
  CHECK(divide(0xffffffffffffffffull, 0xffffffffffffffffull) == 1);
  CHECK(divide(10'000'000'000ull, 1000) == 10'000'000);
  CHECK(divide(0x100000000ull, 0x100000000ull) == 1);
  CHECK(divide(0xfffffffffull, 0x100000000ull) == 15);
  CHECK(modulo(123456789012345ull, 1000000) == 12345);
  CHECK(multiply(0x100000001ull, 0x100000001ull) == 0x200000001ull);
  uint64_t a = 88172645463325252ull;
  for (int i = 0; i < 2000; i++) {
    a ^= a << 13, a ^= a >> 7, a ^= a << 17;
    const uint64_t b = a >> (a & 63) | 1;
    const uint64_t q = divide(a * 31, b), r = modulo(a * 31, b);
    CHECK(r < b && multiply(q, b) + r == a * 31);
  }
}

void bits() {
  for (uint32_t i = 0; i < 32; i++) {
    CHECK(lowest_bit(1u << i) == i);
    CHECK(lowest_bit(~0u << i) == i);
    CHECK(lowest_bit(0x80000000u | 1u << i) == i);
  }
}

void sets() {
  QueueSet set;
  CHECK(set.empty());
  for (uint32_t i = 0; i < 64; i += 7)
    set.add(i);
  uint32_t expected = 0;
  set.for_each([&](uint32_t i) {
    CHECK(i == expected);
    expected += 7;
  });
  CHECK(expected == 70);
  for (uint32_t i = 0; i < 64; i++)
    CHECK(set.has(i) == (i % 7 == 0));
  for (uint32_t i = 0; i < 64; i += 7)
    set.remove(i);
  CHECK(set.empty());
}

}  // namespace

int main() {
  division();
  bits();
  sets();
  return 0;
}
