// SPDX-License-Identifier: MIT
#include "core/signal.hpp"

namespace s4::core {

Signal::~Signal() {
  if (pool_)
    pool_->give_back(syncobj_);
}

SignalPool::~SignalPool() {
  for (const uint32_t syncobj : spare_) {
    drm_syncobj_destroy destroy{syncobj, 0};
    transport_.syncobj_destroy(destroy);
  }
}

int SignalPool::take(Signal* signal) {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) {
    spare_.reserve(made_ + 1);
    drm_syncobj_create create{};
    if (const int error = transport_.syncobj_create(create)) {
      return error;
    }
    ++made_;
    spare_.push_back(create.handle);
  }
  const uint32_t syncobj = spare_.back();
  spare_.pop_back();
  *signal = Signal(shared_from_this(), syncobj);
  return 0;
}

void SignalPool::give_back(uint32_t syncobj) {
  const std::lock_guard lock(mutex_);
  spare_.push_back(syncobj);
}

}  // namespace s4::core
