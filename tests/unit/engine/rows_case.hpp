// SPDX-License-Identifier: MIT
// What the references and cases of commands along rows share: docs/commands/rows.md again, plainly.
#pragma once

#include <functional>

#include "case.hpp"

namespace s4::test {

// f over values[e], in sixteen parts that are then folded.
float in_sixteen(const std::vector<float>& values, float start,
                 const std::function<float(float, float)>& take,
                 const std::function<float(float, float)>& fold);
float sum16(const std::vector<float>& values);
float max16(const std::vector<float>& values);

// An element of any type; load() with integers of 32 bits.
float load_any(const FakeMemory& memory, uint64_t va, uint32_t type, uint32_t scale);
// A result: scaled if it is INT8, stored.
void store_scaled(FakeMemory& memory, uint64_t va, uint32_t type, float v, uint32_t scale);

// A valid scale of a type.
uint32_t random_scale(Random& random, uint32_t type);

// Strides of a tensor whose dimensions stand in a random order with gaps; zero where `repeat` says so.
void random_strides(Random& random, const uint32_t* shape, uint32_t dims, __u32* stride,
                    bool shuffled, const std::function<bool(uint32_t)>& repeat);
// Bytes from its first to its last element.
uint64_t span_bytes(const uint32_t* shape, const __u32* stride, uint32_t dims, uint64_t size);

}  // namespace s4::test
