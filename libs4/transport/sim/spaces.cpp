// SPDX-License-Identifier: MIT
#include "transport/sim/spaces.hpp"

#include <algorithm>
#include <cerrno>

#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_regs.h"

namespace s4::sim {
namespace {

constexpr std::chrono::milliseconds kAnswer{10000};

uint32_t space_register(const Vm& vm, uint32_t offset) {
  return S4_REG_SPACE(vm.space) + offset;
}

}  // namespace

void Spaces::program(const Vm& vm) {
  CardPort& card = kernel_.card();
  card.write64(space_register(vm, S4_SPACE_ROOT_LO), space_register(vm, S4_SPACE_ROOT_HI),
               vm.tables.root());
  card.write(space_register(vm, S4_SPACE_CTRL), S4_SPACE_ENABLE);
}

// Another number than the last that was done, which may be of an earlier VM of the space.
void Spaces::request_invalidation(Vm& vm) {
  CardPort& card = kernel_.card();
  vm.invalidation = card.read(space_register(vm, S4_SPACE_INVAL_DONE)) + 1;
  card.write(space_register(vm, S4_SPACE_INVAL_REQUEST), vm.invalidation);
}

bool Spaces::invalidated(const Vm& vm) {
  return kernel_.card().read(space_register(vm, S4_SPACE_INVAL_DONE)) == vm.invalidation;
}

int Spaces::create(Lock& lock, std::shared_ptr<Vm>* out) {
  auto vm = std::make_shared<Vm>(kernel_.pages());
  if (!vm->tables.init())
    return -ENOMEM;
  if (const int error = kernel_.enter(lock))
    return error;
  const auto slot = std::find(used_.begin(), used_.end(), false);
  if (slot == used_.end())
    return -ENOSPC;
  vm->space = static_cast<uint32_t>(slot - used_.begin());
  *slot = true;
  spaces_[vm->space] = vm;
  program(*vm);
  *out = std::move(vm);
  return 0;
}

void Spaces::retire(std::shared_ptr<Vm> vm) {
  retired_.push_back({std::move(vm)});
  pump();
}

void Spaces::pump() {
  CardPort& card = kernel_.card();
  const bool there = kernel_.state() != CardState::kLost;
  std::erase_if(retired_, [&](Retired& retired) {
    Vm& vm = *retired.vm;
    if (retired.vm.use_count() > 1)
      return false;  // a queue, or a call under way
    if (there && kernel_.state() == CardState::kDown)
      return false;
    if (there && !retired.asked) {
      card.write(space_register(vm, S4_SPACE_CTRL), 0);
      request_invalidation(vm);
      retired.asked = true;
    }
    if (there && !invalidated(vm))
      return false;
    used_[vm.space] = false;
    return true;  // frees tables and buffers
  });
}

void Spaces::restore_all() {
  for (Retired& retired : retired_)
    retired.asked = false;
  for (auto& weak : spaces_) {
    if (auto vm = weak.lock())
      program(*vm);
  }
}

void Spaces::lose_all() {
  for (auto& weak : spaces_) {
    if (auto vm = weak.lock())
      vm->state |= DRM_S4_VM_LOST;
  }
}

// Waits until no access of the card under an old translation of the VM is left.
void Spaces::invalidate(Lock& lock, Vm& vm) {
  for (;;) {
    if (kernel_.enter(lock) != 0)
      return;  // lost: it accesses nothing any more
    request_invalidation(vm);
    const int error = kernel_.wait_card(
        lock, [&] { return invalidated(vm); }, kAnswer);
    if (error != -ETIMEDOUT)
      return;  // done, or a reset came in between, which does it too
    // What is unmapped must not be freed before the card has let go of it.
    kernel_.request_reset();
    while (kernel_.state() == CardState::kUp && kernel_.reset_wanted()) {
      kernel_.wait_change(lock, std::chrono::steady_clock::now() + kAnswer);
    }
  }
}

// Takes [begin, end) out of the books; what is cut in the middle stays as two.
void Spaces::remove_mappings(Vm& vm, uint64_t begin, uint64_t end, std::vector<Mapping>* removed) {
  auto it = vm.mappings.lower_bound(begin);
  if (it != vm.mappings.begin()) {
    auto before = std::prev(it);
    if (before->first + before->second.bytes > begin)
      it = before;
  }
  while (it != vm.mappings.end() && it->first < end) {
    const uint64_t first = it->first;
    const Mapping old = it->second;
    it = vm.mappings.erase(it);
    if (first < begin) {
      Mapping head = old;
      head.bytes = begin - first;
      vm.mappings[first] = head;
    }
    if (first + old.bytes > end) {
      Mapping tail = old;
      tail.bytes = first + old.bytes - end;
      tail.bo_offset += end - first;
      it = std::next(vm.mappings.insert({end, tail}).first);
    }
    removed->push_back(old);
  }
}

bool Spaces::apply(Vm& vm, const BindOp& bind, std::vector<Mapping>* removed) {
  const drm_s4_vm_bind_op& op = bind.op;
  remove_mappings(vm, op.va, op.va + op.range, removed);
  if (op.op == DRM_S4_BIND_UNMAP)
    return vm.tables.unmap(op.va, op.range);
  const bool host = bind.bo->host != nullptr;
  const uint64_t address = (host ? bind.bo->host->dma() : bind.bo->card_address) + op.bo_offset;
  const uint64_t flags =
      (host ? S4_PTE_HOST : 0) | ((op.flags & DRM_S4_BIND_READONLY) != 0 ? 0 : S4_PTE_WRITE);
  vm.mappings[op.va] = {op.range, op.bo_offset, op.flags, bind.bo};
  return vm.tables.map(op.va, op.range, address, flags);
}

int Spaces::bind(Lock& lock, Vm& vm, const std::vector<BindOp>& ops, uint32_t* done) {
  while (vm.binding)
    kernel_.wait_change(lock, std::chrono::steady_clock::time_point::max());
  vm.binding = true;
  std::vector<Mapping> removed;  // keeps the buffers until the card has let go of them
  int error = 0;
  for (const BindOp& op : ops) {
    if (!apply(vm, op, &removed)) {
      error = -ENOMEM;
      break;
    }
    ++*done;
  }
  if (!removed.empty())
    invalidate(lock, vm);
  vm.tables.collect();
  vm.binding = false;
  kernel_.notify();
  return error;
}

}  // namespace s4::sim
