// SPDX-License-Identifier: MIT
// Address spaces of a client of the simulated card: driver/s4_vm.c, s4_vm_bind.c.
#include <cerrno>

#include "s4/abi/s4_mmu.h"
#include "transport/sim/client.hpp"
#include "transport/sim/spaces.hpp"
#include "transport/sim/user_array.hpp"

namespace s4::sim {
namespace {

constexpr std::chrono::seconds kRetire{10};

}  // namespace

int Client::vm_create(drm_s4_vm_create& args) {
  if (args.flags != 0)
    return -EINVAL;
  Lock lock(kernel_->mutex);
  if (kernel_->state() == CardState::kLost)
    return -ENODEV;
  const auto end = std::chrono::steady_clock::now() + kRetire;
  std::shared_ptr<Vm> vm;
  for (;;) {
    std::erase_if(held_vms_, [](const std::weak_ptr<Vm>& held) { return held.expired(); });
    int error = -ENOSPC;
    if (held_vms_.size() < kernel_->info().max_vms)
      error = kernel_->spaces().create(lock, &vm);
    if (error == 0)
      break;
    // Some that were destroyed may be about to go.
    if (error != -ENOSPC || !kernel_->spaces().busy())
      return error;
    kernel_->poke();
    if (!kernel_->wait_change(lock, end))
      return error;
  }
  held_vms_.push_back(vm);
  args.vm_id = vms_.add(std::move(vm));
  return 0;
}

int Client::vm_destroy(drm_s4_vm_destroy& args) {
  if (args.pad != 0)
    return -EINVAL;
  Lock lock(kernel_->mutex);
  auto vm = vms_.remove(args.vm_id);
  if (!vm)
    return -ENOENT;
  drop_queues_of(lock, vm);
  kernel_->spaces().retire(std::move(vm));
  kernel_->poke();
  return 0;
}

int Client::vm_get_state(drm_s4_vm_get_state& args) {
  const Lock lock(kernel_->mutex);
  const auto vm = vms_.find(args.vm_id);
  if (!vm)
    return -ENOENT;
  args.flags = vm->state;
  args.fault_va = vm->fault_va;
  args.fault_status = vm->fault_status;
  args.fault_access = vm->fault_access;
  return 0;
}

int Client::check_op(const std::shared_ptr<Vm>& vm, const drm_s4_vm_bind_op& op,
                     std::shared_ptr<Bo>* bo) {
  const uint64_t end = op.va + op.range;
  if (op.pad != 0 || op.range == 0 || ((op.va | op.range | op.bo_offset) % S4_PAGE_SIZE) != 0 ||
      end < op.va || op.va < S4_VA_FIRST || end > S4_SRAM_VA) {
    return -EINVAL;
  }
  if (op.op == DRM_S4_BIND_UNMAP) {
    return op.handle != 0 || op.bo_offset != 0 || op.flags != 0 ? -EINVAL : 0;
  }
  if (op.op != DRM_S4_BIND_MAP)
    return -EINVAL;
  if ((op.flags & ~static_cast<uint32_t>(DRM_S4_BIND_READONLY)) != 0)
    return -EINVAL;
  *bo = bos_.find(op.handle);
  if (!*bo)
    return -ENOENT;
  if (op.range > (*bo)->bytes || op.bo_offset > (*bo)->bytes - op.range)
    return -EINVAL;
  if ((*bo)->is_exclusive && (*bo)->exclusive.lock() != vm)
    return -EINVAL;
  return 0;
}

int Client::vm_bind(drm_s4_vm_bind& args) {
  args.done = 0;
  if (args.flags != 0 || args.pad != 0)
    return -EINVAL;
  Lock lock(kernel_->mutex);
  const auto vm = vms_.find(args.vm_id);
  if (!vm)
    return -ENOENT;
  if (kernel_->state() == CardState::kLost)
    return -ENODEV;
  std::vector<drm_s4_vm_bind_op> ops;
  if (const int error = copy_array(args.ops, DRM_S4_MAX_BIND_OPS, &ops))
    return error;
  std::vector<BindOp> binds(ops.size());
  for (size_t i = 0; i < ops.size(); ++i) {
    binds[i].op = ops[i];
    if (const int error = check_op(vm, ops[i], &binds[i].bo))
      return error;
  }
  return kernel_->spaces().bind(lock, *vm, binds, &args.done);
}

}  // namespace s4::sim
