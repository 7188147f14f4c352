// SPDX-License-Identifier: MIT
// Syncobjs of a client of the simulated card, with the results of the kernel's drm_syncobj.c.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

#include "transport/sim/client.hpp"
#include "transport/sim/shared_fds.hpp"

namespace s4::sim {
namespace {

using std::chrono::steady_clock;

// drm_syncobj_transfer() waits so long for a point to be submitted.
constexpr std::chrono::milliseconds kTransferWait{5000};
// Of newer kernels; a hint that has no effect here.
constexpr uint32_t kWaitDeadline = 1u << 3;

// A point in CLOCK_MONOTONIC, which is steady_clock's.
steady_clock::time_point time_of(int64_t nsec) {
  return steady_clock::time_point(std::chrono::nanoseconds(nsec));
}

bool is_eventfd(int fd) {
  std::error_code error;
  const auto link = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
  return !error && link.string().find("[eventfd]") != std::string::npos;
}

const uint64_t* points_of(uint64_t address) {
  return reinterpret_cast<const uint64_t*>(address);
}

}  // namespace

int Client::syncobj_create(drm_syncobj_create& args) {
  if ((args.flags & ~static_cast<uint32_t>(DRM_SYNCOBJ_CREATE_SIGNALED)) != 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  auto syncobj = std::make_shared<Syncobj>();
  if ((args.flags & DRM_SYNCOBJ_CREATE_SIGNALED) != 0)
    syncobj->replace({});
  args.handle = syncobjs_.add(std::move(syncobj));
  return 0;
}

int Client::syncobj_destroy(drm_syncobj_destroy& args) {
  if (args.pad != 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  return syncobjs_.remove(args.handle) ? 0 : -EINVAL;
}

int Client::export_sync_file(const drm_syncobj_handle& args, int* fd) {
  const auto syncobj = syncobjs_.find(args.handle);
  if (!syncobj)
    return -ENOENT;
  const auto fences = syncobj->find(0);
  if (!fences)
    return -EINVAL;
  *fd = kernel_->fds().export_fences(*fences);
  return *fd < 0 ? *fd : 0;
}

int Client::syncobj_handle_to_fd(drm_syncobj_handle& args) {
  if (args.pad != 0)
    return -EINVAL;
  if (args.flags != 0 && args.flags != DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE) {
    return -EINVAL;
  }
  const Lock lock(kernel_->mutex);
  int fd = -1;
  if (args.flags != 0) {
    if (const int error = export_sync_file(args, &fd))
      return error;
  } else {
    const auto syncobj = syncobjs_.find(args.handle);
    if (!syncobj)
      return -EINVAL;
    fd = kernel_->fds().export_syncobj(syncobj);
    if (fd < 0)
      return fd;
  }
  args.fd = fd;
  return 0;
}

int Client::syncobj_fd_to_handle(drm_syncobj_handle& args) {
  if (args.pad != 0)
    return -EINVAL;
  if (args.flags != 0 && args.flags != DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE) {
    return -EINVAL;
  }
  const Lock lock(kernel_->mutex);
  if (args.flags != 0) {
    const FenceSet* fences = kernel_->fds().fences(args.fd);
    if (!fences)
      return -EINVAL;
    const auto syncobj = syncobjs_.find(args.handle);
    if (!syncobj)
      return -ENOENT;
    syncobj->replace(*fences);
    return 0;
  }
  auto syncobj = kernel_->fds().syncobj(args.fd);
  if (!syncobj)
    return -EINVAL;
  args.handle = syncobjs_.add(std::move(syncobj));
  return 0;
}

int Client::find_syncobjs(uint64_t handles, uint32_t count, Syncobjs* out) {
  if (handles == 0)
    return -EFAULT;
  const auto* numbers = reinterpret_cast<const uint32_t*>(handles);
  for (uint32_t i = 0; i < count; ++i) {
    auto syncobj = syncobjs_.find(numbers[i]);
    if (!syncobj)
      return -ENOENT;
    out->push_back(std::move(syncobj));
  }
  return 0;
}

int Client::wait_array(Lock& lock, const Syncobjs& objects, const uint64_t* points, uint32_t flags,
                       int64_t timeout_nsec, uint32_t* first) {
  const bool later =
      (flags & (DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE)) !=
      0;
  // A fence that was found is the one to wait for, whatever becomes of the syncobj.
  std::vector<std::optional<FenceSet>> found(objects.size());
  for (bool begin = true;; begin = false) {
    size_t ready = 0;
    for (size_t i = 0; i < objects.size(); ++i) {
      if (!found[i])
        found[i] = objects[i]->find(points ? points[i] : 0);
      if (!found[i]) {
        if (begin && !later)
          return -EINVAL;
        continue;
      }
      if ((flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE) == 0 && !signaled(*found[i]))
        continue;
      if (ready++ == 0)
        *first = static_cast<uint32_t>(i);
    }
    if (ready == objects.size())
      return 0;
    if (ready > 0 && (flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL) == 0)
      return 0;
    const auto end = time_of(timeout_nsec);
    if (timeout_nsec <= 0 || steady_clock::now() >= end)
      return -ETIME;
    kernel_->wait_change(lock, end);
  }
}

int Client::syncobj_wait(drm_syncobj_wait& args) {
  constexpr uint32_t kFlags =
      DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT | kWaitDeadline;
  if ((args.flags & ~kFlags) != 0)
    return -EINVAL;
  if (args.count_handles == 0)
    return 0;
  Lock lock(kernel_->mutex);
  Syncobjs objects;
  if (const int error = find_syncobjs(args.handles, args.count_handles, &objects))
    return error;
  uint32_t first = UINT32_MAX;
  const int error = wait_array(lock, objects, nullptr, args.flags, args.timeout_nsec, &first);
  if (error == 0)
    args.first_signaled = first;
  return error;
}

int Client::syncobj_timeline_wait(drm_syncobj_timeline_wait& args) {
  constexpr uint32_t kFlags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL |
                              DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT |
                              DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE | kWaitDeadline;
  if ((args.flags & ~kFlags) != 0)
    return -EINVAL;
  if (args.count_handles == 0)
    return 0;
  Lock lock(kernel_->mutex);
  Syncobjs objects;
  if (const int error = find_syncobjs(args.handles, args.count_handles, &objects))
    return error;
  uint32_t first = UINT32_MAX;
  const int error =
      wait_array(lock, objects, points_of(args.points), args.flags, args.timeout_nsec, &first);
  if (error == 0)
    args.first_signaled = first;
  return error;
}

int Client::syncobj_reset(drm_syncobj_array& args) {
  if (args.pad != 0 || args.count_handles == 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  Syncobjs objects;
  if (const int error = find_syncobjs(args.handles, args.count_handles, &objects))
    return error;
  for (const auto& syncobj : objects)
    syncobj->reset();
  return 0;
}

int Client::syncobj_signal(drm_syncobj_array& args) {
  if (args.pad != 0 || args.count_handles == 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  Syncobjs objects;
  if (const int error = find_syncobjs(args.handles, args.count_handles, &objects))
    return error;
  for (const auto& syncobj : objects)
    syncobj->replace({});
  kernel_->notify();
  return 0;
}

int Client::syncobj_timeline_signal(drm_syncobj_timeline_array& args) {
  if (args.flags != 0 || args.count_handles == 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  Syncobjs objects;
  if (const int error = find_syncobjs(args.handles, args.count_handles, &objects))
    return error;
  for (size_t i = 0; i < objects.size(); ++i) {
    objects[i]->add_point(args.points != 0 ? points_of(args.points)[i] : 0, {});
  }
  kernel_->notify();
  return 0;
}

int Client::syncobj_query(drm_syncobj_timeline_array& args) {
  if ((args.flags & ~static_cast<uint32_t>(DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED)) != 0 ||
      args.count_handles == 0) {
    return -EINVAL;
  }
  const Lock lock(kernel_->mutex);
  Syncobjs objects;
  if (const int error = find_syncobjs(args.handles, args.count_handles, &objects))
    return error;
  if (args.points == 0)
    return -EFAULT;
  auto* points = reinterpret_cast<uint64_t*>(args.points);
  for (size_t i = 0; i < objects.size(); ++i) {
    points[i] = objects[i]->query((args.flags & DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED) != 0);
  }
  return 0;
}

int Client::find_fence(Lock& lock, uint32_t handle, uint64_t point, uint32_t flags, FenceSet* out) {
  const auto syncobj = syncobjs_.find(handle);
  if ((flags & ~static_cast<uint32_t>(DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT)) != 0) {
    return -EINVAL;
  }
  if (!syncobj)
    return -ENOENT;
  const auto end = steady_clock::now() + kTransferWait;
  for (;;) {
    if (auto fences = syncobj->find(point)) {
      *out = *std::move(fences);
      return 0;
    }
    if ((flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT) == 0)
      return -EINVAL;
    if (!kernel_->wait_change(lock, end))
      return -ETIME;
  }
}

int Client::syncobj_transfer(drm_syncobj_transfer& args) {
  if (args.pad != 0)
    return -EINVAL;
  Lock lock(kernel_->mutex);
  const auto target = syncobjs_.find(args.dst_handle);
  if (!target)
    return -ENOENT;
  FenceSet fences;
  if (const int error = find_fence(lock, args.src_handle, args.src_point, args.flags, &fences)) {
    return error;
  }
  if (args.dst_point != 0) {
    target->add_point(args.dst_point, std::move(fences));
  } else {
    target->replace(std::move(fences));
  }
  kernel_->notify();
  return 0;
}

int Client::syncobj_eventfd(transport::SyncobjEventfd& args) {
  if ((args.flags & ~static_cast<uint32_t>(DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE)) != 0 ||
      args.pad != 0) {
    return -EINVAL;
  }
  const Lock lock(kernel_->mutex);
  const auto syncobj = syncobjs_.find(args.handle);
  if (!syncobj)
    return -ENOENT;
  // Its own descriptor, for the caller may close theirs before.
  auto fd = std::make_shared<core::UniqueFd>(fcntl(args.fd, F_DUPFD_CLOEXEC, 0));
  if (!*fd)
    return -EBADF;
  if (!is_eventfd(args.fd))
    return -EINVAL;
  const auto ring = [fd] { [[maybe_unused]] const int written = eventfd_write(fd->get(), 1); };
  const bool available = (args.flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE) != 0;
  syncobj->when_submitted(args.point, [ring, available](const FenceSet& fences) {
    if (available) {
      ring();
    } else {
      when_signaled(fences, ring);
    }
  });
  return 0;
}

}  // namespace s4::sim
