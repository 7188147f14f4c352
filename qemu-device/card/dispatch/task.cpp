// SPDX-License-Identifier: MIT
#include "dispatch/task.hpp"

#include <new>

namespace s4::card {

AccessScope* Task::begin(ScopeStorage& storage) {
  for (;;) {
    if (cancelled.load(std::memory_order_relaxed)) {
      return nullptr;
    }
    // Pinned first, then looked: a reset or a stop that this look misses came after the scope.
    auto* scope = new (storage.bytes) SpaceScope(mmu_, accessor_);
    if (mmu_.host.gate().runs(accessor_.generation)) [[likely]] {
      return scope;
    }
    end(scope);
    if (mmu_.host.gate().wait_open(accessor_.generation, &cancelled) == Gate::Entry::kCancelled) {
      return nullptr;
    }
  }
}

void Task::end(AccessScope* scope) {
  static_cast<SpaceScope*>(scope)->~SpaceScope();
}

}  // namespace s4::card
