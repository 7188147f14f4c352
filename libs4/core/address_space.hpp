// SPDX-License-Identifier: MIT
// A device's address space: which addresses are whose, and what is bound there. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>

#include "core/range_allocator.hpp"
#include "transport/transport.hpp"

namespace s4::core {

class AddressSpace {
 public:
  // [begin, end) as the driver told.
  AddressSpace(transport::Transport& transport, uint32_t vm_id, uint64_t begin, uint64_t end)
      : transport_(transport), vm_id_(vm_id), free_(begin, end) {}

  uint32_t vm_id() const { return vm_id_; }

  // Chooses an address for a buffer and binds it there. `bytes` is a multiple of the page size.
  // Buffers of 2 MiB and more stand at multiples of 2 MiB, so that they get large pages. 0,
  // -EADDRNOTAVAIL when the space is full, or an error of VM_BIND.
  int bind(uint32_t handle, uint64_t bytes, uint64_t* va);
  // The card may use the old translation no more when this returns.
  void unbind(uint64_t va, uint64_t bytes);

 private:
  int change(const drm_s4_vm_bind_op& op);
  static uint64_t footprint(uint64_t bytes);

  transport::Transport& transport_;
  const uint32_t vm_id_;
  std::mutex mutex_;
  RangeAllocator free_;
};

}  // namespace s4::core
