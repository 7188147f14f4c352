// SPDX-License-Identifier: MIT
// Decides degrees and types of matrices, from the weights and from calibration inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/lower/assignment.hpp"
#include "compiler/quantize/threshold.hpp"

namespace s4::compiler {

enum class Precision { kBf16, kInt8 };

struct PlanOptions {
  Precision precision = Precision::kBf16;
  // Of matrices that may be pruned: by magnitude, to this. 0: none is pruned; each has the degree
  // that its zeros already give it, so nothing is lost.
  uint32_t degree = 0;
  quantize::ThresholdOptions threshold;
};

// What was decided for one matrix, for the report.
struct MatrixReport {
  std::string node;
  std::string weights;
  uint32_t rows = 0, k = 0;
  uint32_t found_degree = 1;  // of the model's own zeros
  uint32_t degree = 1;
  s4_type type = S4_TYPE_BF16;
  double weight_error = 0;  // ||W - W'|| / ||W|| of pruning
  std::string why;          // it stays dense, or in BF16: the reason; else empty
};

struct Plan {
  Assignment assignment;
  std::vector<MatrixReport> matrices;
};

// Inputs of the graph, one set of them a call; nullopt ends. With INT8 it is called until then.
using NextSample = std::function<std::optional<std::vector<Array>>()>;

// Of a graph that optimize() went over. The first convolution, matrices with fewer than 4096
// weights and those with k below 64 stay dense unless their zeros say otherwise. Throws
// CompileError.
Plan make_plan(const Graph& graph, const PlanOptions& options, const NextSample& next = {});

}  // namespace s4::compiler
