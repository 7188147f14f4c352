// SPDX-License-Identifier: MIT
// What an experiment found, as text.
#pragma once

#include <span>
#include <string>

#include "experiment.hpp"

namespace s4::digits {

std::string report_text(const DeviceInfo& device, const Experiment& experiment,
                        std::span<const Measured> networks);
// One JSON object.
std::string report_json(const DeviceInfo& device, const Experiment& experiment,
                        std::span<const Measured> networks);

}  // namespace s4::digits
