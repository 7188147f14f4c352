// SPDX-License-Identifier: MIT
#include "htif.hpp"

#include <array>
#include <cerrno>
#include <cstring>

namespace s4::mcu_tool {
namespace {

constexpr uint32_t kPrintByte = 0x0101u << 16;  // device 1, command 1, in the high half
constexpr uint64_t kWrite = 64, kExit = 93;

}  // namespace

bool Htif::load(uint32_t address, unsigned size, uint32_t& value) {
  const uint32_t word = (address - tohost_) < 4 ? low_ : high_;
  value = word >> 8 * (address % 4);
  return size <= 4;
}

bool Htif::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4) {
    return false;
  }
  if (address == tohost_) {
    low_ = value;
    half_written_ = high_ == 0 && value != 0;
    written_ = high_ != 0;
  } else {
    high_ = value;
    written_ = half_written_ || low_ != 0;
    half_written_ = false;
  }
  if (half_written_ || written_) {
    stop_();
  }
  return true;
}

void Htif::settle(bool patience_over) {
  if (written_ || (half_written_ && patience_over)) {
    act();
    low_ = high_ = 0;
    written_ = half_written_ = false;
  }
}

void Htif::act() {
  if (high_ == kPrintByte) {
    const char byte = static_cast<char>(low_);
    write_(1, {&byte, 1});
  } else if (high_ == 0 && (low_ & 1) != 0) {
    exit_code_ = low_ >> 1;
  } else if (high_ == 0) {
    system_call(low_);
  }
  // Other devices do not exist; as in a machine without them, nothing happens.
}

void Htif::system_call(uint32_t address) {
  std::array<uint64_t, 4> call;
  uint8_t* const block = memory_.at(address, 8 * sizeof(uint64_t));
  if (block == nullptr) {
    return;
  }
  std::memcpy(call.data(), block, sizeof(call));
  // A 32-bit program may leave the high halves of its arguments as they were.
  const auto descriptor = static_cast<uint32_t>(call[1]);
  const auto from = static_cast<uint32_t>(call[2]), size = static_cast<uint32_t>(call[3]);
  int64_t result = -ENOSYS;
  if (call[0] == kExit) {
    exit_code_ = descriptor;
    return;
  }
  if (call[0] == kWrite) {
    const uint8_t* const text = memory_.at(from, size);
    if (descriptor != 1 && descriptor != 2) {
      result = -EBADF;
    } else if (text == nullptr) {
      result = -EFAULT;
    } else {
      write_(static_cast<int>(descriptor), {reinterpret_cast<const char*>(text), size});
      result = size;
    }
  }
  std::memcpy(block, &result, sizeof(result));
  if (fromhost_) {
    const uint32_t done = 1;
    std::memcpy(memory_.at(*fromhost_, sizeof(done)), &done, sizeof(done));
  }
}

}  // namespace s4::mcu_tool
