// SPDX-License-Identifier: MIT
// The arithmetic of the card is IEEE 754 with round to nearest even and with subnormals. Whoever
// started a worker thread may have left it otherwise (a host program built with fast-math sets
// flush-to-zero), so each stretch of arithmetic sets the mode and puts the old one back.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace s4::card {

class FloatEnvironment {
 public:
  FloatEnvironment() : saved_(get()) {
    if ((saved_ & kModeMask) != kMode) {
      set((saved_ & ~kModeMask) | kMode);
    }
  }
  ~FloatEnvironment() {
    if ((saved_ & kModeMask) != kMode) {
      set(saved_);
    }
  }
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(__x86_64__)
  using Word = uint32_t;
  static constexpr Word kModeMask = 0xffc0;  // FTZ, rounding, exception masks, DAZ
  static constexpr Word kMode = 0x1f80;      // nearest even, all exceptions masked
  static Word get() { return _mm_getcsr(); }
  static void set(Word word) { _mm_setcsr(word); }
#elif defined(__aarch64__)
  using Word = uint64_t;
  static constexpr Word kModeMask = 0x07ff9f07;  // AHP, DN, FZ, RMode, FZ16, traps, NEP, AH, FIZ
  static constexpr Word kMode = 0;
  static Word get() {
    Word word;
    asm volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static void set(Word word) { asm volatile("msr fpcr, %0" : : "r"(word)); }
#else
#error "The engine needs to know how this processor sets its floating-point mode"
#endif

  Word saved_;
};

}  // namespace s4::card
