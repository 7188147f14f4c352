// SPDX-License-Identifier: MIT
// Card DRAM: reserved address space that the host backs page by page as it is touched.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace s4::card {

class Dram {
 public:
  // Throws std::bad_alloc when the host has no such address space.
  explicit Dram(uint64_t bytes);
  ~Dram();
  Dram(const Dram&) = delete;
  Dram& operator=(const Dram&) = delete;

  std::byte* data() { return data_; }
  uint64_t bytes() const { return bytes_; }
  bool contains(uint64_t address, uint64_t length) const {
    return length <= bytes_ && address <= bytes_ - length;
  }

  // Makes the range read as zero and gives its host memory back. The caller has checked it.
  void discard(uint64_t address, uint64_t length);

 private:
  std::byte* data_ = nullptr;
  uint64_t bytes_;
};

}  // namespace s4::card
