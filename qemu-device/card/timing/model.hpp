// SPDX-License-Identifier: MIT
// Card time: what a command costs the modelled card, in cycles at the top clock. A pure function of
// the command and its slice; docs/commands/time.md gives the formulas and the
// reason of every parameter.
#pragma once

#include <cstdint>

#include "s4/abi/s4_mcu.h"
#include "timing/parameters.hpp"

namespace s4::card::timing {

uint64_t copy_cycles(const s4_cmd_copy& command);
uint64_t fill_cycles(const s4_cmd_fill& command);
uint64_t gather_cycles(const s4_cmd_gather& command);
uint64_t move_cycles(const s4_cmd_move& command);
// [begin, end) of the axis; S4_SLICE_ALL ignores it.
uint64_t spmm_cycles(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end);
uint64_t eltwise_cycles(const s4_cmd_eltwise& command, s4_slice axis, uint64_t begin,
                        uint64_t end);

}  // namespace s4::card::timing
