// SPDX-License-Identifier: MIT
// Makes ONNX models in memory.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "compiler/ir/array.hpp"

namespace s4::compiler {

class ModelBuilder {
 public:
  explicit ModelBuilder(int64_t opset = 17) {
    model_.set_ir_version(8);
    auto* import = model_.add_opset_import();
    import->set_version(opset);
    graph().set_name("test");
  }
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }
  onnx::ModelProto& model() { return model_; }

  // An extent of 0 is written as the symbol "N".
  ModelBuilder& input(const std::string& name, const Shape& shape, DType type = DType::kFloat32) {
    describe(*graph().add_input(), name, shape, type);
    return *this;
  }
  ModelBuilder& output(const std::string& name) {
    graph().add_output()->set_name(name);
    return *this;
  }
  onnx::TensorProto& constant(const std::string& name, const Array& array) {
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(static_cast<int>(array.type()));
    for (const int64_t extent : array.shape())
      tensor->add_dims(extent);
    tensor->set_raw_data(array.raw(), array.bytes());
    return *tensor;
  }
  onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
    auto* made = graph().add_node();
    made->set_op_type(op);
    for (const std::string& name : inputs)
      made->add_input(name);
    for (const std::string& name : outputs)
      made->add_output(name);
    return *made;
  }
  std::string bytes() const { return model_.SerializeAsString(); }

 private:
  static void describe(onnx::ValueInfoProto& info, const std::string& name, const Shape& shape,
                       DType type) {
    info.set_name(name);
    auto* tensor = info.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(static_cast<int>(type));
    for (const int64_t extent : shape) {
      auto* dim = tensor->mutable_shape()->add_dim();
      if (extent)
        dim->set_dim_value(extent);
      else
        dim->set_dim_param("N");
    }
  }
  onnx::ModelProto model_;
};

inline void set(onnx::NodeProto& node, const std::string& name, std::vector<int64_t> values) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (const int64_t value : values)
    attribute->add_ints(value);
}
inline void set(onnx::NodeProto& node, const std::string& name, int64_t value) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

}  // namespace s4::compiler
