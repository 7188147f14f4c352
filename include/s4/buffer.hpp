// SPDX-License-Identifier: MIT
// Memory that the card reaches: the card's own, or the host's.
//
//   auto buffer = s4::Buffer::create(device, 1 << 20).value();
//   buffer.upload(0, data.data(), data.size()).value();
//
// Reads as zero when made. Thread-safe, but for two writers of the same bytes. Destroying it
// never waits: jobs that use it keep its memory until they have ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device.hpp"

namespace s4 {

enum class Placement {
  kCard = S4_PLACEMENT_CARD,
  kHost = S4_PLACEMENT_HOST,
};

class Buffer;

// A place in a buffer.
struct Address {
  const Buffer* buffer = nullptr;  // null: `offset` is an address on the card
  uint64_t offset = 0;
  Address() = default;
  Address(const Buffer& b, uint64_t bytes = 0) : buffer(&b), offset(bytes) {}
  // An address of the device's address space or of on-chip memory (S4_SRAM_VA).
  static Address absolute(uint64_t va) {
    Address a;
    a.offset = va;
    return a;
  }
  s4_address raw() const noexcept;
};

class Buffer {
 public:
  // `flags`: S4_BUFFER_MAPPABLE, S4_BUFFER_SHARED.
  static Result<Buffer> create(const Device& device, uint64_t bytes,
                               Placement placement = Placement::kCard, uint32_t flags = 0) {
    detail::ErrorOut error;
    s4_buffer_options options{};
    options.size = sizeof options;
    options.bytes = bytes;
    options.placement = static_cast<s4_placement>(placement);
    options.flags = flags;
    s4_buffer* raw = nullptr;
    if (s4_buffer_create(device.get(), &options, &raw, error) != S4_SUCCESS)
      return error.take();
    return Buffer(raw);
  }

  // From a dma-buf descriptor, which stays the caller's.
  static Result<Buffer> import(const Device& device, int fd) {
    detail::ErrorOut error;
    s4_buffer* raw = nullptr;
    if (s4_buffer_import(device.get(), fd, &raw, error) != S4_SUCCESS)
      return error.take();
    return Buffer(raw);
  }

  uint64_t bytes() const noexcept { return s4_buffer_bytes(get()); }
  uint64_t address() const noexcept { return s4_buffer_address(get()); }

  // The whole buffer in this process's memory, valid until it is destroyed. Code::kUnsupported:
  // card memory that the CPU does not reach.
  Result<std::span<std::byte>> map() {
    detail::ErrorOut error;
    void* pointer = nullptr;
    if (s4_buffer_map(get(), &pointer, error) != S4_SUCCESS)
      return error.take();
    return std::span<std::byte>(static_cast<std::byte*>(pointer), bytes());
  }

  // Copies and returns when done. Not ordered with jobs: wait for those that use the buffer.
  Result<void> upload(uint64_t offset, const void* data, uint64_t bytes) {
    detail::ErrorOut error;
    s4_code code = s4_buffer_upload(get(), offset, data, bytes, error);
    return detail::check(code, error);
  }
  Result<void> download(uint64_t offset, void* data, uint64_t bytes) const {
    detail::ErrorOut error;
    s4_code code = s4_buffer_download(get(), offset, data, bytes, error);
    return detail::check(code, error);
  }

  // A dma-buf descriptor of a S4_BUFFER_SHARED buffer, which the caller closes.
  Result<int> export_fd() const {
    detail::ErrorOut error;
    int fd = -1;
    s4_code code = s4_buffer_export(get(), &fd, error);
    return detail::check(code, error, fd);
  }

  s4_buffer* get() const noexcept { return handle_.get(); }

 private:
  explicit Buffer(s4_buffer* raw) : handle_(raw) {}
  detail::Handle<s4_buffer, s4_buffer_release> handle_;
};

inline s4_address Address::raw() const noexcept {
  return s4_address{buffer ? buffer->get() : nullptr, offset};
}

}  // namespace s4
