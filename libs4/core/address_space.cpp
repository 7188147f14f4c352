// SPDX-License-Identifier: MIT
#include "core/address_space.hpp"

#include <cerrno>

#include "s4/abi/s4_mmu.h"

namespace s4::core {

// A page that nobody gets follows each buffer: running off its end faults instead of hitting
// another one.
uint64_t AddressSpace::footprint(uint64_t bytes) {
  return bytes + S4_PAGE_SIZE;
}

int AddressSpace::change(const drm_s4_vm_bind_op& op) {
  drm_s4_vm_bind args{};
  args.vm_id = vm_id_;
  args.ops = {sizeof op, 1, reinterpret_cast<uint64_t>(&op)};
  return transport_.vm_bind(args);
}

int AddressSpace::bind(uint32_t handle, uint64_t bytes, uint64_t* va) {
  const uint64_t align = bytes >= S4_LARGE_SIZE ? S4_LARGE_SIZE : S4_PAGE_SIZE;
  std::unique_lock lock(mutex_);
  const auto chosen = free_.allocate(footprint(bytes), align);
  lock.unlock();
  if (!chosen)
    return -EADDRNOTAVAIL;
  drm_s4_vm_bind_op op{};
  op.op = DRM_S4_BIND_MAP;
  op.handle = handle;
  op.va = *chosen;
  op.range = bytes;
  const int error = change(op);
  if (error != 0) {
    unbind(*chosen, bytes);  // part of it may be mapped
    return error;
  }
  *va = *chosen;
  return 0;
}

void AddressSpace::unbind(uint64_t va, uint64_t bytes) {
  drm_s4_vm_bind_op op{};
  op.op = DRM_S4_BIND_UNMAP;
  op.va = va;
  op.range = bytes;
  // On failure the address is not given out again: what is bound there is not known.
  const int error = change(op);
  if (error != 0 && error != -ENODEV)
    return;
  const std::lock_guard lock(mutex_);
  free_.release(va, footprint(bytes));
}

}  // namespace s4::core
