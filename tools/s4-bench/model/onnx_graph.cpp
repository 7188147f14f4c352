// SPDX-License-Identifier: MIT
#include "model/onnx_graph.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

namespace s4::bench {
namespace {

constexpr int kOpset = 17;     // the first that has LayerNormalization
constexpr int kIrVersion = 8;  // of the ONNX release that made it

int64_t elements(const Dims& dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
}

void describe(onnx::ValueInfoProto& value, const std::string& name, const Dims& dims, int type) {
  value.set_name(name);
  auto* tensor = value.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  auto* shape = tensor->mutable_shape();
  for (const int64_t dim : dims) {
    shape->add_dim()->set_dim_value(dim);
  }
}

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name,
                                    onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(type);
  return a;
}

template <typename Next>
void put_floats(std::string& raw, int64_t count, Next next) {
  raw.resize(static_cast<size_t>(count) * sizeof(float));
  for (size_t at = 0; at < raw.size(); at += sizeof(float)) {
    const float value = next();
    std::memcpy(raw.data() + at, &value, sizeof value);
  }
}

}  // namespace

OnnxGraph::OnnxGraph(const std::string& name, Values values) : values_(values) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("s4-bench");
  model_.mutable_graph()->set_name(name);
  onnx::OperatorSetIdProto& opset = *model_.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
}

void OnnxGraph::input(const std::string& name, const Dims& dims, bool is_int32) {
  describe(*model_.mutable_graph()->add_input(), name, dims,
           is_int32 ? onnx::TensorProto::INT32 : onnx::TensorProto::FLOAT);
}

void OnnxGraph::output(const std::string& name, const Dims& dims) {
  describe(*model_.mutable_graph()->add_output(), name, dims, onnx::TensorProto::FLOAT);
}

onnx::NodeProto& OnnxGraph::node(std::string_view op, const std::string& name,
                                 const std::vector<std::string>& inputs) {
  onnx::NodeProto& node = *model_.mutable_graph()->add_node();
  node.set_op_type(std::string(op));
  node.set_name(name);
  for (const std::string& input : inputs) {
    node.add_input(input);
  }
  node.add_output(name);
  return node;
}

onnx::TensorProto& OnnxGraph::constant(const std::string& name, const Dims& dims, int type) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const int64_t dim : dims) {
    tensor.add_dims(dim);
  }
  return tensor;
}

std::string OnnxGraph::weights(const std::string& name, const Dims& dims, double size) {
  onnx::TensorProto& tensor = constant(name, dims, onnx::TensorProto::FLOAT);
  if (values_ == Values::kRandom) {
    const auto scale = static_cast<float>(size / std::sqrt(7.0 / 12));
    put_floats(*tensor.mutable_raw_data(), elements(dims), [&] {
      seed_ = seed_ * 1664525u + 1013904223u;
      // Any sign and fraction: a number of [0.5, 1).
      return scale * std::bit_cast<float>((seed_ & 0x80000000u) | 0x3f000000u |
                                          ((seed_ >> 8) & 0x007fffffu));
    });
  }
  return name;
}

std::string OnnxGraph::filled(const std::string& name, const Dims& dims, float value) {
  onnx::TensorProto& tensor = constant(name, dims, onnx::TensorProto::FLOAT);
  if (values_ == Values::kRandom) {
    put_floats(*tensor.mutable_raw_data(), elements(dims), [&] { return value; });
  }
  return name;
}

std::string OnnxGraph::scalar(const std::string& name, float value) {
  constant(name, {}, onnx::TensorProto::FLOAT).add_float_data(value);
  return name;
}

std::string OnnxGraph::numbers(const std::string& name, const Dims& values) {
  onnx::TensorProto& tensor =
      constant(name, {static_cast<int64_t>(values.size())}, onnx::TensorProto::INT64);
  tensor.mutable_int64_data()->Assign(values.begin(), values.end());
  return name;
}

onnx::ModelProto OnnxGraph::take() {
  return std::move(model_);
}

void attribute(onnx::NodeProto& node, const std::string& name, int64_t value) {
  add_attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

void attribute(onnx::NodeProto& node, const std::string& name, float value) {
  add_attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}

void attribute(onnx::NodeProto& node, const std::string& name, const Dims& values) {
  add_attribute(node, name, onnx::AttributeProto::INTS)
      .mutable_ints()
      ->Assign(values.begin(), values.end());
}

}  // namespace s4::bench
