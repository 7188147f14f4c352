// SPDX-License-Identifier: MIT
#include "compiler/prune/sensitivity.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>

#include "compiler/prune/banks.hpp"

namespace s4::prune {
namespace {

using Choice = std::vector<size_t>;  // the point of every layer

Result<void> check(std::span<const LayerCurve> curves) {
  for (const LayerCurve& curve : curves) {
    if (curve.points.empty())
      return bad_argument(fmt::format("layer '{}' has no points", curve.name));
    uint32_t degree = 0;
    for (const DegreePoint& point : curve.points) {
      if (!is_degree(point.degree) || point.degree <= degree) {
        return bad_argument(
            fmt::format("layer '{}': degree {} after {}; degrees are 1, 2, 4, 8, 16 "
                        "or 32 and rise",
                        curve.name, point.degree, degree));
      }
      degree = point.degree;
      if (!(std::isfinite(point.error) && point.error >= 0) ||
          !(std::isfinite(point.cost) && point.cost >= 0)) {
        return bad_argument(
            fmt::format("layer '{}', degree {}: error {} and cost {} must be finite "
                        "and not negative",
                        curve.name, degree, point.error, point.cost));
      }
    }
  }
  return {};
}

// Summed anew for every answer, so that no rounding of earlier steps is left in it.
double sum(std::span<const LayerCurve> curves, const Choice& choice, double DegreePoint::*what) {
  double total = 0;
  for (size_t i = 0; i < curves.size(); ++i)
    total += curves[i].points[choice[i]].*what;
  return total;
}

Assignment assignment(std::span<const LayerCurve> curves, const Choice& choice) {
  Assignment result;
  for (size_t i = 0; i < curves.size(); ++i)
    result.degrees.push_back(curves[i].points[choice[i]].degree);
  result.error = sum(curves, choice, &DegreePoint::error);
  result.cost = sum(curves, choice, &DegreePoint::cost);
  return result;
}

// Takes the best step that keeps the sum of errors within `error_budget`; false when there is none.
bool step(std::span<const LayerCurve> curves, Choice& choice, double error_budget) {
  const double infinity = std::numeric_limits<double>::infinity();
  std::optional<Choice> best;
  double best_gain = -1;
  for (size_t i = 0; i < curves.size(); ++i) {
    const auto& points = curves[i].points;
    const DegreePoint& from = points[choice[i]];
    for (size_t p = choice[i] + 1; p < points.size(); ++p) {
      const double saved = from.cost - points[p].cost;
      const double lost = points[p].error - from.error;
      if (saved <= 0)
        continue;
      const double gain = lost > 0 ? saved / lost : infinity;
      if (gain <= best_gain)
        continue;
      Choice next = choice;
      next[i] = p;
      if (sum(curves, next, &DegreePoint::error) > error_budget)
        continue;
      best = std::move(next);
      best_gain = gain;
    }
  }
  if (!best)
    return false;
  choice = *std::move(best);
  return true;
}

// Takes one layer back to the earlier point that regains most error within the budget.
bool step_back(std::span<const LayerCurve> curves, Choice& choice, double cost_budget) {
  std::optional<Choice> best;
  double most = 0;
  for (size_t i = 0; i < curves.size(); ++i) {
    const auto& points = curves[i].points;
    for (size_t p = 0; p < choice[i]; ++p) {
      const double regained = points[choice[i]].error - points[p].error;
      if (regained <= most)
        continue;
      Choice next = choice;
      next[i] = p;
      if (sum(curves, next, &DegreePoint::cost) > cost_budget)
        continue;
      best = std::move(next);
      most = regained;
    }
  }
  if (!best)
    return false;
  choice = *std::move(best);
  return true;
}

}  // namespace

Result<Assignment> assign_by_error(std::span<const LayerCurve> curves, double error_budget) {
  if (auto ok = check(curves); !ok)
    return std::move(ok).error();
  Choice choice(curves.size(), 0);
  const double start = sum(curves, choice, &DegreePoint::error);
  if (!(start <= error_budget)) {
    return bad_argument(
        fmt::format("the error budget is {}, the layers have {} where they start; "
                    "raise it",
                    error_budget, start));
  }
  while (step(curves, choice, error_budget)) {
  }
  return assignment(curves, choice);
}

Result<Assignment> assign_by_cost(std::span<const LayerCurve> curves, double cost_budget) {
  if (auto ok = check(curves); !ok)
    return std::move(ok).error();
  Choice choice(curves.size(), 0);
  while (!(sum(curves, choice, &DegreePoint::cost) <= cost_budget)) {
    if (!step(curves, choice, std::numeric_limits<double>::infinity())) {
      return bad_argument(
          fmt::format("the cost budget is {}, the cheapest degrees take {}; raise it "
                      "or allow higher degrees",
                      cost_budget, sum(curves, choice, &DegreePoint::cost)));
    }
  }
  while (step_back(curves, choice, cost_budget)) {
  }
  return assignment(curves, choice);
}

}  // namespace s4::prune
