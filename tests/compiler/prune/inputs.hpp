// SPDX-License-Identifier: MIT
// Weights and activations for tests and figures, all from one random source.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/prune/banks.hpp"
#include "seed.hpp"

namespace s4::test {

// Normal, [rows][k].
std::vector<float> random_weights(Random& random, uint32_t rows, uint32_t k);

// Activations [k][columns] that depend on each other as those of a network do: each input is a mix
// of `sources` shared ones, plus a tenth of its own, cut at zero as by a ReLU.
std::vector<float> correlated_inputs(Random& random, uint32_t k, uint32_t columns,
                                     uint32_t sources);

// ||(W - W') X|| / ||W X||, element by element as written.
double output_error(const prune::Matrix& before, const std::vector<float>& after,
                    const std::vector<float>& x, uint32_t columns);

}  // namespace s4::test
