// SPDX-License-Identifier: MIT
// Every command as docs/commands.md says it, one element at a time, with nothing shared with the
// engine's kernels.
#pragma once

#include <cstdint>

#include "fake_memory.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::test {

void reference_copy(const s4_cmd& command, FakeMemory& memory);
void reference_fill(const s4_cmd& command, FakeMemory& memory);
void reference_spmm(const s4_cmd& command, FakeMemory& memory);
void reference_eltwise(const s4_cmd& command, FakeMemory& memory);

// The one of them for the command's opcode.
void reference(const s4_cmd& command, FakeMemory& memory);

float bf16_to_float(uint16_t bits);
uint16_t float_to_bf16(float value);  // nearest even, one NaN
float canonical(float value);         // one NaN
int8_t float_to_int8(float value);    // nearest even, saturated, NaN gives 0
int32_t saturating_add(int32_t a, int32_t b);

}  // namespace s4::test
