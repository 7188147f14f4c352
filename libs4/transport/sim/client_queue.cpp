// SPDX-License-Identifier: MIT
// Queues of a client of the simulated card: driver/s4_queue_ioctl.c, s4_submit.c.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_mmu.h"
#include "transport/sim/client.hpp"
#include "transport/sim/queues.hpp"
#include "transport/sim/spaces.hpp"
#include "transport/sim/user_array.hpp"

namespace s4::sim {
namespace {

// Whether this process has CAP_SYS_NICE, which the driver wants for S4_PRIORITY_HIGH.
bool may_have_high_priority() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0)
    return false;
  return (data[CAP_TO_INDEX(CAP_SYS_NICE)].effective & CAP_TO_MASK(CAP_SYS_NICE)) != 0;
}

int check_queue(const drm_s4_queue_create& args) {
  if (args.flags != 0 || args.core_mode > S4_CORE_MODE_BROADCAST ||
      args.priority >= S4_NUM_PRIORITIES) {
    return -EINVAL;
  }
  const uint32_t cores = args.core_mode == S4_CORE_MODE_ONE ? S4_NUM_CORES : 1;
  if (args.core >= cores)
    return -EINVAL;
  if (args.priority == S4_PRIORITY_HIGH && !may_have_high_priority())
    return -EACCES;
  return 0;
}

// Why a queue takes no jobs, or 0.
int refusal(const Kernel& kernel, const Queue& queue) {
  if ((queue.state & DRM_S4_QUEUE_LOST) != 0 || kernel.state() == CardState::kLost) {
    return -ENODEV;
  }
  return (queue.state & DRM_S4_QUEUE_BANNED) != 0 ? -ECANCELED : 0;
}

}  // namespace

int Client::queue_create(drm_s4_queue_create& args) {
  if (const int error = check_queue(args))
    return error;
  Lock lock(kernel_->mutex);
  if (kernel_->state() == CardState::kLost)
    return -ENODEV;
  const auto vm = vms_.find(args.vm_id);
  if (!vm)
    return -ENOENT;
  std::erase_if(held_queues_, [](const std::weak_ptr<Queue>& held) { return held.expired(); });
  if (held_queues_.size() >= kernel_->info().max_queues)
    return -ENOSPC;
  auto queue = std::make_shared<Queue>();
  queue->vm = vm;
  queue->core_mode = args.core_mode;
  queue->core = args.core;
  queue->priority = args.priority;
  held_queues_.push_back(queue);
  if (const int error = kernel_->queues().create(lock, queue))
    return error;
  args.queue_id = queues_.add(std::move(queue));
  return 0;
}

void Client::drop_queues_of(Lock& lock, const std::shared_ptr<Vm>& vm) {
  std::vector<std::pair<uint32_t, std::shared_ptr<Queue>>> all(queues_.all().begin(),
                                                               queues_.all().end());
  for (auto& [handle, queue] : all) {
    if (queue->vm != vm)
      continue;
    queues_.remove(handle);
    kernel_->queues().destroy(lock, std::move(queue));
  }
}

int Client::queue_destroy(drm_s4_queue_destroy& args) {
  if (args.pad != 0)
    return -EINVAL;
  Lock lock(kernel_->mutex);
  auto queue = queues_.remove(args.queue_id);
  if (!queue)
    return -ENOENT;
  kernel_->queues().destroy(lock, std::move(queue));
  return 0;
}

int Client::queue_get_state(drm_s4_queue_get_state& args) {
  if (args.pad != 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  const auto queue = queues_.find(args.queue_id);
  if (!queue)
    return -ENOENT;
  args.flags = queue->state;
  args.jobs_submitted = queue->submitted;
  args.jobs_done = queue->ended;
  args.jobs_failed = queue->failed;
  args.progress = kernel_->queues().progress(*queue);
  args.last_status = queue->last_status;
  return 0;
}

int Client::copy_syncs(const drm_s4_array& array, std::vector<drm_s4_sync>* out) {
  if (const int error = copy_array(array, DRM_S4_MAX_SYNCS, out))
    return error;
  for (const drm_s4_sync& sync : *out) {
    if (sync.flags != 0)
      return -EINVAL;
  }
  return 0;
}

int Client::check_job(const drm_s4_job& args, Job* job, std::vector<drm_s4_sync>* out_syncs) {
  if (args.flags != 0 || args.command_count > S4_MAX_COMMANDS || args.commands_va % 64 != 0 ||
      args.completion_va % 64 != 0) {
    return -EINVAL;
  }
  job->args = args;
  std::vector<drm_s4_sync> in;
  if (const int error = copy_syncs(args.in_syncs, &in))
    return error;
  if (const int error = copy_syncs(args.out_syncs, out_syncs))
    return error;
  for (const drm_s4_sync& sync : in) {
    const auto syncobj = syncobjs_.find(sync.handle);
    if (!syncobj)
      return -ENOENT;
    const auto fences = syncobj->find(sync.point);
    if (!fences)
      return -EINVAL;  // not submitted yet
    job->in.insert(job->in.end(), fences->begin(), fences->end());
  }
  for (const drm_s4_sync& sync : *out_syncs) {
    if (!syncobjs_.find(sync.handle))
      return -ENOENT;
  }
  return 0;
}

int Client::submit(drm_s4_submit& args) {
  args.done = 0;
  if (args.flags != 0 || args.pad != 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  const auto queue = queues_.find(args.queue_id);
  if (!queue)
    return -ENOENT;
  if (const int error = refusal(*kernel_, *queue))
    return error;
  std::vector<drm_s4_job> jobs;
  if (const int error = copy_array(args.jobs, DRM_S4_MAX_JOBS, &jobs))
    return error;
  for (const drm_s4_job& one : jobs) {
    auto job = std::make_shared<Job>();
    std::vector<drm_s4_sync> out_syncs;
    if (const int error = check_job(one, job.get(), &out_syncs))
      return error;
    for (const drm_s4_sync& sync : out_syncs) {
      const auto syncobj = syncobjs_.find(sync.handle);
      if (sync.point != 0) {
        syncobj->add_point(sync.point, {job->done});
      } else {
        syncobj->replace({job->done});
      }
    }
    kernel_->queues().submit(queue, std::move(job));
    ++args.done;
  }
  kernel_->notify();  // for who waits for a point to be submitted
  return 0;
}

}  // namespace s4::sim
