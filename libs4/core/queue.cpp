// SPDX-License-Identifier: MIT
#include "core/queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>

#include "core/command_list.hpp"
#include "core/device.hpp"
#include "core/job.hpp"
#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_mailbox.h"

namespace s4::core {

int64_t deadline_after(uint64_t timeout_ns) {
  const int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::steady_clock::now().time_since_epoch())
                          .count();
  if (timeout_ns == 0)
    return 0;
  return timeout_ns > static_cast<uint64_t>(INT64_MAX - now)
             ? INT64_MAX
             : now + static_cast<int64_t>(timeout_ns);
}

Queue::Queue(Device& device, std::shared_ptr<Device> keep)
    : device_(device),
      keep_(std::move(keep)),
      signals_(std::make_shared<SignalPool>(device.transport())) {}

Result<std::shared_ptr<Queue>> Queue::create(const std::shared_ptr<Device>& device,
                                             const Options& options) {
  std::shared_ptr<Queue> queue(new Queue(*device, device));
  if (auto done = queue->init(options); !done)
    return std::move(done).error();
  return queue;
}

Result<std::unique_ptr<Queue>> Queue::create_owned(Device& device, const Options& options) {
  std::unique_ptr<Queue> queue(new Queue(device, nullptr));
  if (auto done = queue->init(options); !done)
    return std::move(done).error();
  return queue;
}

Result<void> Queue::init(const Options& options) {
  const Where where = device_.where("create queue");
  if (options.core_mode > S4_CORE_MODE_BROADCAST) {
    return invalid(where, fmt::format("core mode {} does not exist; give S4_CORE_MODE_ONE, _SPLIT "
                                      "or _BROADCAST",
                                      options.core_mode));
  }
  const uint32_t cores = options.core_mode == S4_CORE_MODE_ONE ? S4_NUM_CORES : 1;
  if (options.core >= cores) {
    return invalid(where, fmt::format("core {} does not exist in this mode; give 0 to {}",
                                      options.core, cores - 1));
  }
  if (options.priority >= S4_NUM_PRIORITIES) {
    return invalid(where, fmt::format("priority {} does not exist; give S4_PRIORITY_LOW, _NORMAL "
                                      "or _HIGH",
                                      options.priority));
  }
  drm_s4_queue_create args{};
  args.vm_id = device_.space().vm_id();
  args.core_mode = options.core_mode;
  args.core = options.core;
  args.priority = options.priority;
  const int error = device_.transport().queue_create(args);
  if (error == -ENOSPC) {
    return Error{Code::kOutOfResources, ENOSPC, where.device, where.stage,
                 fmt::format("all queues are in use; a device handle may have {}, the card {}. "
                             "Release some",
                             device_.info().max_queues, S4_NUM_QUEUES)};
  }
  if (error == -EACCES || error == -EPERM) {
    return Error{Code::kPermission, -error, where.device, where.stage,
                 "S4_PRIORITY_HIGH needs the privilege CAP_SYS_NICE; take S4_PRIORITY_NORMAL, or "
                 "run with it"};
  }
  if (error != 0)
    return failed(where, error, "create the queue");
  queue_id_ = args.queue_id;
  return {};
}

Queue::~Queue() {
  close();
}

void Queue::close() {
  const std::lock_guard lock(mutex_);
  if (closed_ || queue_id_ == 0)
    return;
  closed_ = true;
  drm_s4_queue_destroy destroy{queue_id_, 0};
  device_.transport().queue_destroy(destroy);
}

Result<Queue::Submitted> Queue::submit_raw(uint64_t va, uint32_t count, uint64_t completion_va,
                                           const std::vector<drm_s4_sync>& in) {
  Submitted submitted;
  if (const int error = signals_->take(&submitted.signal)) {
    return failed(device_.where("submit"), error, "create the job's syncobj");
  }
  const std::lock_guard lock(mutex_);
  drm_s4_sync out{submitted.signal.syncobj(), 0, 0};
  drm_s4_job job{};
  job.commands_va = va;
  job.command_count = count;
  job.completion_va = completion_va;
  job.in_syncs = {sizeof(drm_s4_sync), static_cast<uint32_t>(in.size()),
                  reinterpret_cast<uint64_t>(in.data())};
  job.out_syncs = {sizeof out, 1, reinterpret_cast<uint64_t>(&out)};
  drm_s4_submit args{};
  args.queue_id = queue_id_;
  args.jobs = {sizeof job, 1, reinterpret_cast<uint64_t>(&job)};
  if (const int error = device_.transport().submit(args)) {
    return failed(device_.where("submit"), error, "submit");
  }
  submitted.number = ++last_number_;
  return submitted;
}

Result<std::shared_ptr<Job>> Queue::submit(const CommandList& list,
                                           const std::vector<Job*>& after) {
  const Where where = device_.where("submit");
  if (list.device().get() != &device_) {
    return invalid(where, "the command list is of another device; build it on the queue's");
  }
  std::map<Queue*, Job*> last;  // of a queue the last job is enough: they end in order
  for (Job* job : after) {
    if (!job)
      return invalid(where, "a job to wait for is null");
    if (&job->queue().device() != &device_) {
      return invalid(where,
                     "a job to wait for is of another device; wait for it before submitting");
    }
    if (&job->queue() == this)
      continue;
    Job*& latest = last[&job->queue()];
    if (!latest || latest->number() < job->number())
      latest = job;
  }
  if (last.size() > DRM_S4_MAX_SYNCS) {
    return invalid(where, fmt::format("jobs of {} queues to wait for; at most {}", last.size(),
                                      DRM_S4_MAX_SYNCS));
  }
  std::vector<drm_s4_sync> in;
  for (const auto& [queue, job] : last)
    in.push_back({job->signal().syncobj(), 0, 0});

  auto snapshot = list.snapshot();
  if (!snapshot)
    return std::move(snapshot).error();
  auto record = device_.arena().allocate(sizeof(s4_job_result));
  if (!record)
    return std::move(record).error();
  Job::prepare_record(*record);
  const uint64_t record_va = record->address();
  auto job = std::make_shared<Job>(shared_from_this(), *snapshot, *std::move(record));
  auto submitted = submit_raw((*snapshot)->commands.address(), (*snapshot)->count, record_va, in);
  if (!submitted)
    return std::move(submitted).error();
  job->set_submitted(*std::move(submitted));
  return job;
}

Result<bool> Queue::wait(const Signal& signal, int64_t deadline_ns) {
  const uint32_t syncobj = signal.syncobj();
  drm_syncobj_wait args{};
  args.handles = reinterpret_cast<uint64_t>(&syncobj);
  args.count_handles = 1;
  args.timeout_nsec = deadline_ns;
  const int error = device_.transport().syncobj_wait(args);
  if (error == 0)
    return true;
  if (error == -ETIME)
    return false;
  return failed(device_.where("wait"), error, "wait for the job");
}

Result<drm_s4_queue_get_state> Queue::state() {
  drm_s4_queue_get_state args{};
  args.queue_id = queue_id_;
  if (const int error = device_.transport().queue_get_state(args)) {
    return failed(device_.where("query"), error, "ask for the queue's state");
  }
  return args;
}

Code Queue::state_code() {
  auto state = this->state();
  if (!state)
    return state.error().code == Code::kDeviceLost ? Code::kDeviceLost : Code::kCancelled;
  if ((state->flags & DRM_S4_QUEUE_LOST) != 0)
    return Code::kDeviceLost;
  if ((state->flags & (DRM_S4_QUEUE_BANNED | DRM_S4_QUEUE_RESET)) != 0)
    return Code::kDeviceReset;
  return Code::kCancelled;
}

}  // namespace s4::core
