// SPDX-License-Identifier: MIT
#include "model/onnx.hpp"

#include <fmt/core.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <stdexcept>

namespace s4::bench {
namespace {

constexpr double kTableSize = 1;
constexpr float kNormEpsilon = 1e-12f;

class Exporter {
 public:
  Exporter(const Network& network, Values values)
      : network_(network), graph_(network.name, values), value_(network.tensors.size()) {}

  onnx::ModelProto run() {
    for (const Layer& layer : network_.layers) {
      // The card's attention goes by parts of the batch; here the first does all of it.
      if (layer.image > 0) {
        continue;
      }
      declare_input(layer.x);
      add(layer);
    }
    const int last = network_.layers.back().y;
    graph_.output(value(last), last_dims(last));
    return graph_.take();
  }

 private:
  const Tensor& tensor(int number) const { return network_.tensors[static_cast<size_t>(number)]; }
  std::string& value(int number) { return value_[static_cast<size_t>(number)]; }

  static bool is_image(const Tensor& t) { return t.height > 1; }
  static Dims image_dims(const Tensor& t) { return {t.images, t.channels, t.height, t.width}; }
  static Dims token_dims(const Tensor& t) { return {t.images, t.width, t.channels}; }
  Dims last_dims(int number) const {
    const Tensor& t = tensor(number);
    return t.width == 1 ? Dims{t.images, t.channels} : token_dims(t);
  }

  void declare_input(int number) {
    if (!value(number).empty()) {
      return;
    }
    const Tensor& t = tensor(number);
    value(number) = t.name;
    const bool ids = t.type == S4_TYPE_INT32;
    graph_.input(t.name,
                 ids           ? Dims{t.images, t.width}
                 : is_image(t) ? image_dims(t)
                               : token_dims(t),
                 ids);
  }

  void add(const Layer& layer) {
    switch (layer.kind) {
      case Kind::kConv:
        return conv(layer);
      case Kind::kMatrix:
        return network_.x(layer).width == 1 ? classifier(layer) : matrix(layer);
      case Kind::kMaxPool:
        return max_pool(layer);
      case Kind::kMean:
        return mean(layer);
      case Kind::kGather:
        return gather(layer);
      case Kind::kAdd:
        return layer.b < 0 ? add_table(layer) : add_tensor(layer);
      case Kind::kNorm:
        return norm(layer);
      case Kind::kScores:
        return scores(layer);
      case Kind::kSoftmax:
        return softmax(layer);
      case Kind::kContext:
        return context(layer);
    }
  }

  // What the layer's y is from now on.
  onnx::NodeProto& result(const Layer& layer, std::string_view op, const std::string& name,
                          const std::vector<std::string>& inputs) {
    value(layer.y) = name;
    return graph_.node(op, name, inputs);
  }
  double weight_size(const Layer& layer) const {
    return 1 / std::sqrt(static_cast<double>(network_.k(layer)));
  }
  std::string bias(const Layer& layer) {
    return graph_.weights(layer.name + ".bias", {network_.y(layer).channels}, weight_size(layer));
  }

  void conv(const Layer& layer) {
    const int64_t side = layer.kernel;
    const int64_t padding = layer.padding;
    const std::string w = graph_.weights(
        layer.name + ".weight",
        {network_.y(layer).channels, network_.x(layer).channels, side, side}, weight_size(layer));
    onnx::NodeProto& node = result(layer, "Conv", layer.name, {value(layer.x), w, bias(layer)});
    attribute(node, "kernel_shape", Dims{side, side});
    attribute(node, "strides", Dims{layer.stride, layer.stride});
    attribute(node, "pads", Dims{padding, padding, padding, padding});
    finish(layer);
  }

  void classifier(const Layer& layer) {
    const std::string w = graph_.weights(layer.name + ".weight",
                                         {network_.y(layer).channels, network_.x(layer).channels},
                                         weight_size(layer));
    attribute(result(layer, "Gemm", layer.name, {value(layer.x), w, bias(layer)}), "transB",
              int64_t{1});
    finish(layer);
  }

  void matrix(const Layer& layer) {
    const std::string w = graph_.weights(layer.name + ".weight",
                                         {network_.x(layer).channels, network_.y(layer).channels},
                                         weight_size(layer));
    result(layer, "MatMul", layer.name + ".product", {value(layer.x), w});
    result(layer, "Add", layer.name, {value(layer.y), bias(layer)});
    finish(layer);
  }

  // Residual and activation.
  void finish(const Layer& layer) {
    if (layer.b >= 0) {
      result(layer, "Add", layer.name + ".sum", {value(layer.y), value(layer.b)});
    }
    switch (layer.activation) {
      case S4_ACT_NONE:
        return;
      case S4_ACT_RELU:
        result(layer, "Relu", layer.name + ".relu", {value(layer.y)});
        return;
      case S4_ACT_GELU:
        return gelu(layer);
      default:
        throw std::logic_error(layer.name + " has an activation that no ONNX operator stands for");
    }
  }

  // x / 2 * (1 + erf(x / sqrt(2))), in the order that exporters of BERT write and runtimes know.
  void gelu(const Layer& layer) {
    const std::string name = layer.name + ".gelu";
    const std::string x = value(layer.y);
    graph_.node("Div", name + ".scaled",
                {x, graph_.scalar(name + ".sqrt2", std::numbers::sqrt2_v<float>)});
    graph_.node("Erf", name + ".erf", {name + ".scaled"});
    graph_.node("Add", name + ".share", {name + ".erf", graph_.scalar(name + ".one", 1)});
    graph_.node("Mul", name + ".twice", {x, name + ".share"});
    result(layer, "Mul", name, {name + ".twice", graph_.scalar(name + ".half", 0.5f)});
  }

  void max_pool(const Layer& layer) {
    const int64_t side = layer.kernel;
    const int64_t padding = layer.padding;
    onnx::NodeProto& node = result(layer, "MaxPool", layer.name, {value(layer.x)});
    attribute(node, "kernel_shape", Dims{side, side});
    attribute(node, "strides", Dims{layer.stride, layer.stride});
    attribute(node, "pads", Dims{padding, padding, padding, padding});
  }

  void mean(const Layer& layer) {
    result(layer, "GlobalAveragePool", layer.name, {value(layer.x)});
    result(layer, "Flatten", layer.name + ".flat", {value(layer.y)});
  }

  void gather(const Layer& layer) {
    result(layer, "Gather", layer.name, {table(layer), value(layer.x)});
  }

  std::string table(const Layer& layer) {
    return graph_.weights(layer.name + ".table", {layer.entries, network_.y(layer).channels},
                          kTableSize);
  }

  void add_table(const Layer& layer) {
    graph_.node("Slice", layer.name + ".rows",
                {table(layer), graph_.numbers(layer.name + ".begin", {0}),
                 graph_.numbers(layer.name + ".end", {network_.y(layer).width})});
    result(layer, "Add", layer.name, {value(layer.x), layer.name + ".rows"});
  }

  void add_tensor(const Layer& layer) {
    result(layer, "Add", layer.name, {value(layer.x), value(layer.b)});
  }

  void norm(const Layer& layer) {
    std::string x = value(layer.x);
    if (layer.b >= 0) {
      x = layer.name + ".sum";
      graph_.node("Add", x, {value(layer.x), value(layer.b)});
    }
    const Dims dims{network_.y(layer).channels};
    onnx::NodeProto& node = result(layer, "LayerNormalization", layer.name,
                                   {x, graph_.filled(layer.name + ".gain", dims, 1),
                                    graph_.filled(layer.name + ".offset", dims, 0)});
    attribute(node, "axis", int64_t{-1});
    attribute(node, "epsilon", kNormEpsilon);
  }

  // Query, key and value are thirds of a token's channels, a head after the other in each:
  // [sequence][head][token][channel], the key's last two the other way round.
  void scores(const Layer& layer) {
    const std::string& qkv = value(layer.x);
    onnx::NodeProto& split = graph_.node("Split", layer.name + ".query", {qkv});
    attribute(split, "axis", int64_t{2});
    split.add_output(layer.name + ".key");
    split.add_output(values_name(layer));
    heads(layer, layer.name + ".query", {0, 2, 1, 3});
    heads(layer, layer.name + ".key", {0, 2, 3, 1});
    heads(layer, values_name(layer), {0, 2, 1, 3});
    result(layer, "MatMul", layer.name, {layer.name + ".query.heads", layer.name + ".key.heads"});
  }

  // Of the tensor that has the values, so that the product with them finds it.
  std::string values_name(const Layer& layer) const {
    return tensor(layer.kind == Kind::kScores ? layer.x : layer.b).name + ".value";
  }

  void heads(const Layer& layer, const std::string& part, const Dims& order) {
    const Tensor& t = network_.x(layer);
    graph_.node(
        "Reshape", part + ".split",
        {part, graph_.numbers(part + ".shape", {t.images, t.width, layer.heads, layer.width})});
    attribute(graph_.node("Transpose", part + ".heads", {part + ".split"}), "perm", order);
  }

  void softmax(const Layer& layer) {
    graph_.node("Div", layer.name + ".scaled",
                {value(layer.x),
                 graph_.scalar(layer.name + ".root", std::sqrt(static_cast<float>(layer.width)))});
    attribute(result(layer, "Softmax", layer.name, {layer.name + ".scaled"}), "axis", int64_t{-1});
  }

  void context(const Layer& layer) {
    const Tensor& y = network_.y(layer);
    graph_.node("MatMul", layer.name + ".heads", {value(layer.x), values_name(layer) + ".heads"});
    attribute(graph_.node("Transpose", layer.name + ".tokens", {layer.name + ".heads"}), "perm",
              Dims{0, 2, 1, 3});
    result(layer, "Reshape", layer.name,
           {layer.name + ".tokens", graph_.numbers(layer.name + ".shape", token_dims(y))});
  }

  const Network& network_;
  OnnxGraph graph_;
  std::vector<std::string> value_;  // ONNX name of each tensor so far; empty: none yet
};

}  // namespace

onnx::ModelProto make_onnx(const Network& network, Values values) {
  return Exporter(network, values).run();
}

void write_onnx(const onnx::ModelProto& model, const std::string& file) {
  std::ofstream to(file, std::ios::binary);
  if (!model.SerializeToOstream(&to) || !to.flush()) {
    throw std::runtime_error(fmt::format("cannot write {}", file));
  }
}

}  // namespace s4::bench
