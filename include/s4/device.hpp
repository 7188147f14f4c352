// SPDX-License-Identifier: MIT
// A card, opened.
//
//   auto device = s4::Device::open("sim:memory=1G").value();
//   std::puts(device.info().value().serial.c_str());
//
// Owns one address space on the card. Thread-safe. Buffers, queues and the rest keep what they
// need of it alive, so that it may be destroyed before them.
#pragma once

#include <string>
#include <vector>

#include "result.hpp"
#include "telemetry.hpp"

namespace s4 {

struct DeviceInfo {
  unsigned index = 0;           // among the cards that S4_VISIBLE_DEVICES leaves
  Code state = Code::kSuccess;  // or why it cannot be opened; then see problem
  std::string problem;
  std::string name;
  std::string transport;  // "drm" or "sim"
  std::string bus_id;     // "0000:01:00.0" or "sim:0"
  std::string node;       // "/dev/accel/accel0"; empty with sim
  std::string serial;
  std::string driver_version;
  uint32_t abi_version = 0;  // major << 16 | minor
  uint32_t fw_version = 0;   // S4_FW_VERSION
  unsigned num_cores = 0;
  unsigned max_queues = 0;
  uint32_t clock_top_khz = 0;  // the clock that card cycles count
  uint32_t sram_bytes = 0;     // on-chip memory a core
  unsigned reset_count = 0;
  uint64_t dram_bytes = 0;
  uint64_t aperture_bytes = 0;  // card memory that the CPU reaches

  static DeviceInfo from(const s4_device_info& raw) {
    DeviceInfo d;
    d.index = raw.index;
    d.state = static_cast<Code>(raw.state);
    d.problem = raw.problem;
    d.name = raw.name;
    d.transport = raw.transport;
    d.bus_id = raw.bus_id;
    d.node = raw.node;
    d.serial = raw.serial;
    d.driver_version = raw.driver_version;
    d.abi_version = raw.abi_version;
    d.fw_version = raw.fw_version;
    d.num_cores = raw.num_cores;
    d.max_queues = raw.max_queues;
    d.clock_top_khz = raw.clock_top_khz;
    d.sram_bytes = raw.sram_bytes;
    d.reset_count = raw.reset_count;
    d.dram_bytes = raw.dram_bytes;
    d.aperture_bytes = raw.aperture_bytes;
    return d;
  }
};

class Device {
 public:
  // The cards that S4_VISIBLE_DEVICES leaves; Code::kNoDevice when there is none.
  static Result<std::vector<DeviceInfo>> list() {
    detail::ErrorOut error;
    std::vector<s4_device_info> raw;
    size_t count = 8;
    do {  // a card may appear between two calls
      raw.assign(count, s4_device_info{});
      raw[0].size = sizeof(s4_device_info);
      s4_code code = s4_device_list(raw.data(), sizeof(s4_device_info), &count, error);
      if (code != S4_SUCCESS)
        return error.take();
    } while (count > raw.size());
    std::vector<DeviceInfo> infos;
    for (size_t i = 0; i < count; ++i)
      infos.push_back(DeviceInfo::from(raw[i]));
    return infos;
  }

  // What S4_DEVICE names, else the first visible card.
  static Result<Device> open() { return open_raw(nullptr); }
  // An index, a serial number, a bus id, a device node, or "sim:OPTIONS".
  static Result<Device> open(const std::string& name) { return open_raw(name.c_str()); }

  Result<DeviceInfo> info() const {
    detail::ErrorOut error;
    s4_device_info raw{};
    raw.size = sizeof raw;
    s4_code code = s4_device_get_info(get(), &raw, error);
    if (code != S4_SUCCESS)
      return error.take();
    return DeviceInfo::from(raw);
  }

  Result<MemoryInfo> memory() const {
    detail::ErrorOut error;
    s4_memory_info raw{};
    raw.size = sizeof raw;
    s4_code code = s4_device_get_memory(get(), &raw, error);
    return detail::check(
        code, error,
        MemoryInfo{raw.total, raw.reserved, raw.used, raw.visible_free, raw.largest_free});
  }

  Result<Telemetry> telemetry() const {
    detail::ErrorOut error;
    s4_telemetry raw{};
    s4_code code = s4_device_get_telemetry(get(), &raw, sizeof raw, error);
    if (code != S4_SUCCESS)
      return error.take();
    return Telemetry::from(raw);
  }

  s4_device* get() const noexcept { return handle_.get(); }

 private:
  explicit Device(s4_device* raw) : handle_(raw) {}
  static Result<Device> open_raw(const char* name) {
    detail::ErrorOut error;
    s4_device* raw = nullptr;
    if (s4_device_open(name, &raw, error) != S4_SUCCESS)
      return error.take();
    return Device(raw);
  }
  detail::Handle<s4_device, s4_device_release> handle_;
};

}  // namespace s4
