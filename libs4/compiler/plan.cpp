// SPDX-License-Identifier: MIT
#include "compiler/plan.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "compiler/lower/weights.hpp"
#include "compiler/ops/interpreter.hpp"
#include "compiler/prune/banks.hpp"
#include "compiler/prune/magnitude.hpp"
#include "compiler/quantize/observer.hpp"

namespace s4::compiler {
namespace {

constexpr int64_t kTiny = 4096;  // weights; fewer are not worth an index plane

template <typename T>
T checked(Result<T>&& result, const std::string& what) {
  if (!result)
    fail("{}: {}", what, result.error().message);
  return std::move(*result);
}

// Scales of the values that matrices read, from what the interpreter sees.
std::unordered_map<ValueId, float> calibrate(const Graph& graph, const PlanOptions& options,
                                             const std::vector<ValueId>& wanted,
                                             const NextSample& next) {
  std::unordered_map<ValueId, quantize::Observer> observers;
  for (const ValueId id : wanted)
    observers[id];
  size_t samples = 0;
  while (next) {
    const std::optional<std::vector<Array>> sample = next();
    if (!sample)
      break;
    ++samples;
    interpret(graph, *sample, [&](ValueId id, const Array& array) {
      const auto found = observers.find(id);
      if (found == observers.end())
        return;
      const Array floats = array.cast(DType::kFloat32);
      if (const auto added = found->second.add(floats.data<float>()); !added)
        fail("calibration: '{}': {}", graph.value(id).name, added.error().message);
    });
  }
  if (samples == 0)
    fail(
        "INT8 needs calibration inputs: give some with --calibrate, a folder of .npy files or "
        "images");
  std::unordered_map<ValueId, float> scales;
  for (const auto& [id, observer] : observers)
    scales[id] = checked(quantize::scale(observer, options.threshold), graph.value(id).name);
  return scales;
}

struct Candidate {
  const Node* node;
  DenseMatrix matrix;
};

bool is_image_input(const Graph& graph, ValueId id) {
  return std::find(graph.inputs.begin(), graph.inputs.end(), id) != graph.inputs.end();
}

void choose_degree(const Graph& graph, const PlanOptions& options, const Candidate& candidate,
                   MatrixReport& report) {
  const prune::Matrix matrix{candidate.matrix.values, candidate.matrix.rows, candidate.matrix.k};
  if (const auto good = prune::check(matrix); !good)
    throw CompileError(node_text(*candidate.node), good.error().message);
  report.found_degree = prune::recognise(matrix);
  // A matrix of so few inputs that no bank is full says nothing of how it was pruned.
  if (candidate.matrix.k < S4_BANK)
    report.found_degree = 1;
  report.degree = report.found_degree;
  if (options.degree <= report.degree)
    return;
  if (candidate.node->op == "Conv" && is_image_input(graph, candidate.node->input(0)))
    report.why = "the first convolution";
  else if (int64_t{matrix.rows} * matrix.k < kTiny || matrix.k < S4_BANK)
    report.why = "tiny";
  if (!report.why.empty())
    return;
  report.degree = options.degree;
  const prune::Mask mask =
      checked(prune::mask_by_magnitude(matrix, options.degree), node_text(*candidate.node));
  double gone = 0, all = 0;
  for (size_t i = 0; i < mask.size(); ++i) {
    const double square = double{matrix.values[i]} * matrix.values[i];
    all += square;
    gone += mask[i] ? 0 : square;
  }
  report.weight_error = all > 0 ? std::sqrt(gone / all) : 0;
}

}  // namespace

Plan make_plan(const Graph& graph, const PlanOptions& options, const NextSample& next) {
  if (options.degree && !prune::is_degree(options.degree))
    fail("degree {}: the card knows 1, 2, 4, 8, 16 and 32", options.degree);
  Plan plan;
  std::vector<ValueId> wanted;
  std::vector<ValueId> reads;  // what each matrix reads
  for (const Node& node : graph.nodes) {
    std::optional<DenseMatrix> matrix = matrix_of(graph, node);
    if (!matrix)
      continue;
    const ValueId weights = node.input(1);
    MatrixReport report;
    report.node = node.name;
    report.weights = graph.value(weights).name;
    report.rows = matrix->rows;
    report.k = matrix->k;
    choose_degree(graph, options, {&node, std::move(*matrix)}, report);
    MatrixPlan& chosen = plan.assignment.matrices[weights];
    chosen.degree = report.degree;
    chosen.error = static_cast<float>(report.weight_error);
    plan.matrices.push_back(std::move(report));
    reads.push_back(node.input(0));
    wanted.push_back(node.input(0));
  }
  if (options.precision == Precision::kBf16)
    return plan;
  const auto scales = calibrate(graph, options, wanted, next);
  size_t at = 0;
  for (const Node& node : graph.nodes) {
    if (at == reads.size())
      break;
    const auto found = plan.assignment.matrices.find(node.input(1));
    if (found == plan.assignment.matrices.end() || plan.matrices[at].node != node.name)
      continue;
    found->second.type = plan.matrices[at].type = S4_TYPE_INT8;
    found->second.x_scale = scales.at(reads[at]);
    ++at;
  }
  // A value that only INT8 matrices read is written as INT8 by whoever makes it.
  const Graph::Uses uses = graph.uses();
  for (const auto& [id, scale] : scales) {
    bool only = !uses.is_output[id] && uses.producer[id] != Graph::Uses::kNobody;
    for (const size_t reader : uses.consumers[id]) {
      const Node& node = graph.nodes[reader];
      const auto matrix = plan.assignment.matrices.find(node.input(1));
      const bool as_operand = node.input(0) == id && node.input(3) != id;
      const bool as_residual = node.domain == "s4" && node.input(3) == id && node.input(0) != id;
      only = only && matrix != plan.assignment.matrices.end() &&
             matrix->second.type == S4_TYPE_INT8 && (as_operand || as_residual);
    }
    if (only)
      plan.assignment.int8_scale[id] = scale;
  }
  return plan;
}

}  // namespace s4::compiler
