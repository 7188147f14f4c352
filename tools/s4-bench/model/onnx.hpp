// SPDX-License-Identifier: MIT
// A network as a dense float32 ONNX model: the same layers, nothing pruned.
#pragma once

#include <string>

#include "model/network.hpp"
#include "model/onnx_graph.hpp"

namespace s4::bench {

// Images are [image][channel][y][x], tokens [sequence][token][channel], numbers of tokens
// [sequence][token] in int32. Bias, gain and offset are there as the published networks have them,
// batch normalisation folded.
onnx::ModelProto make_onnx(const Network& network, Values values);

// Throws std::runtime_error when it cannot be written.
void write_onnx(const onnx::ModelProto& model, const std::string& file);

}  // namespace s4::bench
