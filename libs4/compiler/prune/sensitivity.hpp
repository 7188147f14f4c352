// SPDX-License-Identifier: MIT
// Which degree for which layer: layers differ in how much they lose by pruning and in how much time
// it saves. From each layer's curve, degrees are given out where they save most for what they lose.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "s4/result.hpp"

namespace s4::prune {

struct DegreePoint {
  uint32_t degree = 1;
  double error = 0;  // what the layer loses at this degree; adds up over layers
  double cost = 0;   // what the layer takes at this degree, of card time say; adds up too
};

// Points by rising degree, at least one. The first is where the layer starts (its recognise()
// degree, so that a pruned model stays as it is); a single point pins the layer.
struct LayerCurve {
  std::string name;  // for messages
  std::vector<DegreePoint> points;
};

struct Assignment {
  std::vector<uint32_t> degrees;  // one a layer, in the order of the curves
  double error = 0;               // sums over the layers
  double cost = 0;
};

// Both are greedy: of all steps to a later point of some layer the one with the largest fall of
// cost for its rise of error comes next; of equal ones that of the earlier layer, then the smaller
// step. Points that save nothing are never taken. Relative errors of layers are independent to
// first order, so their squares are what should be given as `error`. Deterministic, pure functions.
//
// Errors, Code::kInvalidArgument: a curve without points, with degrees that do not rise, with a
// negative or not finite number; a budget that the starting points, or the cheapest points, miss.

// The default: as cheap as the greedy steps make it with a sum of errors up to `error_budget`. A
// step that would pass it is left out and others are tried.
Result<Assignment> assign_by_error(std::span<const LayerCurve> curves, double error_budget);

// With a sum of costs up to `cost_budget`: steps until it is met; then layers, the one that regains
// most error first, go back as far as the budget allows.
Result<Assignment> assign_by_cost(std::span<const LayerCurve> curves, double cost_budget);

}  // namespace s4::prune
