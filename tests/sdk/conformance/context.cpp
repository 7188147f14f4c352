// SPDX-License-Identifier: MIT
#include "conformance/context.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "core/unique_fd.hpp"
#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_regs.h"
#include "transport/sim/sim_transport.hpp"

namespace s4::conformance {
namespace {

std::unique_ptr<Transport> another(Transport& base) {
  auto opened = base.open_another();
  if (!opened)
    throw Exception(opened.error());
  return *std::move(opened);
}

void must(int error, const char* what) {
  if (error != 0)
    throw std::runtime_error(std::string(what) + ": " + std::strerror(-error));
}

const char* inject_name(uint32_t what) {
  switch (what) {
    case S4_INJECT_HANG:
      return "hang";
    case S4_INJECT_DMA_ERROR:
      return "dma-error";
    case S4_INJECT_ECC_UNCORRECTED:
      return "ecc-uncorrected";
    case S4_INJECT_FW_CRASH:
      return "fw-crash";
    case S4_INJECT_FW_HANG:
      return "fw-hang";
    case S4_INJECT_SLOW:
      return "slow";
    default:
      return "";
  }
}

// The driver's debugfs file; the card needs its property that allows faults.
int inject_by_debugfs(const std::string& bus_id, uint32_t what, uint32_t arg) {
  const std::string path = "/sys/kernel/debug/accel/" + bus_id + "/inject";
  const core::UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file)
    return -errno;
  const std::string text = std::string(inject_name(what)) + " " + std::to_string(arg);
  return write(file.get(), text.data(), text.size()) < 0 ? -errno : 0;
}

// From the driver's debugfs: lines of "slot id space core_mode core priority submitted ...". A
// queue of the same number that was destroyed may still be there, but has had jobs.
int slot_by_debugfs(const std::string& bus_id, uint32_t queue_id) {
  std::ifstream file("/sys/kernel/debug/accel/" + bus_id + "/queues");
  std::string line;
  int found = -ENOENT;
  while (std::getline(file, line)) {
    unsigned slot = 0, id = 0, space = 0, mode = 0, core = 0, priority = 0;
    unsigned long long submitted = 0;
    if (std::sscanf(line.c_str(), "%u %u %u %u %u %u %llu", &slot, &id, &space, &mode, &core,
                    &priority, &submitted) == 7 &&
        id == queue_id && (submitted == 0 || found < 0)) {
      found = static_cast<int>(slot);
    }
  }
  return found;
}

}  // namespace

Context::Context(Transport& base) : client_(another(base)), other_(another(base)) {
  drm_s4_dev_query query{DRM_S4_QUERY_INFO, sizeof info_, reinterpret_cast<uint64_t>(&info_)};
  must(client_->dev_query(query), "DEV_QUERY");
}

uint32_t Context::vm() {
  drm_s4_vm_create args{};
  must(client_->vm_create(args), "VM_CREATE");
  return args.vm_id;
}

uint32_t Context::queue(uint32_t vm_id, uint32_t core) {
  drm_s4_queue_create args{};
  args.vm_id = vm_id;
  args.core = core;
  args.priority = S4_PRIORITY_NORMAL;
  must(client_->queue_create(args), "QUEUE_CREATE");
  return args.queue_id;
}

uint32_t Context::bo(uint64_t bytes, uint32_t flags, uint32_t vm_id) {
  drm_s4_bo_create args{};
  args.size = bytes;
  args.flags = flags;
  args.vm_id = vm_id;
  must(client_->bo_create(args), "BO_CREATE");
  return args.handle;
}

uint32_t Context::syncobj(bool signaled) {
  drm_syncobj_create args{};
  args.flags = signaled ? DRM_SYNCOBJ_CREATE_SIGNALED : 0;
  must(client_->syncobj_create(args), "SYNCOBJ_CREATE");
  return args.handle;
}

std::byte* Context::map(uint32_t handle, uint64_t bytes) {
  drm_s4_bo_mmap_offset offset{};
  offset.handle = handle;
  must(client_->bo_mmap_offset(offset), "BO_MMAP_OFFSET");
  void* pointer = nullptr;
  must(client_->map(offset.offset, bytes, &pointer), "mmap");
  return static_cast<std::byte*>(pointer);
}

Mapped Context::mapped(uint32_t vm_id, uint64_t va, uint64_t bytes, uint32_t flags) {
  Mapped out;
  out.handle = bo(bytes, flags, vm_id);
  out.bytes = bytes;
  out.va = va;
  out.data = map(out.handle, bytes);
  must(bind(vm_id, out.handle, va, bytes), "VM_BIND");
  return out;
}

int Context::bind(uint32_t vm_id, uint32_t handle, uint64_t va, uint64_t range, uint64_t bo_offset,
                  uint32_t flags) {
  drm_s4_vm_bind_op op{DRM_S4_BIND_MAP, flags, handle, 0, va, range, bo_offset};
  drm_s4_vm_bind args{};
  args.vm_id = vm_id;
  args.ops = {sizeof op, 1, reinterpret_cast<uint64_t>(&op)};
  return client_->vm_bind(args);
}

int Context::unbind(uint32_t vm_id, uint64_t va, uint64_t range) {
  drm_s4_vm_bind_op op{DRM_S4_BIND_UNMAP, 0, 0, 0, va, range, 0};
  drm_s4_vm_bind args{};
  args.vm_id = vm_id;
  args.ops = {sizeof op, 1, reinterpret_cast<uint64_t>(&op)};
  return client_->vm_bind(args);
}

int Context::submit(uint32_t queue_id, uint64_t va, uint32_t count, uint64_t completion_va,
                    uint32_t out, uint32_t in) {
  drm_s4_sync out_sync{out, 0, 0};
  drm_s4_sync in_sync{in, 0, 0};
  drm_s4_job job{};
  job.commands_va = va;
  job.command_count = count;
  job.completion_va = completion_va;
  if (in != 0)
    job.in_syncs = {sizeof in_sync, 1, reinterpret_cast<uint64_t>(&in_sync)};
  if (out != 0)
    job.out_syncs = {sizeof out_sync, 1, reinterpret_cast<uint64_t>(&out_sync)};
  drm_s4_submit args{};
  args.queue_id = queue_id;
  args.jobs = {sizeof job, 1, reinterpret_cast<uint64_t>(&job)};
  return client_->submit(args);
}

int Context::wait(uint32_t syncobj, int64_t seconds) {
  drm_syncobj_wait args{};
  args.handles = reinterpret_cast<uint64_t>(&syncobj);
  args.count_handles = 1;
  args.timeout_nsec =
      seconds == 0
          ? 0
          : (std::chrono::steady_clock::now().time_since_epoch() + std::chrono::seconds(seconds)) /
                std::chrono::nanoseconds(1);
  return client_->syncobj_wait(args);
}

int Context::run(uint32_t queue_id, const Mapped& memory, const std::vector<s4_cmd>& commands) {
  const uint64_t bytes = commands.size() * sizeof(s4_cmd);
  std::memcpy(memory.data, commands.data(), bytes);
  std::byte* record = memory.data + bytes;  // commands end at a multiple of 64
  std::memset(record, 0xff, sizeof last_result);
  const uint32_t done = syncobj();
  if (const int error = submit(queue_id, memory.va, static_cast<uint32_t>(commands.size()),
                               memory.va + bytes, done)) {
    return error;
  }
  if (const int error = wait(done))
    return error;
  std::memcpy(&last_result, record, sizeof last_result);
  return static_cast<int>(last_result.status);
}

int Context::signal(uint32_t syncobj) {
  drm_syncobj_array args{};
  args.handles = reinterpret_cast<uint64_t>(&syncobj);
  args.count_handles = 1;
  return client_->syncobj_signal(args);
}

int Context::inject(uint32_t what, uint32_t arg) {
  const transport::Identity& identity = client_->identity();
  if (identity.kind == "sim")
    return transport::inject(*client_, what, arg);
  return inject_by_debugfs(identity.bus_id, what, arg);
}

int Context::hang(uint32_t queue_id) {
  const transport::Identity& identity = client_->identity();
  const int slot = identity.kind == "sim" ? transport::queue_slot(*client_, queue_id)
                                          : slot_by_debugfs(identity.bus_id, queue_id);
  return slot < 0 ? slot : inject(S4_INJECT_HANG, static_cast<uint32_t>(slot));
}

s4_cmd fill_command(uint64_t dst, uint64_t bytes, uint8_t value) {
  s4_cmd command{};
  command.header.opcode = S4_OP_FILL;
  command.fill = {dst, bytes, value, 1};
  return command;
}

s4_cmd copy_command(uint64_t src, uint64_t dst, uint64_t bytes) {
  s4_cmd command{};
  command.header.opcode = S4_OP_COPY;
  command.copy.src = src;
  command.copy.dst = dst;
  command.copy.row_bytes = bytes;
  command.copy.rows = 1;
  return command;
}

}  // namespace s4::conformance
