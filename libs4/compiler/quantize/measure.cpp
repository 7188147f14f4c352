// SPDX-License-Identifier: MIT
#include "compiler/quantize/measure.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace s4::quantize {
namespace {

Error bad(std::string message) {
  return Error{Code::kInvalidArgument, 0, {}, "measure", std::move(message)};
}

}  // namespace

Result<Difference> measure(std::span<const float> reference, std::span<const float> other) {
  if (reference.size() != other.size() || reference.empty()) {
    return bad(
        fmt::format("{} values were given to compare with {}", other.size(), reference.size()));
  }
  Difference result;
  double signal = 0, power = 0, product = 0, noise = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    const double a = reference[i];
    const double b = other[i];
    if (!std::isfinite(a) || !std::isfinite(b))
      return bad(fmt::format("element {}: {} beside {}; both must be finite", i, b, a));
    const double error = std::fabs(a - b);
    signal += a * a;
    power += b * b;
    product += a * b;
    noise += error * error;
    if (error > result.max_error) {
      result.max_error = error;
      result.max_index = i;
    }
  }
  result.sqnr_db =
      noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
  if (signal > 0 && power > 0)
    result.cosine = product / std::sqrt(signal) / std::sqrt(power);
  else
    result.cosine = signal == power ? 1 : 0;
  return result;
}

}  // namespace s4::quantize
