// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "s4/result.hpp"

namespace s4::core {

class Device;

// A buffer object with its address. Whoever uses it, jobs on the card included, holds a reference;
// the last one hands it to the device's keeper, so that nobody waits for the card here.
class Buffer : public std::enable_shared_from_this<Buffer> {
 public:
  struct Options {
    uint64_t bytes = 0;
    bool host = false;
    bool mappable = false;
    bool shared = false;
  };
  static Result<std::shared_ptr<Buffer>> create(const std::shared_ptr<Device>& device,
                                                const Options& options);
  static Result<std::shared_ptr<Buffer>> import(const std::shared_ptr<Device>& device, int fd);
  ~Buffer();

  const std::shared_ptr<Device>& device() const { return device_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t address() const { return va_; }

  Result<std::byte*> map();
  Result<void> upload(uint64_t offset, const void* data, uint64_t bytes);
  Result<void> download(uint64_t offset, void* data, uint64_t bytes);
  Result<int> export_fd();

 private:
  Buffer(std::shared_ptr<Device> device, const Options& options, uint32_t handle, uint64_t bytes)
      : device_(std::move(device)), options_(options), handle_(handle), bytes_(bytes) {}
  static Result<std::shared_ptr<Buffer>> adopt(const std::shared_ptr<Device>& device,
                                               const Options& options, uint32_t handle,
                                               uint64_t bytes);
  Result<void> check_range(const char* stage, uint64_t offset, const void* data, uint64_t bytes);
  bool reachable() const { return options_.host || options_.mappable; }

  const std::shared_ptr<Device> device_;
  const Options options_;
  const uint32_t handle_;
  const uint64_t bytes_;
  uint64_t va_ = 0;
  std::mutex mutex_;
  std::byte* mapped_ = nullptr;
};

}  // namespace s4::core
