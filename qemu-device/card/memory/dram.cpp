// SPDX-License-Identifier: MIT
#include "memory/dram.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include "s4/abi/s4_mmu.h"

namespace s4::card {

Dram::Dram(uint64_t bytes) : bytes_(bytes) {
  // Aligned to large pages, so that the host may use its own: reserve more, cut both ends off.
  const size_t reserved = bytes + S4_LARGE_SIZE;
  void* area = mmap(nullptr, reserved, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (area == MAP_FAILED) {
    throw std::bad_alloc();
  }
  const auto begin = reinterpret_cast<uintptr_t>(area);
  const uintptr_t aligned = (begin + S4_LARGE_SIZE - 1) & ~(S4_LARGE_SIZE - 1);
  if (aligned != begin) {
    munmap(area, aligned - begin);
  }
  if (const size_t rest = begin + reserved - (aligned + bytes); rest != 0) {
    munmap(reinterpret_cast<void*>(aligned + bytes), rest);
  }
  data_ = reinterpret_cast<std::byte*>(aligned);
  madvise(data_, bytes_, MADV_DONTDUMP);
}

Dram::~Dram() {
  munmap(data_, bytes_);
}

void Dram::discard(uint64_t address, uint64_t length) {
  if (madvise(data_ + address, length, MADV_DONTNEED) != 0) {
    // Locked memory (a holder that runs under mlockall): zeroes are promised, giving back is not.
    std::memset(data_ + address, 0, length);
  }
}

}  // namespace s4::card
