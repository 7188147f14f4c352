// SPDX-License-Identifier: MIT
// Words for what the card's numbers mean.
#pragma once

#include <string>

#include "s4/abi/s4_cmd.h"
#include "s4/s4.h"

namespace s4::core {

const char* opcode_name(uint32_t opcode);

// Name of the descriptor's field at `offset`, such as "y_pitch"; "byte 77" for one that has none.
std::string field_name(uint32_t opcode, uint32_t offset);

// What s4_cmd_check() found wrong.
std::string describe_check(const s4_cmd& command, uint32_t status, uint32_t detail);

// Why a job failed; `command` is the one that did, or null.
std::string describe_failure(const s4_job_report& report, const s4_cmd* command);

}  // namespace s4::core
