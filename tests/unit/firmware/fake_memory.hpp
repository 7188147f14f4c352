// SPDX-License-Identifier: MIT
// The memory that the firmware's port reaches in tests: sparse pages of host memory and of address
// spaces. Pages exist once they are mapped; everything else faults.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "s4/abi/s4_ring.h"

namespace s4::fwtest {

class FakeMemory {
 public:
  static constexpr uint64_t kPage = 4096;

  struct Fault {
    s4_status status;
    uint64_t va;
  };

  void map(uint64_t address, uint64_t bytes, bool writable = true);
  void unmap(uint64_t address, uint64_t bytes);

  // The tests' own access: the range must be mapped.
  void put(uint64_t address, const void* data, uint64_t bytes);
  void get(uint64_t address, void* data, uint64_t bytes) const;
  template <typename T>
  void put(uint64_t address, const T& value) {
    put(address, &value, sizeof(value));
  }
  template <typename T>
  T get(uint64_t address) const {
    T value;
    get(address, &value, sizeof(value));
    return value;
  }

  // The card's access. `missing`: status of an address that is not mapped.
  std::optional<Fault> card_read(uint64_t address, uint8_t* to, uint32_t bytes, s4_status missing);
  std::optional<Fault> card_write(uint64_t address, const uint8_t* from, uint32_t bytes,
                                  s4_status missing);

  // Called after each read by the card, to change memory behind its back.
  std::function<void(uint64_t address, uint32_t bytes)> after_read;

 private:
  struct Page {
    std::array<uint8_t, kPage> bytes{};
    bool writable = true;
  };
  std::map<uint64_t, Page> pages_;  // by page number
};

}  // namespace s4::fwtest
