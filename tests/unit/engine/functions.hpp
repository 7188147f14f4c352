// SPDX-License-Identifier: MIT
// The functions of docs/commands/functions.md, one number at a time.
#pragma once

#include <cstdint>

namespace s4::test {

float fn_exp(float x);
float fn_log(float x);
float fn_tanh(float x);
float fn_sigmoid(float x);
float fn_erf(float x);
float fn_pow(float x, float y);

// enum s4_activation.
float activation(uint32_t kind, float v, float alpha, float beta);

}  // namespace s4::test
