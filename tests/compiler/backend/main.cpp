// SPDX-License-Identifier: MIT
// Runs folders of ONNX's own form (model.onnx, test_data_set_*/input_*.pb and output_*.pb) on the
// reference interpreter and, with --card, on the simulated card too. compiler_backend [--card]
// FOLDER...
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "compiler/compile.hpp"
#include "compiler/import/import.hpp"
#include "compiler/lower/lowering.hpp"
#include "compiler/ops/interpreter.hpp"
#include "lower/run.hpp"

namespace {

using namespace s4::compiler;
namespace fs = std::filesystem;

std::vector<Array> tensors(const fs::path& folder, const std::string& stem) {
  std::vector<Array> out;
  for (int i = 0;; ++i) {
    const fs::path file = folder / (stem + "_" + std::to_string(i) + ".pb");
    if (!fs::exists(file))
      return out;
    out.push_back(read_tensor_file(file.string()));
  }
}

// The greatest difference, over the greatest magnitude that is wanted.
double difference(const Array& got, const Array& want) {
  if (got.shape() != want.shape())
    fail("shape {} instead of {}", shape_text(got.shape()), shape_text(want.shape()));
  const std::vector<float> a = got.to_floats(), b = want.to_floats();
  double most = 1e-5, worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    most = std::max<double>(most, std::fabs(b[i]));
    worst = std::max<double>(worst, std::fabs(double{a[i]} - b[i]));
  }
  return worst / most;
}

void compare(const std::vector<Array>& got, const std::vector<Array>& want, double bound) {
  for (size_t i = 0; i < want.size(); ++i) {
    const double d = difference(got.at(i), want[i]);
    if (!(d <= bound))
      fail("output {} differs by {:.3g}", i, d);
  }
}

bool run(const fs::path& folder, bool card) {
  const std::string name = folder.filename().string();
  const char* stage = "import";
  try {
    const Graph graph = import_onnx((folder / "model.onnx").string());
    for (int set = 0;; ++set) {
      const fs::path data = folder / ("test_data_set_" + std::to_string(set));
      if (!fs::exists(data))
        break;
      const std::vector<Array> in = tensors(data, "input"), want = tensors(data, "output");
      stage = "interpreter";
      compare(interpret(graph, in), want, 1e-4);
      if (card) {
        stage = "card";
        Graph copy = graph;
        optimize(copy);
        compare(run_on_card(lower(copy, {}), in), want, 0.03);
      }
    }
    std::printf("ok %s\n", name.c_str());
    return true;
  } catch (const std::exception& e) {
    std::printf("not ok %s: %s: %s\n", name.c_str(), stage, e.what());
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool card = false, good = true;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--card")
      card = true;
    else
      good = run(argv[i], card) && good;
  }
  return good ? 0 : 1;
}
