// SPDX-License-Identifier: MIT
#include "core/buffer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/device.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::core {
namespace {

std::string human(uint64_t bytes) {
  if (bytes >= uint64_t{1} << 20)
    return fmt::format("{:.1f} MiB", double(bytes) / (1 << 20));
  return fmt::format("{} bytes", bytes);
}

Error no_memory(Device& device, uint64_t bytes, bool mappable) {
  Error error{Code::kOutOfCardMemory, ENOSPC, device.where("").device, "create buffer", {}};
  auto memory = device.memory();
  const std::string left =
      !memory ? std::string()
              : fmt::format(": {} of {} are in use, the largest buffer that fits has {}{}",
                            human(memory->used), human(memory->total), human(memory->largest_free),
                            mappable ? fmt::format(", the CPU reaches {} of what is free",
                                                   human(memory->visible_free))
                                     : std::string());
  error.message = fmt::format(
      "no {} of {}card memory left{}. Release buffers, or place this one "
      "in host memory",
      human(bytes), mappable ? "CPU-visible " : "", left);
  return error;
}

}  // namespace

Result<std::shared_ptr<Buffer>> Buffer::create(const std::shared_ptr<Device>& device,
                                               const Options& options) {
  const Where where = device->where("create buffer");
  if (options.bytes == 0)
    return invalid(where, "a buffer has at least 1 byte");
  if (options.bytes > S4_MAX_BYTES) {
    return invalid(where, fmt::format("{} bytes are more than any card has", options.bytes));
  }
  drm_s4_bo_create args{};
  args.size = options.bytes;
  args.flags = options.host ? DRM_S4_BO_HOST : DRM_S4_BO_CARD;
  if (options.mappable)
    args.flags |= DRM_S4_BO_MAPPABLE;
  args.vm_id = options.shared ? 0 : device->space().vm_id();
  int error = device->transport().bo_create(args);
  if (error == -ENOSPC) {  // what was released may not be free yet
    device->keeper().flush();
    error = device->transport().bo_create(args);
  }
  if (error == -ENOSPC)
    return no_memory(*device, options.bytes, options.mappable);
  if (error != 0)
    return failed(where, error, fmt::format("create a buffer of {}", human(options.bytes)));
  return adopt(device, options, args.handle, args.size);
}

Result<std::shared_ptr<Buffer>> Buffer::adopt(const std::shared_ptr<Device>& device,
                                              const Options& options, uint32_t handle,
                                              uint64_t bytes) {
  std::shared_ptr<Buffer> buffer(new Buffer(device, options, handle, bytes));
  const int error = device->space().bind(handle, bytes, &buffer->va_);
  if (error == -EADDRNOTAVAIL) {
    return Error{Code::kOutOfResources, 0, device->where("").device, "create buffer",
                 "the device's address space is full; release buffers"};
  }
  if (error != 0) {
    return failed(device->where("create buffer"), error, "give the buffer an address");
  }
  return buffer;
}

Result<std::shared_ptr<Buffer>> Buffer::import(const std::shared_ptr<Device>& device, int fd) {
  const Where where = device->where("import buffer");
  const off_t size = lseek(fd, 0, SEEK_END);
  if (size <= 0) {
    return invalid(where, fmt::format("descriptor {} is no dma-buf", fd));
  }
  drm_prime_handle args{};
  args.fd = fd;
  if (const int error = device->transport().prime_fd_to_handle(args)) {
    if (error == -EINVAL || error == -EBADF) {
      return invalid(where, fmt::format("descriptor {} is no dma-buf", fd));
    }
    return failed(where, error, "import the dma-buf");
  }
  Options options;
  options.host = true;
  options.shared = true;
  options.bytes = static_cast<uint64_t>(size);
  return adopt(device, options, args.handle, options.bytes);
}

Buffer::~Buffer() {
  // Not here: taking the address away waits for accesses of the card.
  device_->keeper().dispose(
      [device = device_.get(), handle = handle_, va = va_, bytes = bytes_, mapped = mapped_] {
        if (va != 0)
          device->space().unbind(va, bytes);
        if (mapped)
          device->transport().unmap(mapped, bytes);
        drm_gem_close close{};
        close.handle = handle;
        device->transport().bo_close(close);
      });
}

Result<std::byte*> Buffer::map() {
  const Where where = device_->where("map buffer");
  const std::lock_guard lock(mutex_);
  if (mapped_)
    return mapped_;
  if (!reachable()) {
    return Error{Code::kUnsupported, 0, where.device, where.stage,
                 "this buffer is in card memory that the CPU does not reach; create it with "
                 "S4_BUFFER_MAPPABLE, or use upload and download"};
  }
  drm_s4_bo_mmap_offset offset{};
  offset.handle = handle_;
  if (const int error = device_->transport().bo_mmap_offset(offset)) {
    return failed(where, error, "map the buffer");
  }
  void* pointer = nullptr;
  if (const int error = device_->transport().map(offset.offset, bytes_, &pointer)) {
    return failed(where, error, "map the buffer");
  }
  mapped_ = static_cast<std::byte*>(pointer);
  return mapped_;
}

Result<void> Buffer::check_range(const char* stage, uint64_t offset, const void* data,
                                 uint64_t bytes) {
  const Where where = device_->where(stage);
  if (bytes != 0 && !data)
    return invalid(where, "the data pointer is null");
  if (offset > bytes_ || bytes > bytes_ - offset) {
    return invalid(where, fmt::format("{} bytes at offset {} end behind the buffer's {}", bytes,
                                      offset, bytes_));
  }
  return {};
}

Result<void> Buffer::upload(uint64_t offset, const void* data, uint64_t bytes) {
  if (auto good = check_range("upload", offset, data, bytes); !good || bytes == 0)
    return good;
  if (!reachable())
    return device_->copy_to_card(va_ + offset, data, bytes);
  auto pointer = map();
  if (!pointer)
    return std::move(pointer).error();
  std::memcpy(*pointer + offset, data, bytes);
  return {};
}

Result<void> Buffer::download(uint64_t offset, void* data, uint64_t bytes) {
  if (auto good = check_range("download", offset, data, bytes); !good || bytes == 0)
    return good;
  if (!reachable())
    return device_->copy_from_card(va_ + offset, data, bytes);
  auto pointer = map();
  if (!pointer)
    return std::move(pointer).error();
  std::memcpy(data, *pointer + offset, bytes);
  return {};
}

Result<int> Buffer::export_fd() {
  const Where where = device_->where("export buffer");
  if (!options_.shared) {
    return invalid(where, "only a buffer created with S4_BUFFER_SHARED can be exported");
  }
  drm_prime_handle args{};
  args.handle = handle_;
  args.flags = DRM_CLOEXEC | DRM_RDWR;
  if (const int error = device_->transport().prime_handle_to_fd(args)) {
    return failed(where, error, "export the buffer");
  }
  return args.fd;
}

}  // namespace s4::core
