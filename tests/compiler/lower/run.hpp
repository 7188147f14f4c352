// SPDX-License-Identifier: MIT
// Runs a program on the simulated card, without a file between.
#pragma once

#include <vector>

#include "compiler/ir/array.hpp"
#include "model/program.hpp"

namespace s4::compiler {

// The outputs; a failure is a test failure with the error's text, and an empty list.
std::vector<Array> run_on_card(const model::Program& program, const std::vector<Array>& inputs);

}  // namespace s4::compiler
