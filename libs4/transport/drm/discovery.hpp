// SPDX-License-Identifier: MIT
// Finds cards by what the kernel shows in /sys; opens nothing.
#pragma once

#include <string>
#include <vector>

namespace s4::transport {

struct DrmCard {
  std::string node;    // "/dev/accel/accel0"
  std::string bus_id;  // "0000:01:00.0"
};

// The nodes of the s4 driver, by bus id. `sysfs` other than "/sys" is for tests.
std::vector<DrmCard> find_drm_cards(const std::string& sysfs = "/sys");

// The bus id of the device behind a node, or an empty string.
std::string bus_id_of(const std::string& node, const std::string& sysfs = "/sys");

}  // namespace s4::transport
