// SPDX-License-Identifier: MIT
// memcpy, memmove, memset, memcmp: every alignment and length around the word loops' edges, and
// nothing written beside the target.
#include "check.hpp"

extern "C" {
void* memcpy(void* to, const void* from, unsigned n);
void* memmove(void* to, const void* from, unsigned n);
void* memset(void* to, int value, unsigned n);
int memcmp(const void* a, const void* b, unsigned n);
}

NO_TRAP_EXPECTED

namespace {

constexpr unsigned kSize = 96;
alignas(16) uint8_t from[kSize], to[kSize];

uint8_t pattern(unsigned i) {
  return static_cast<uint8_t>(i * 37 + 11);
}

void prepare() {
  for (unsigned i = 0; i < kSize; i++) {
    from[i] = pattern(i);
    to[i] = 0xee;
  }
}

void copies() {
  for (unsigned a = 0; a < 8; a++) {
    for (unsigned b = 0; b < 8; b++) {
      for (unsigned n = 0; n < 70; n++) {
        prepare();
        CHECK(memcpy(to + a, from + b, n) == to + a);
        for (unsigned i = 0; i < kSize; i++) {
          const bool inside = i >= a && i < a + n;
          CHECK(to[i] == (inside ? pattern(b + i - a) : 0xee));
        }
      }
    }
  }
}

void moves() {
  for (unsigned a = 0; a < 20; a++) {
    for (unsigned b = 0; b < 20; b++) {
      static constexpr unsigned kLengths[] = {0, 1, 15, 64};
      for (const unsigned n : kLengths) {
        prepare();
        CHECK(memmove(from + a, from + b, n) == from + a);
        for (unsigned i = 0; i < n; i++)
          CHECK(from[a + i] == pattern(b + i));
      }
    }
  }
}

void sets() {
  for (unsigned a = 0; a < 8; a++) {
    for (unsigned n = 0; n < 70; n++) {
      prepare();
      CHECK(memset(to + a, 0x1a5, n) == to + a);  // the low byte counts
      for (unsigned i = 0; i < kSize; i++) {
        CHECK(to[i] == (i >= a && i < a + n ? 0xa5 : 0xee));
      }
    }
  }
}

void compares() {
  prepare();
  CHECK(memcmp(from, from, kSize) == 0);
  memcpy(to, from, kSize);
  for (unsigned i = 0; i < kSize; i++) {
    to[i] ^= 0x80;
    CHECK(memcmp(from, to, i) == 0);
    CHECK(memcmp(from, to, i + 1) == (from[i] < to[i] ? -1 : 1));
    to[i] ^= 0x80;
  }
}

}  // namespace

int main() {
  copies();
  moves();
  sets();
  compares();
  return 0;
}
