// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "core/address_space.hpp"
#include "core/arena.hpp"
#include "core/errors.hpp"
#include "core/keeper.hpp"
#include "transport/transport.hpp"

namespace s4::core {

class Queue;

// An open card: one client, one address space. Everything made on it keeps it alive.
class Device : public std::enable_shared_from_this<Device> {
 public:
  static Result<std::shared_ptr<Device>> open(const char* name);
  // On a transport that is open already. For tests.
  static Result<std::shared_ptr<Device>> adopt(std::unique_ptr<transport::Transport> transport,
                                               unsigned index);
  ~Device();

  transport::Transport& transport() { return *transport_; }
  const drm_s4_query_info& info() const { return info_; }
  unsigned index() const { return index_; }
  AddressSpace& space() { return *space_; }
  Arena& arena() { return *arena_; }
  Keeper& keeper() { return *keeper_; }
  Where where(const char* stage) const { return {label_, stage}; }

  Result<drm_s4_query_info> fresh_info() { return query(DRM_S4_QUERY_INFO, drm_s4_query_info{}); }
  Result<drm_s4_query_memory> memory();
  Result<void> telemetry(void* to, size_t bytes);

  // Copies by the card between staging memory and a buffer that the CPU does not reach.
  Result<void> copy_to_card(uint64_t va, const void* from, uint64_t bytes);
  Result<void> copy_from_card(uint64_t va, void* to, uint64_t bytes);

 private:
  Device(std::unique_ptr<transport::Transport> transport, unsigned index);
  Result<void> init();
  template <typename T>
  Result<T> query(uint32_t type, T answer);
  Result<void> dma(uint64_t src, uint64_t dst, uint64_t bytes);

  const std::unique_ptr<transport::Transport> transport_;
  const unsigned index_;
  std::string label_;
  drm_s4_query_info info_{};
  std::unique_ptr<AddressSpace> space_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<Arena> arena_;
  // Its copies, one at a time. It keeps no reference to this device.
  std::mutex copy_mutex_;
  std::unique_ptr<Queue> copy_queue_;
};

}  // namespace s4::core
