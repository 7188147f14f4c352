// SPDX-License-Identifier: MIT
#include "support/format.hpp"

namespace s4::fw {
namespace {

class Out {
 public:
  Out(char* to, uint32_t size) : begin_(to), at_(to), end_(to + size - 1) {}

  void put(char c) {
    if (at_ != end_)
      *at_++ = c;
  }
  void text(const char* s) {
    while (*s)
      put(*s++);
  }
  void number(uint64_t value, uint32_t base) {
    char digits[20];
    uint32_t n = 0;
    do {
      // Most numbers fit 32 bits, where the MCU divides in one instruction.
      const uint32_t low = static_cast<uint32_t>(value);
      const bool small = value >> 32 == 0;
      const uint32_t digit = small ? low % base : static_cast<uint32_t>(value % base);
      value = small ? low / base : value / base;
      digits[n++] = "0123456789abcdef"[digit];
    } while (value);
    while (n)
      put(digits[--n]);
  }
  uint32_t finish() {
    *at_ = 0;
    return static_cast<uint32_t>(at_ - begin_);
  }

 private:
  char* begin_;
  char* at_;
  char* end_;
};

}  // namespace

uint32_t format_args(char* to, uint32_t size, const char* pattern, const FormatArg* args,
                     uint32_t count) {
  Out out(to, size);
  for (; *pattern; pattern++) {
    const bool hex = pattern[0] == '{' && pattern[1] == 'x' && pattern[2] == '}';
    if (!hex && !(pattern[0] == '{' && pattern[1] == '}')) {
      out.put(*pattern);
      continue;
    }
    pattern += hex ? 2 : 1;
    if (count == 0) {
      out.text("{?}");
      continue;
    }
    if (args->text()) {
      out.text(args->text());
    } else {
      if (args->negative())
        out.put('-');
      if (hex)
        out.text("0x");
      out.number(args->value(), hex ? 16 : 10);
    }
    args++;
    count--;
  }
  return out.finish();
}

}  // namespace s4::fw
