// SPDX-License-Identifier: MIT
// The host-target interface that RISC-V test programs use: what they write to `tohost`.
//
//   (code << 1) | 1                         end with `code`
//   address (even) of uint64_t[8]           a system call: number, arguments; the result goes into
//                                           the first word, then `fromhost` becomes 1.
//                                           64 (write to 1 or 2) and 93 (exit) exist
//   0x0101 << 48 | byte                     print a byte
//
// `tohost` has 64 bits, which a 32-bit program writes in two halves and sometimes only by the low
// one: a low half counts once the high half follows, or alone after a few more instructions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mcu/bus.hpp"
#include "memory.hpp"

namespace s4::mcu_tool {

class Htif : public card::mcu::Device {
 public:
  // How long a lone low half waits for its high half.
  static constexpr uint64_t kPatience = 8;

  // `write(descriptor, text)` gets what the program prints. `stop()` is called when the interface
  // needs the core to return from run(), so that the machine calls settle().
  Htif(uint32_t tohost, std::optional<uint32_t> fromhost, const Memory& memory,
       std::function<void(int, std::string_view)> write, std::function<void()> stop)
      : tohost_(tohost),
        fromhost_(fromhost),
        memory_(memory),
        write_(std::move(write)),
        stop_(std::move(stop)) {}

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

  // A low half waits for its high half.
  bool half_written() const { return half_written_; }
  // Acts on what was written. `patience_over`: also on a lone low half.
  void settle(bool patience_over);

  std::optional<uint32_t> exit_code() const { return exit_code_; }

 private:
  void act();
  void system_call(uint32_t address);

  uint32_t tohost_;
  std::optional<uint32_t> fromhost_;
  const Memory& memory_;
  std::function<void(int, std::string_view)> write_;
  std::function<void()> stop_;
  uint32_t low_ = 0, high_ = 0;
  bool half_written_ = false, written_ = false;
  std::optional<uint32_t> exit_code_;
};

}  // namespace s4::mcu_tool
