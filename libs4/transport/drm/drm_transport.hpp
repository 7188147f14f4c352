// SPDX-License-Identifier: MIT
// The kernel's driver, over its accel node.
#pragma once

#include <memory>
#include <string>

#include "transport/transport.hpp"

namespace s4::transport {

// Opens a node such as "/dev/accel/accel0" and checks that the driver behind it is s4 and of a
// version that this library speaks.
Result<std::unique_ptr<Transport>> open_drm(const std::string& node);

}  // namespace s4::transport
