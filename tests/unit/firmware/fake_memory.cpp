// SPDX-License-Identifier: MIT
#include "fake_memory.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace s4::fwtest {
namespace {

// Calls function(address, offset, bytes) for the part of the range in each page.
template <typename Function>
void each_page(uint64_t address, uint64_t bytes, Function function) {
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t at = address + done;
    const uint64_t part = std::min(bytes - done, FakeMemory::kPage - at % FakeMemory::kPage);
    function(at, done, part);
    done += part;
  }
}

}  // namespace

void FakeMemory::map(uint64_t address, uint64_t bytes, bool writable) {
  each_page(address, bytes,
            [&](uint64_t at, uint64_t, uint64_t) { pages_[at / kPage].writable = writable; });
}

void FakeMemory::unmap(uint64_t address, uint64_t bytes) {
  each_page(address, bytes, [&](uint64_t at, uint64_t, uint64_t) { pages_.erase(at / kPage); });
}

void FakeMemory::put(uint64_t address, const void* data, uint64_t bytes) {
  each_page(address, bytes, [&](uint64_t at, uint64_t offset, uint64_t part) {
    std::memcpy(&pages_.at(at / kPage).bytes[at % kPage],
                static_cast<const uint8_t*>(data) + offset, part);
  });
}

void FakeMemory::get(uint64_t address, void* data, uint64_t bytes) const {
  each_page(address, bytes, [&](uint64_t at, uint64_t offset, uint64_t part) {
    std::memcpy(static_cast<uint8_t*>(data) + offset, &pages_.at(at / kPage).bytes[at % kPage],
                part);
  });
}

std::optional<FakeMemory::Fault> FakeMemory::card_read(uint64_t address, uint8_t* to,
                                                       uint32_t bytes, s4_status missing) {
  std::optional<Fault> fault;
  each_page(address, bytes, [&](uint64_t at, uint64_t offset, uint64_t part) {
    const auto page = pages_.find(at / kPage);
    if (fault)
      return;
    if (page == pages_.end()) {
      fault = Fault{missing, at};
    } else {
      std::memcpy(to + offset, &page->second.bytes[at % kPage], part);
    }
  });
  // What a failed transfer leaves behind is undefined: make it bad.
  if (fault)
    std::memset(to, 0xa5, bytes);
  if (!fault && after_read)
    after_read(address, bytes);
  return fault;
}

std::optional<FakeMemory::Fault> FakeMemory::card_write(uint64_t address, const uint8_t* from,
                                                        uint32_t bytes, s4_status missing) {
  std::optional<Fault> fault;
  each_page(address, bytes, [&](uint64_t at, uint64_t offset, uint64_t part) {
    const auto page = pages_.find(at / kPage);
    if (fault)
      return;
    if (page == pages_.end()) {
      fault = Fault{missing, at};
    } else if (!page->second.writable) {
      fault = Fault{S4_E_READONLY, at};
    } else {
      std::memcpy(&page->second.bytes[at % kPage], from + offset, part);
    }
  });
  return fault;
}

}  // namespace s4::fwtest
