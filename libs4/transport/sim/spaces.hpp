// SPDX-License-Identifier: MIT
// The card's address spaces. Under the kernel's lock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "transport/sim/kernel.hpp"

namespace s4::sim {

// One operation of VM_BIND, with its buffer.
struct BindOp {
  drm_s4_vm_bind_op op{};
  std::shared_ptr<Bo> bo;
};

class Spaces {
 public:
  explicit Spaces(Kernel& kernel) : kernel_(kernel) {}

  // 0, -ENOSPC, -ENOMEM or -ENODEV.
  int create(Lock& lock, std::shared_ptr<Vm>* vm);
  // The VM leaves when nobody uses it any more and the card has forgotten it.
  void retire(std::shared_ptr<Vm> vm);
  // The ops have been checked. 0 or -ENOMEM.
  int bind(Lock& lock, Vm& vm, const std::vector<BindOp>& ops, uint32_t* done);

  void restore_all();
  void lose_all();
  void pump();  // retired VMs
  bool busy() const { return !retired_.empty(); }

 private:
  bool apply(Vm& vm, const BindOp& bind, std::vector<Mapping>* removed);
  void invalidate(Lock& lock, Vm& vm);
  void request_invalidation(Vm& vm);
  bool invalidated(const Vm& vm);
  void program(const Vm& vm);
  void remove_mappings(Vm& vm, uint64_t begin, uint64_t end, std::vector<Mapping>* removed);

  struct Retired {
    std::shared_ptr<Vm> vm;
    bool asked = false;  // the card to forget it
  };
  Kernel& kernel_;
  std::array<std::weak_ptr<Vm>, S4_NUM_SPACES> spaces_;
  std::array<bool, S4_NUM_SPACES> used_{};
  std::vector<Retired> retired_;
};

}  // namespace s4::sim
