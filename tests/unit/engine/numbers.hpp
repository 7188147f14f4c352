// SPDX-License-Identifier: MIT
// The documents' conversions between number types, for the references; nothing shared with the
// engine's kernels.
#pragma once

#include <cstdint>

#include "fake_memory.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::test {

float bf16_to_float(uint16_t bits);
uint16_t float_to_bf16(float value);  // nearest even, one NaN
float canonical(float value);         // one NaN
int8_t float_to_int8(float value);    // nearest even, saturated, NaN gives 0
int32_t saturating_add(int32_t a, int32_t b);
float relu(float v);

uint64_t size_of(uint32_t type);  // bytes of an element
// An element as float32; an integer times its scale.
float load(const FakeMemory& memory, uint64_t va, uint32_t type, uint32_t scale_bits);
void store(FakeMemory& memory, uint64_t va, uint32_t type, float v);

}  // namespace s4::test
