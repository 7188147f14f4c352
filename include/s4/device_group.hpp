// SPDX-License-Identifier: MIT
// Several cards, each with its own address space, buffers and queues: nothing moves between them
// by itself.
//
//   auto group = s4::DeviceGroup::open_all().value();
//   for (s4::Device& device : group) ...
//
// Thread-safe as the devices in it are; the group itself does not change once opened.
#pragma once

#include <string>
#include <vector>

#include "device.hpp"

namespace s4 {

class DeviceGroup {
 public:
  // Every card that S4_VISIBLE_DEVICES leaves; fails if one of them cannot be opened.
  static Result<DeviceGroup> open_all() {
    auto infos = Device::list();
    if (!infos)
      return std::move(infos).error();
    std::vector<std::string> names;
    for (const DeviceInfo& info : *infos) {
      names.push_back(info.node.empty() ? info.bus_id : info.node);
    }
    return open(names);
  }

  static Result<DeviceGroup> open(const std::vector<std::string>& names) {
    DeviceGroup group;
    for (const std::string& name : names) {
      auto device = Device::open(name);
      if (!device)
        return std::move(device).error();
      group.devices_.push_back(*std::move(device));
    }
    return group;
  }

  size_t size() const noexcept { return devices_.size(); }
  Device& operator[](size_t i) noexcept { return devices_[i]; }
  auto begin() noexcept { return devices_.begin(); }
  auto end() noexcept { return devices_.end(); }

 private:
  std::vector<Device> devices_;
};

}  // namespace s4
