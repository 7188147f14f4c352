// SPDX-License-Identifier: MIT
// Text without a C library: "{}" is replaced by the next argument, "{x}" by it in hex.
#pragma once

#include <stdint.h>

namespace s4::fw {

class FormatArg {
 public:
  FormatArg(const char* text) : text_(text) {}
  template <typename T>
  FormatArg(T number) {
    const auto bits = static_cast<uint64_t>(number);  // sign-extended
    negative_ = static_cast<T>(-1) < static_cast<T>(0) && bits >> 63;
    value_ = negative_ ? -bits : bits;
  }

  const char* text() const { return text_; }  // null for numbers
  uint64_t value() const { return value_; }
  bool negative() const { return negative_; }

 private:
  const char* text_ = nullptr;
  uint64_t value_ = 0;
  bool negative_ = false;
};

// Writes at most `size - 1` characters and a NUL; returns the length written. `size` is not 0.
uint32_t format_args(char* out, uint32_t size, const char* pattern, const FormatArg* args,
                     uint32_t count);

template <typename... Args>
uint32_t format(char* out, uint32_t size, const char* pattern, Args... args) {
  const FormatArg list[] = {FormatArg(args)..., FormatArg(0u)};
  return format_args(out, size, pattern, list, sizeof...(args));
}

}  // namespace s4::fw
