// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "transport/transport.hpp"

namespace s4::core {

class SignalPool;

// The binary syncobj that one job signals; goes back to its pool. To wait for the point of a
// timeline takes the kernel one interrupt more a job, and making a syncobj a job two calls.
class Signal {
 public:
  Signal() = default;
  Signal(Signal&& other) noexcept { swap(other); }
  Signal& operator=(Signal&& other) noexcept {
    Signal(std::move(other)).swap(*this);
    return *this;
  }
  ~Signal();

  uint32_t syncobj() const { return syncobj_; }

 private:
  friend class SignalPool;
  Signal(std::shared_ptr<SignalPool> pool, uint32_t syncobj)
      : pool_(std::move(pool)), syncobj_(syncobj) {}
  void swap(Signal& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(syncobj_, other.syncobj_);
  }

  std::shared_ptr<SignalPool> pool_;
  uint32_t syncobj_ = 0;
};

// As many syncobjs as there were signals at a time. Outlived by its transport. Any thread.
class SignalPool : public std::enable_shared_from_this<SignalPool> {
 public:
  explicit SignalPool(transport::Transport& transport) : transport_(transport) {}
  ~SignalPool();

  // 0 or -errno. Whoever submits with it replaces the fence of the job before.
  int take(Signal* signal);

 private:
  friend class Signal;
  void give_back(uint32_t syncobj);

  transport::Transport& transport_;
  std::mutex mutex_;
  std::vector<uint32_t> spare_;  // has room for all: to give back never fails
  size_t made_ = 0;
};

}  // namespace s4::core
