// SPDX-License-Identifier: MIT
// The firmware image of the simulated card: the same file that the driver loads.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "s4/result.hpp"

namespace s4::sim {

// Reads `path`; with an empty one the file that the environment variable S4_FIRMWARE names, else
// one beside this library (the build folder, an installation), else the system's.
Result<std::vector<std::byte>> load_firmware(const std::string& path);

}  // namespace s4::sim
