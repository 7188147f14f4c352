// SPDX-License-Identifier: MIT
#include "clint.hpp"

namespace s4::mcu_tool {
namespace {

constexpr uint32_t kMsip = 0, kCompare = 0x4000, kTime = 0xbff8;

uint64_t with_half(uint64_t value, bool high, uint32_t half) {
  return high ? (value & 0xffffffffu) | uint64_t{half} << 32 : (value >> 32 << 32) | half;
}

}  // namespace

bool Clint::load(uint32_t address, unsigned size, uint32_t& value) {
  if (size != 4) {
    return false;
  }
  switch (address - kBase) {
    case kMsip:
      value = msip_;
      return true;
    case kCompare:
      value = static_cast<uint32_t>(compare_);
      return true;
    case kCompare + 4:
      value = static_cast<uint32_t>(compare_ >> 32);
      return true;
    case kTime:
      value = static_cast<uint32_t>(time());
      return true;
    case kTime + 4:
      value = static_cast<uint32_t>(time() >> 32);
      return true;
    default:
      return false;
  }
}

bool Clint::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4) {
    return false;
  }
  const uint32_t offset = address - kBase;
  switch (offset) {
    case kMsip:
      msip_ = value & 1;
      core_->set_irq(card::mcu::Irq::kSoftware, msip_ != 0);
      return true;
    case kCompare:
    case kCompare + 4:
      compare_ = with_half(compare_, offset != kCompare, value);
      break;
    case kTime:
    case kTime + 4:
      shift_ = with_half(time(), offset != kTime, value) - core_->executed();
      break;
    default:
      return false;
  }
  update();
  core_->request_stop();  // the machine runs up to the timer, which has moved
  return true;
}

uint64_t Clint::until_timer() const {
  return time() < compare_ ? compare_ - time() : UINT64_MAX;
}

void Clint::update() {
  core_->set_irq(card::mcu::Irq::kTimer, time() >= compare_);
}

bool Clint::skip_to_timer() {
  constexpr uint32_t kMie = 0x304, kTimerBit = 1u << 7;
  if (compare_ == UINT64_MAX || time() >= compare_ || (*core_->csr(kMie) & kTimerBit) == 0) {
    return false;
  }
  shift_ += compare_ - time();
  update();
  return true;
}

}  // namespace s4::mcu_tool
