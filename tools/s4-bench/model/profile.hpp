// SPDX-License-Identifier: MIT
// Processor time of the threads of this process, by their name.
#pragma once

#include <optional>
#include <string_view>

namespace s4::bench {

// Name of the thread that executes the firmware of a simulated card.
inline constexpr std::string_view kFirmwareThread = "s4-mcu";

// Seconds of processor time that threads of this name have used so far; nothing when there is none.
std::optional<double> thread_seconds(std::string_view name);

// Of all threads of this process.
double processor_seconds();

}  // namespace s4::bench
