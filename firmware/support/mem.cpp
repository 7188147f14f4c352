// SPDX-License-Identifier: MIT
// The functions that the compiler may call on its own: there is no C library. Words where both
// sides are aligned, since every instruction is interpreted.
#include <stdint.h>

namespace {

using Word [[gnu::may_alias]] = uint32_t;

bool aligned(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) & 3) == 0;
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, unsigned n) {
  auto* d = static_cast<uint8_t*>(to);
  auto* s = static_cast<const uint8_t*>(from);
  if (aligned(to, from)) {
    for (; n >= 16; n -= 16, d += 16, s += 16) {
      auto* dw = reinterpret_cast<Word*>(d);
      auto* sw = reinterpret_cast<const Word*>(s);
      const Word a = sw[0], b = sw[1], c = sw[2], e = sw[3];
      dw[0] = a, dw[1] = b, dw[2] = c, dw[3] = e;
    }
    for (; n >= 4; n -= 4, d += 4, s += 4) {
      *reinterpret_cast<Word*>(d) = *reinterpret_cast<const Word*>(s);
    }
  }
  while (n--)
    *d++ = *s++;
  return to;
}

void* memmove(void* to, const void* from, unsigned n) {
  auto* d = static_cast<uint8_t*>(to);
  auto* s = static_cast<const uint8_t*>(from);
  if (d <= s || d >= s + n) {
    for (; n; n--)
      *d++ = *s++;
  } else {
    while (n--)
      d[n] = s[n];
  }
  return to;
}

void* memset(void* to, int value, unsigned n) {
  auto* d = static_cast<uint8_t*>(to);
  for (; n && (reinterpret_cast<uintptr_t>(d) & 3); n--)
    *d++ = static_cast<uint8_t>(value);
  const Word word = static_cast<uint8_t>(value) * 0x01010101u;
  for (; n >= 16; n -= 16, d += 16) {
    auto* dw = reinterpret_cast<Word*>(d);
    dw[0] = word, dw[1] = word, dw[2] = word, dw[3] = word;
  }
  for (; n >= 4; n -= 4, d += 4)
    *reinterpret_cast<Word*>(d) = word;
  while (n--)
    *d++ = static_cast<uint8_t>(value);
  return to;
}

int memcmp(const void* a, const void* b, unsigned n) {
  auto* x = static_cast<const uint8_t*>(a);
  auto* y = static_cast<const uint8_t*>(b);
  for (; n; n--, x++, y++) {
    if (*x != *y)
      return *x < *y ? -1 : 1;
  }
  return 0;
}

}  // extern "C"
