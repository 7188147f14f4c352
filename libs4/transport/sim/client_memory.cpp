// SPDX-License-Identifier: MIT
// Buffers of a client of the simulated card: driver/s4_gem.c, drm_gem.c and drm_prime.c.
#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "s4/abi/s4_mmu.h"
#include "transport/sim/client.hpp"
#include "transport/sim/shared_fds.hpp"

namespace s4::sim {
namespace {

constexpr uint32_t kPlaces = DRM_S4_BO_CARD | DRM_S4_BO_HOST;
constexpr std::chrono::seconds kDiscards{10};

}  // namespace

int Client::create_bo(Lock& lock, const drm_s4_bo_create& args, std::shared_ptr<Bo>* out) {
  auto bo = std::make_shared<Bo>();
  bo->bytes = (args.size + S4_PAGE_SIZE - 1) & ~(S4_PAGE_SIZE - 1);
  bo->flags = args.flags;
  if ((args.flags & DRM_S4_BO_HOST) != 0) {
    bo->host = kernel_->host().allocate(bo->bytes);
    if (!bo->host)
      return -ENOMEM;
  } else {
    Dram& dram = kernel_->dram();
    const bool visible = (args.flags & DRM_S4_BO_MAPPABLE) != 0;
    const auto end = std::chrono::steady_clock::now() + kDiscards;
    auto at = dram.allocate(bo->bytes, visible);
    while (!at && dram.discarding()) {  // what was freed just now may be enough
      kernel_->poke();
      if (!kernel_->wait_change(lock, end))
        break;
      at = dram.allocate(bo->bytes, visible);
    }
    if (!at)
      return -ENOSPC;
    bo->dram = &dram;
    bo->card_address = *at;
  }
  *out = std::move(bo);
  return 0;
}

int Client::bo_create(drm_s4_bo_create& args) {
  if (args.pad != 0 || (args.flags & ~(kPlaces | DRM_S4_BO_MAPPABLE)) != 0 ||
      std::popcount(args.flags & kPlaces) != 1) {
    return -EINVAL;
  }
  if (args.size == 0 || args.size > UINT64_MAX - S4_PAGE_SIZE)
    return -EINVAL;
  Lock lock(kernel_->mutex);
  if (kernel_->state() == CardState::kLost)
    return -ENODEV;
  std::shared_ptr<Vm> vm;
  if (args.vm_id != 0) {
    vm = vms_.find(args.vm_id);
    if (!vm)
      return -ENOENT;
  }
  std::shared_ptr<Bo> bo;
  if (const int error = create_bo(lock, args, &bo))
    return error;
  bo->exclusive = vm;
  bo->is_exclusive = vm != nullptr;
  args.size = bo->bytes;
  args.handle = bos_.add(std::move(bo));
  return 0;
}

int Client::bo_mmap_offset(drm_s4_bo_mmap_offset& args) {
  if (args.pad != 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  const auto bo = bos_.find(args.handle);
  if (!bo)
    return -ENOENT;
  if (bo->dram && (bo->flags & DRM_S4_BO_MAPPABLE) == 0)
    return -EINVAL;
  if (bo->mmap_offset == 0)
    bo->mmap_offset = kernel_->new_mmap_offset(bo);
  args.offset = bo->mmap_offset;
  return 0;
}

int Client::bo_close(drm_gem_close& args) {
  const Lock lock(kernel_->mutex);
  return bos_.remove(args.handle) ? 0 : -EINVAL;
}

int Client::map(uint64_t offset, uint64_t bytes, void** pointer) {
  if (bytes == 0 || offset % S4_PAGE_SIZE != 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  const std::shared_ptr<Bo> bo = kernel_->find_mmap(offset);
  if (!bo || bytes > bo->bytes) return -EINVAL;
  const auto mine = [&](const auto& entry) { return entry.second == bo; };
  if (std::none_of(bos_.all().begin(), bos_.all().end(), mine)) return -EACCES;
  CpuMapping mapping{bytes, bo, false};
  if (bo->host) {
    void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bo->host->fd(), 0);
    if (mapped == MAP_FAILED)
      return -errno;
    mapping.owned = true;
    *pointer = mapped;
  } else {
    *pointer = kernel_->card().dram() + bo->card_address;
  }
  mappings_.insert_or_assign(*pointer, std::move(mapping));
  return 0;
}

int Client::unmap(void* pointer, uint64_t bytes) {
  const Lock lock(kernel_->mutex);
  const auto it = mappings_.find(pointer);
  if (it == mappings_.end() || it->second.bytes != bytes)
    return -EINVAL;
  if (it->second.owned)
    munmap(pointer, bytes);
  mappings_.erase(it);
  return 0;
}

int Client::prime_handle_to_fd(drm_prime_handle& args) {
  if ((args.flags & ~static_cast<uint32_t>(DRM_CLOEXEC | DRM_RDWR)) != 0)
    return -EINVAL;
  const Lock lock(kernel_->mutex);
  const auto bo = bos_.find(args.handle);
  if (!bo)
    return -ENOENT;
  if (bo->is_exclusive)
    return -EPERM;
  const int fd = kernel_->fds().export_bo(bo);
  if (fd < 0)
    return fd;
  if ((args.flags & DRM_CLOEXEC) == 0)
    fcntl(fd, F_SETFD, 0);
  args.fd = fd;
  return 0;
}

int Client::prime_fd_to_handle(drm_prime_handle& args) {
  if (fcntl(args.fd, F_GETFD) < 0)
    return -EBADF;
  const Lock lock(kernel_->mutex);
  if (kernel_->state() == CardState::kLost)
    return -ENODEV;
  auto bo = kernel_->fds().bo(args.fd);
  if (!bo) {  // another card's, or somebody else's memory
    core::UniqueFd fd(fcntl(args.fd, F_DUPFD_CLOEXEC, 0));
    if (!fd)
      return -errno;
    if (fcntl(fd.get(), F_GET_SEALS) < 0)
      return -EINVAL;  // no memfd
    bo = std::make_shared<Bo>();
    bo->host = kernel_->host().adopt(std::move(fd));
    if (!bo->host)
      return -EINVAL;
    bo->bytes = bo->host->bytes();
    bo->flags = DRM_S4_BO_HOST;
  }
  for (const auto& entry : bos_.all()) {
    if (entry.second == bo) {  // one handle a buffer, as in the kernel
      args.handle = entry.first;
      return 0;
    }
  }
  args.handle = bos_.add(std::move(bo));
  return 0;
}

}  // namespace s4::sim
