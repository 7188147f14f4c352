// SPDX-License-Identifier: MIT
// An ONNX model that grows node by node; every value is float32 unless it is said.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace s4::bench {

using Dims = std::vector<int64_t>;

// Whether weights get numbers or are declared alone, which is enough to look at the model's shape.
enum class Values { kRandom, kNone };

class OnnxGraph {
 public:
  OnnxGraph(const std::string& name, Values values);

  void input(const std::string& name, const Dims& dims, bool is_int32);
  void output(const std::string& name, const Dims& dims);

  // A node with one result, which has the node's name.
  onnx::NodeProto& node(std::string_view op, const std::string& name,
                        const std::vector<std::string>& inputs);

  // Constants, which are graph initializers. Each returns its name.
  //
  // Random numbers of either sign, between 0.65 and 1.31 times `size`, so that their root mean
  // square is `size` and none is near zero: subnormal numbers would slow down whoever computes.
  std::string weights(const std::string& name, const Dims& dims, double size);
  std::string filled(const std::string& name, const Dims& dims, float value);
  std::string scalar(const std::string& name, float value);
  std::string numbers(const std::string& name, const Dims& values);

  onnx::ModelProto take();

 private:
  onnx::TensorProto& constant(const std::string& name, const Dims& dims, int type);

  Values values_;
  uint32_t seed_ = 1;
  onnx::ModelProto model_;
};

void attribute(onnx::NodeProto& node, const std::string& name, int64_t value);
void attribute(onnx::NodeProto& node, const std::string& name, float value);
void attribute(onnx::NodeProto& node, const std::string& name, const Dims& values);

}  // namespace s4::bench
