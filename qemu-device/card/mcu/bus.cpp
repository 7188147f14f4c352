// SPDX-License-Identifier: MIT
#include "mcu/bus.hpp"

namespace s4::card::mcu {
namespace {

bool contains(uint32_t base, uint32_t size, uint32_t address) {
  return address - base < size;
}

bool well_formed(uint32_t base, uint32_t size) {
  return size != 0 && (base | size) % 4 == 0 && uint64_t{base} + size <= uint64_t{1} << 32;
}

bool overlap(uint32_t base_a, uint32_t size_a, uint32_t base_b, uint32_t size_b) {
  return contains(base_a, size_a, base_b) || contains(base_b, size_b, base_a);
}

}  // namespace

bool Bus::is_free(uint32_t base, uint32_t size) const {
  for (size_t i = 0; i < region_count_; ++i) {
    if (overlap(base, size, regions_[i].base, regions_[i].size)) {
      return false;
    }
  }
  for (size_t i = 0; i < window_count_; ++i) {
    if (overlap(base, size, windows_[i].base, windows_[i].size)) {
      return false;
    }
  }
  return true;
}

bool Bus::add_ram(const RamRegion& region) {
  if (!well_formed(region.base, region.size) || region.data == nullptr ||
      reinterpret_cast<uintptr_t>(region.data) % 4 != 0 || region_count_ == kMaxRegions ||
      !is_free(region.base, region.size)) {
    return false;
  }
  regions_[region_count_++] = region;
  return true;
}

bool Bus::add_device(uint32_t base, uint32_t size, Device& device) {
  if (!well_formed(base, size) || window_count_ == kMaxDevices || !is_free(base, size)) {
    return false;
  }
  windows_[window_count_++] = {base, size, &device};
  return true;
}

const RamRegion* Bus::find_ram(uint32_t address) const {
  for (size_t i = 0; i < region_count_; ++i) {
    if (contains(regions_[i].base, regions_[i].size, address)) {
      return &regions_[i];
    }
  }
  return nullptr;
}

Device* Bus::find_device(uint32_t address) const {
  for (size_t i = 0; i < window_count_; ++i) {
    if (contains(windows_[i].base, windows_[i].size, address)) {
      return windows_[i].device;
    }
  }
  return nullptr;
}

}  // namespace s4::card::mcu
