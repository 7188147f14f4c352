// SPDX-License-Identifier: MIT
#include "inputs.hpp"

#include <algorithm>
#include <cmath>

namespace s4::test {

std::vector<float> random_weights(Random& random, uint32_t rows, uint32_t k) {
  std::vector<float> weights(size_t{rows} * k);
  for (float& w : weights)
    w = random.normal();
  return weights;
}

std::vector<float> correlated_inputs(Random& random, uint32_t k, uint32_t columns,
                                     uint32_t sources) {
  const std::vector<float> shared = random_weights(random, sources, columns);
  std::vector<float> x(size_t{k} * columns);
  for (uint32_t i = 0; i < k; ++i) {
    float* row = x.data() + size_t{i} * columns;
    // Few sources an input, so that generating costs little beside what is measured.
    for (int mixed = 0; mixed < 6; ++mixed) {
      const float* source = shared.data() + random.below(sources) * columns;
      const float factor = random.normal();
      for (uint32_t c = 0; c < columns; ++c)
        row[c] += factor * source[c];
    }
    for (uint32_t c = 0; c < columns; ++c)
      row[c] = std::max(0.0f, row[c] + 0.1f * random.normal());
  }
  return x;
}

double output_error(const prune::Matrix& before, const std::vector<float>& after,
                    const std::vector<float>& x, uint32_t columns) {
  double changed = 0, total = 0;
  for (uint32_t r = 0; r < before.rows; ++r) {
    for (uint32_t c = 0; c < columns; ++c) {
      double y = 0, difference = 0;
      for (uint32_t i = 0; i < before.k; ++i) {
        const double input = x[size_t{i} * columns + c];
        const double w = before.row(r)[i];
        y += w * input;
        difference += (w - after[size_t{r} * before.k + i]) * input;
      }
      changed += difference * difference;
      total += y * y;
    }
  }
  return std::sqrt(changed / total);
}

}  // namespace s4::test
