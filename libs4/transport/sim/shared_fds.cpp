// SPDX-License-Identifier: MIT
#include "transport/sim/shared_fds.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace s4::sim {
namespace {

std::optional<std::pair<dev_t, ino_t>> inode_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0)
    return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

// True when nobody holds the other end any more.
bool abandoned(int our_end) {
  pollfd poll_for{our_end, 0, 0};
  return poll(&poll_for, 1, 0) == 1 && (poll_for.revents & POLLHUP) != 0;
}

}  // namespace

void SharedFds::collect() {
  std::erase_if(entries_, [](const auto& item) {
    const Entry& entry = item.second;
    if (entry.our_end)
      return abandoned(entry.our_end->get());
    return !entry.bo && entry.host.expired();
  });
}

int SharedFds::export_pair(Entry entry) {
  collect();
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return -errno;
  core::UniqueFd theirs(ends[0]);
  entry.our_end = std::make_shared<core::UniqueFd>(ends[1]);
  const auto inode = inode_of(theirs.get());
  if (!inode)
    return -errno;
  entries_[*inode] = std::move(entry);
  return theirs.release();
}

int SharedFds::export_syncobj(const std::shared_ptr<Syncobj>& syncobj) {
  Entry entry;
  entry.syncobj = syncobj;
  return export_pair(std::move(entry));
}

int SharedFds::export_fences(const FenceSet& fences) {
  Entry entry;
  entry.fences = std::make_shared<FenceSet>(fences);
  const int fd = export_pair(std::move(entry));
  if (fd < 0)
    return fd;
  std::weak_ptr<core::UniqueFd> end = entries_[*inode_of(fd)].our_end;
  when_signaled(fences, [end] {
    const auto our_end = end.lock();
    if (!our_end)
      return;
    const char byte = 1;  // nobody to read it any more is no error
    [[maybe_unused]] const ssize_t sent = send(our_end->get(), &byte, 1, MSG_NOSIGNAL);
  });
  return fd;
}

int SharedFds::export_bo(const std::shared_ptr<Bo>& bo) {
  collect();
  core::UniqueFd fd;
  Entry entry;
  if (bo->host) {
    fd.reset(fcntl(bo->host->fd(), F_DUPFD_CLOEXEC, 0));
    entry.host = bo;
  } else {  // stands for the buffer and has its size, as a dma-buf does
    fd.reset(memfd_create("s4-sim-card", MFD_CLOEXEC));
    if (fd && ftruncate(fd.get(), static_cast<off_t>(bo->bytes)) != 0)
      return -errno;
    entry.bo = bo;
  }
  const auto inode = fd ? inode_of(fd.get()) : std::nullopt;
  if (!inode)
    return -errno;
  entries_[*inode] = std::move(entry);
  return fd.release();
}

const SharedFds::Entry* SharedFds::find(int fd) const {
  const auto inode = inode_of(fd);
  if (!inode)
    return nullptr;
  const auto it = entries_.find(*inode);
  return it == entries_.end() ? nullptr : &it->second;
}

std::shared_ptr<Syncobj> SharedFds::syncobj(int fd) const {
  const Entry* entry = find(fd);
  return entry ? entry->syncobj : nullptr;
}

const FenceSet* SharedFds::fences(int fd) const {
  const Entry* entry = find(fd);
  return entry ? entry->fences.get() : nullptr;
}

std::shared_ptr<Bo> SharedFds::bo(int fd) const {
  const Entry* entry = find(fd);
  if (!entry)
    return nullptr;
  return entry->bo ? entry->bo : entry->host.lock();
}

}  // namespace s4::sim
