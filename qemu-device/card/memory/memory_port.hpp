// SPDX-License-Identifier: MIT
// A command's view of memory: what the engine knows of address spaces, DRAM, on-chip memory and
// host memory. The card's MMU implements it; tests of the engine use a flat fake.
#pragma once

#include <cstddef>
#include <cstdint>

#include "s4/abi/s4_mcu.h"

namespace s4::card {

// How a command or an access failed; status S4_OK means that it did not.
struct Fault {
  s4_status status = S4_OK;
  uint32_t detail = 0;                // see enum s4_status
  s4_access access = S4_ACCESS_READ;  // valid for memory faults
  uint64_t va = 0;                    // valid for memory faults: first byte that failed

  explicit operator bool() const { return status != S4_OK; }
};

// One stretch of work (a tile) under one set of translations. While a scope lives, pages it reached
// stay valid: invalidations and resets wait, asynchronously, for it to end. So keep it short (well
// under a millisecond of work between begin and end) and never hold it across scopes or locks.
// Used by the thread that began it.
class AccessScope {
 public:
  virtual ~AccessScope() = default;
  AccessScope() = default;
  AccessScope(const AccessScope&) = delete;
  AccessScope& operator=(const AccessScope&) = delete;

  // A pointer to `bytes` bytes at `va` to read in place until the scope ends; nullptr when they are
  // not contiguous in memory (then read() them) or not accessible (then read() gives the fault).
  virtual const std::byte* view(uint64_t va, size_t bytes) = 0;
  // The same for writing; only card DRAM and on-chip memory can be written in place, host
  // memory is written by write().
  virtual std::byte* view_write(uint64_t va, size_t bytes) = 0;

  // Copy in or out. On failure nothing may be assumed of the destination.
  virtual Fault read(uint64_t va, void* dst, size_t bytes) = 0;
  virtual Fault write(uint64_t va, const void* src, size_t bytes) = 0;
};

class MemoryPort {
 public:
  virtual ~MemoryPort() = default;

  // Storage for a scope, on the caller's stack.
  struct alignas(64) ScopeStorage {
    std::byte bytes[512];
  };
  // Begins a scope; nullptr when the command was cancelled: return at once with S4_E_CANCELLED.
  // Blocks while the machine is stopped. The caller ends it by end().
  virtual AccessScope* begin(ScopeStorage& storage) = 0;
  virtual void end(AccessScope* scope) = 0;

  // Counts `units` of work retired (any measure that grows with work done). Call at least once a
  // tile, so that a long healthy command is seen to make progress.
  virtual void retire(uint64_t units) = 0;
};

// RAII around begin() and end().
class Scope {
 public:
  explicit Scope(MemoryPort& port) : port_(port), scope_(port.begin(storage_)) {}
  ~Scope() {
    if (scope_)
      port_.end(scope_);
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  explicit operator bool() const { return scope_ != nullptr; }  // false: cancelled
  AccessScope* operator->() const { return scope_; }
  AccessScope& operator*() const { return *scope_; }

 private:
  MemoryPort& port_;
  MemoryPort::ScopeStorage storage_;
  AccessScope* scope_;
};

}  // namespace s4::card
