// SPDX-License-Identifier: MIT
// The figures of docs/pruning.md: errors by method, and the time that the layers of ResNet-50 take.
//   compiler_prune_figures errors | resnet50 [DEGREE]
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "compiler/prune/magnitude.hpp"
#include "compiler/prune/reconstruct.hpp"
#include "compiler/prune/second_order.hpp"
#include "inputs.hpp"

namespace {

using namespace s4::prune;
using s4::test::Random;
using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

void errors() {
  Random random;
  const uint32_t rows = 256, k = 1152, columns = 4096;
  const auto weights = s4::test::random_weights(random, rows, k);
  const Matrix matrix{weights, rows, k};
  Hessian hessian = Hessian::create(k).value();
  hessian.add(s4::test::correlated_inputs(random, k, columns, 256), columns).value();
  const InverseFactor inverse = factor(hessian).value();
  const Reconstruction reconstruction(hessian, inverse.ridge);
  fmt::print(
      "seed {}\n| degree | magnitude | magnitude, reconstructed | second order | "
      "reconstructed, 4 | 16 | 64 |\n|---|---|---|---|---|---|---|\n",
      random.seed());
  for (const uint32_t degree : {2u, 4u, 8u, 16u, 32u}) {
    const Mask mask = mask_by_magnitude(matrix, degree).value();
    auto after = weights;
    apply_mask(after, mask);
    fmt::print("| {} | {:.4f}", degree, hessian.relative_error(matrix, after));
    reconstruction.improve(matrix, mask, after, 16);
    fmt::print(" | {:.4f}", hessian.relative_error(matrix, after));
    for (const uint32_t iterations : {0u, 4u, 16u, 64u}) {
      const auto pruned = prune_second_order(matrix, hessian, inverse, degree, {iterations});
      fmt::print(" | {:.4f}", pruned.value().relative_error);
    }
    fmt::print(" |\n");
  }
}

struct Shape {
  uint32_t rows, k;
  int count;
};

// The convolutions and the last layer of ResNet-50 v1.5 as matrices: 54 of them, 53 and 1.
constexpr Shape kResnet50[] = {
    {64, 147, 1},    {64, 64, 1},    {64, 576, 3},   {256, 64, 4},    {64, 256, 2},
    {128, 256, 1},   {128, 1152, 4}, {512, 128, 4},  {512, 256, 1},   {128, 512, 3},
    {256, 512, 1},   {256, 2304, 6}, {1024, 256, 6}, {1024, 512, 1},  {256, 1024, 5},
    {512, 1024, 1},  {512, 4608, 3}, {2048, 512, 3}, {2048, 1024, 1}, {512, 2048, 2},
    {1000, 2048, 1},
};

void resnet50(uint32_t degree) {
  Random random;
  const uint32_t columns = 4096;
  double sum_add = 0, sum_factor = 0, sum_prune = 0;
  int layers = 0;
  fmt::print(
      "| rows | k | layers | Hessian, s | factor, s | pruning, s | error |\n"
      "|---|---|---|---|---|---|---|\n");
  for (const auto& [rows, k, count] : kResnet50) {
    const auto weights = s4::test::random_weights(random, rows, k);
    const auto x = s4::test::correlated_inputs(random, k, columns, k / 4);
    auto start = Clock::now();
    Hessian hessian = Hessian::create(k).value();
    hessian.add(x, columns).value();
    const double add = seconds(start);
    start = Clock::now();
    const InverseFactor inverse = factor(hessian).value();
    const double factored = seconds(start);
    start = Clock::now();
    const auto pruned = prune_second_order({weights, rows, k}, hessian, inverse, degree);
    const double pruning = seconds(start);
    fmt::print("| {} | {} | {} | {:.2f} | {:.2f} | {:.2f} | {:.3f} |\n", rows, k, count, add,
               factored, pruning, pruned.value().relative_error);
    std::fflush(stdout);
    sum_add += count * add;
    sum_factor += count * factored;
    sum_prune += count * pruning;
    layers += count;
  }
  fmt::print("all {} layers, degree {}, {} columns: {:.0f} + {:.0f} + {:.0f} = {:.0f} s\n", layers,
             degree, columns, sum_add, sum_factor, sum_prune, sum_add + sum_factor + sum_prune);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "errors") {
    errors();
  } else if (what == "resnet50") {
    resnet50(argc > 2 ? static_cast<uint32_t>(std::atoi(argv[2])) : 8);
  } else {
    fmt::print(stderr, "usage: {} errors | resnet50 [DEGREE]\n", argv[0]);
    return 2;
  }
}
