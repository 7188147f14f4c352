// SPDX-License-Identifier: MIT
// Accesses of one scope.
#include <algorithm>
#include <cstring>

#include "memory/mmu.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::card {
namespace {

// Between looks at whether the access was cancelled.
constexpr uint64_t kMaxStretch = 1 << 20;

}  // namespace

std::byte* SpaceScope::pointer(const Place& place, s4_access access) {
  if (place.kind == Place::kDram) {
    return mmu_.dram.data() + place.address;
  }
  return access == S4_ACCESS_WRITE
             ? mmu_.sram.reach_write(place.address, place.bytes)
             : const_cast<std::byte*>(mmu_.sram.reach(place.address, place.bytes));
}

const std::byte* SpaceScope::view(uint64_t va, size_t bytes) {
  Place place;
  if (locate(va, bytes, S4_ACCESS_READ, place) || place.bytes != bytes ||
      place.kind == Place::kHost) {
    return nullptr;
  }
  if (place.kind == Place::kDram && accessor_.unit && mmu_.injector.ecc_armed()) {
    return nullptr;  // read() takes the error
  }
  return pointer(place, S4_ACCESS_READ);
}

std::byte* SpaceScope::view_write(uint64_t va, size_t bytes) {
  Place place;
  if (locate(va, bytes, S4_ACCESS_WRITE, place) || place.bytes != bytes ||
      place.kind == Place::kHost) {
    return nullptr;
  }
  return pointer(place, S4_ACCESS_WRITE);
}

s4_status SpaceScope::copy_host(const Place& place, s4_access access, std::byte* data,
                                uint64_t& done) {
  const auto copy = [&](uint64_t offset, uint64_t bytes) {
    return access == S4_ACCESS_WRITE ? mmu_.host.write(accessor_.generation, place.address + offset,
                                                       data + offset, bytes, accessor_.cancelled)
                                     : mmu_.host.read(accessor_.generation, place.address + offset,
                                                      data + offset, bytes, accessor_.cancelled);
  };
  done = 0;
  if (accessor_.unit && mmu_.injector.take_dma_error()) {
    return S4_E_DMA;
  }
  s4_status status = copy(0, place.bytes);
  if (status != S4_E_DMA) {
    return status;
  }
  // Once more page by page, to say which one failed.
  while (done < place.bytes) {
    const uint64_t to_page_end = S4_PAGE_SIZE - (place.address + done) % S4_PAGE_SIZE;
    const uint64_t part = std::min(place.bytes - done, to_page_end);
    if (status = copy(done, part); status != S4_OK) {
      return status;
    }
    done += part;
  }
  return S4_OK;
}

Fault SpaceScope::read(uint64_t va, void* dst, size_t bytes) {
  auto* to = static_cast<std::byte*>(dst);
  while (bytes != 0) {
    Place place;
    if (Fault fault = locate(va, std::min<uint64_t>(bytes, kMaxStretch), S4_ACCESS_READ, place)) {
      return fault;
    }
    s4_status status = S4_OK;
    uint64_t done = 0;
    if (accessor_.cancelled && accessor_.cancelled->load(std::memory_order_relaxed)) {
      status = S4_E_CANCELLED;
    } else if (place.kind == Place::kHost) {
      status = copy_host(place, S4_ACCESS_READ, to, done);
    } else if (place.kind == Place::kDram && accessor_.unit && mmu_.injector.take_ecc_error()) {
      status = S4_E_ECC;
    } else {
      std::memcpy(to, pointer(place, S4_ACCESS_READ), place.bytes);
    }
    if (status != S4_OK) {
      return {.status = status, .access = S4_ACCESS_READ, .va = va + done};
    }
    va += place.bytes;
    to += place.bytes;
    bytes -= place.bytes;
  }
  return {};
}

Fault SpaceScope::write(uint64_t va, const void* src, size_t bytes) {
  // copy_host() and the host only read from it.
  auto* from = static_cast<std::byte*>(const_cast<void*>(src));
  while (bytes != 0) {
    Place place;
    if (Fault fault = locate(va, std::min<uint64_t>(bytes, kMaxStretch), S4_ACCESS_WRITE, place)) {
      return fault;
    }
    s4_status status = S4_OK;
    uint64_t done = 0;
    if (accessor_.cancelled && accessor_.cancelled->load(std::memory_order_relaxed)) {
      status = S4_E_CANCELLED;
    } else if (place.kind == Place::kHost) {
      status = copy_host(place, S4_ACCESS_WRITE, from, done);
    } else {
      std::memcpy(pointer(place, S4_ACCESS_WRITE), from, place.bytes);
    }
    if (status != S4_OK) {
      return {.status = status, .access = S4_ACCESS_WRITE, .va = va + done};
    }
    va += place.bytes;
    from += place.bytes;
    bytes -= place.bytes;
  }
  return {};
}

}  // namespace s4::card
