// SPDX-License-Identifier: MIT
// The way to the hardware: a thin layer of 32-bit loads and stores at the addresses of s4_mcu.h.
// On the MCU it is empty and inline; host tests compile the same firmware against a simulated card
// (-DS4_FW_HOST).
#pragma once

#ifdef S4_FW_HOST
#include "hw/hw_host.hpp"
#else
#include "hw/hw_target.hpp"
#endif
