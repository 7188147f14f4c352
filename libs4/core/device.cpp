// SPDX-License-Identifier: MIT
#include "core/device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/discovery.hpp"
#include "core/queue.hpp"
#include "s4/abi/s4_cmd.h"
#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_ring.h"

namespace s4::core {
namespace {

// Of the staging memory for copies by the card.
constexpr uint64_t kStage = 4 << 20;

}  // namespace

Device::Device(std::unique_ptr<transport::Transport> transport, unsigned index)
    : transport_(std::move(transport)), index_(index) {}

Result<std::shared_ptr<Device>> Device::open(const char* name) {
  unsigned index = 0;
  auto transport = open_card(name, &index);
  if (!transport)
    return std::move(transport).error();
  return adopt(*std::move(transport), index);
}

Result<std::shared_ptr<Device>> Device::adopt(std::unique_ptr<transport::Transport> transport,
                                              unsigned index) {
  std::shared_ptr<Device> device(new Device(std::move(transport), index));
  if (auto done = device->init(); !done)
    return std::move(done).error();
  return device;
}

Result<void> Device::init() {
  auto info = query_info(*transport_, "open");
  if (!info)
    return std::move(info).error();
  info_ = *info;
  label_ = fmt::format("{} ({:.{}})", transport_->identity().bus_id, info_.serial,
                       strnlen(info_.serial, sizeof info_.serial));
  drm_s4_vm_create vm{};
  if (const int error = transport_->vm_create(vm)) {
    if (error == -ENOSPC) {
      return Error{Code::kOutOfResources, ENOSPC, label_, "open",
                   "all address spaces of the card are in use; close a device in this or another "
                   "process"};
    }
    return failed(where("open"), error, "create an address space");
  }
  space_ = std::make_unique<AddressSpace>(*transport_, vm.vm_id, info_.va_begin, info_.va_end);
  keeper_ = std::make_unique<Keeper>(*this);
  arena_ = std::make_unique<Arena>(*this);
  return {};
}

Device::~Device() {
  copy_queue_.reset();
  keeper_.reset();  // does what is left to be released
  arena_.reset();
}

template <typename T>
Result<T> Device::query(uint32_t type, T answer) {
  drm_s4_dev_query args{type, sizeof answer, reinterpret_cast<uint64_t>(&answer)};
  if (const int error = transport_->dev_query(args)) {
    return failed(where("query"), error, "ask the card");
  }
  return answer;
}

template Result<drm_s4_query_info> Device::query(uint32_t, drm_s4_query_info);

Result<drm_s4_query_memory> Device::memory() {
  keeper_->flush();  // what was released counts as free
  return query(DRM_S4_QUERY_MEMORY, drm_s4_query_memory{});
}

Result<void> Device::telemetry(void* to, size_t bytes) {
  drm_s4_dev_query args{DRM_S4_QUERY_TELEMETRY, static_cast<uint32_t>(bytes),
                        reinterpret_cast<uint64_t>(to)};
  if (const int error = transport_->dev_query(args)) {
    return failed(where("telemetry"), error, "read the sensors");
  }
  return {};
}

Result<void> Device::dma(uint64_t src, uint64_t dst, uint64_t bytes) {
  if (!copy_queue_) {
    auto queue = Queue::create_owned(*this, {});
    if (!queue)
      return std::move(queue).error();
    copy_queue_ = *std::move(queue);
  }
  auto block = arena_->allocate(sizeof(s4_cmd) + sizeof(s4_job_result));
  if (!block)
    return std::move(block).error();
  s4_cmd command{};
  command.header.opcode = S4_OP_COPY;
  command.copy.src = src;
  command.copy.dst = dst;
  command.copy.row_bytes = bytes;
  command.copy.rows = 1;
  std::memcpy(block->data(), &command, sizeof command);
  std::memset(block->data() + sizeof command, 0xff, sizeof(s4_job_result));
  auto submitted =
      copy_queue_->submit_raw(block->address(), 1, block->address() + sizeof command, {});
  if (!submitted) {
    // A banned queue of ours must not stay: the next copy gets a new one.
    if (submitted.error().code == Code::kDeviceReset)
      copy_queue_.reset();
    return std::move(submitted).error();
  }
  auto reached = copy_queue_->wait(submitted->signal, INT64_MAX);
  if (!reached)
    return std::move(reached).error();
  s4_job_result result;
  std::memcpy(&result, block->data() + sizeof command, sizeof result);
  if (result.status == S4_OK)
    return {};
  const bool ran = result.status <= S4_E_INTERNAL && result.status != S4_E_CANCELLED;
  const Code code = ran ? Code::kJobFailed : copy_queue_->state_code();
  if (!ran)
    copy_queue_.reset();
  return Error{code, 0, label_, "copy",
               ran ? fmt::format("the card could not copy {} bytes: {} (address {:#x})", bytes,
                                 s4_status_text(result.status), result.fault_va)
                   : std::string("the card was reset while it copied; copy again")};
}

Result<void> Device::copy_to_card(uint64_t va, const void* from, uint64_t bytes) {
  const std::lock_guard lock(copy_mutex_);
  auto stage = arena_->allocate(std::min(bytes, kStage));
  if (!stage)
    return std::move(stage).error();
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t part = std::min(bytes - done, kStage);
    std::memcpy(stage->data(), static_cast<const std::byte*>(from) + done, part);
    if (auto copied = dma(stage->address(), va + done, part); !copied)
      return copied;
    done += part;
  }
  return {};
}

Result<void> Device::copy_from_card(uint64_t va, void* to, uint64_t bytes) {
  const std::lock_guard lock(copy_mutex_);
  auto stage = arena_->allocate(std::min(bytes, kStage));
  if (!stage)
    return std::move(stage).error();
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t part = std::min(bytes - done, kStage);
    if (auto copied = dma(va + done, stage->address(), part); !copied)
      return copied;
    std::memcpy(static_cast<std::byte*>(to) + done, stage->data(), part);
    done += part;
  }
  return {};
}

}  // namespace s4::core
