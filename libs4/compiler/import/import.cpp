// SPDX-License-Identifier: MIT
#include "compiler/import/import.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "compiler/import/tensor.hpp"
#include "compiler/ops/interpreter.hpp"

namespace s4::compiler {
namespace {

// Results of this size at most are computed while importing: shape arithmetic, small tables.
constexpr int64_t kFoldBytes = 1 << 20;
constexpr int kMostNodes = 1000000;

// Builds a graph from a GraphProto, names to values.
class Importer {
 public:
  Importer(const onnx::ModelProto& model, std::string folder, const ImportOptions& options)
      : model_(model), external_(std::move(folder)), options_(options) {}

  Graph run();

 private:
  void read_opsets();
  void refuse_unknown() const;
  void add_initializers();
  void add_inputs();
  void add_nodes();
  void add_outputs();
  Shape input_shape(const onnx::ValueInfoProto& input) const;
  Node node_of(const onnx::NodeProto& proto, int index);
  Attribute attribute_of(const Node& node, const onnx::AttributeProto& proto);
  void define(const std::string& name, ValueId id, const std::string& where);
  void infer_and_fold(Node node);

  const onnx::ModelProto& model_;
  ExternalData external_;
  const ImportOptions& options_;
  Graph graph_;
  std::unordered_map<std::string, ValueId> names_;
  std::map<std::string, int64_t> opsets_;  // by domain; "" is ONNX's own
};

std::string own_domain(const std::string& domain) {
  return domain == "ai.onnx" ? "" : domain;
}

Graph Importer::run() {
  if (!model_.has_graph())
    fail("the model has no graph");
  if (model_.functions_size())
    fail("the model has functions of its own ('{}'): export it with them inlined",
         model_.functions(0).name());
  graph_.name = model_.graph().name();
  read_opsets();
  refuse_unknown();
  add_initializers();
  add_inputs();
  add_nodes();
  add_outputs();
  graph_.verify();
  return std::move(graph_);
}

void Importer::read_opsets() {
  for (const auto& opset : model_.opset_import())
    opsets_[own_domain(opset.domain())] = opset.version();
  if (!opsets_.contains(""))
    opsets_[""] = 1;  // what a model without a statement has
}

// All of them at once: who has one operator to replace wants to know of the others.
void Importer::refuse_unknown() const {
  const auto& nodes = model_.graph().node();
  if (nodes.size() > kMostNodes)
    fail("the graph has {} nodes, more than {}", nodes.size(), kMostNodes);
  std::string missing;
  int count = 0;
  for (const auto& proto : nodes) {
    const std::string domain = own_domain(proto.domain());
    const auto opset = opsets_.find(domain);
    const int64_t version = opset == opsets_.end() ? 0 : opset->second;
    if (find_operator(domain, proto.op_type(), version))
      continue;
    if (++count <= 20)
      missing += fmt::format("\n  {}{}{} '{}' (opset {})", domain, domain.empty() ? "" : ".",
                             proto.op_type(), proto.name(), version);
  }
  if (count)
    fail(
        "{} of the model's {} nodes are of operators or versions that are not known:{}{}\nExport "
        "the model with another opset, or replace them (docs/sdk.md lists those that are known)",
        count, nodes.size(), missing, count > 20 ? "\n  ..." : "");
}

void Importer::define(const std::string& name, ValueId id, const std::string& where) {
  if (!names_.emplace(name, id).second)
    fail("{}: '{}' is made twice; the model is not in single-assignment form", where, name);
}

void Importer::add_initializers() {
  for (const auto& tensor : model_.graph().initializer())
    define(tensor.name(), graph_.add_constant(tensor.name(), read_tensor(tensor, external_)),
           "initializer");
  if (model_.graph().sparse_initializer_size())
    fail("the model has sparse initializers; export it with dense ones");
}

Shape Importer::input_shape(const onnx::ValueInfoProto& input) const {
  const auto given = options_.shapes.find(input.name());
  const auto& tensor = input.type().tensor_type();
  if (given != options_.shapes.end())
    return given->second;
  if (!tensor.has_shape())
    fail("input '{}' has no shape; give it with --shape {}=N,N,...", input.name(), input.name());
  Shape shape;
  for (int i = 0; i < tensor.shape().dim_size(); ++i) {
    const auto& dim = tensor.shape().dim(i);
    if (dim.has_dim_value() && dim.dim_value() > 0) {
      shape.push_back(dim.dim_value());
      continue;
    }
    const std::string symbol = dim.has_dim_param() ? dim.dim_param() : "";
    const auto extent = options_.dimensions.find(symbol);
    if (!symbol.empty() && extent != options_.dimensions.end()) {
      shape.push_back(extent->second);
    } else if (i == 0) {
      shape.push_back(1);  // one image or sentence unless another batch is asked for
    } else if (symbol.empty()) {
      fail("dimension {} of input '{}' is open; give the whole shape with --shape {}=N,N,...", i,
           input.name(), input.name());
    } else {
      fail("dimension {} of input '{}', '{}', is open; give it with --dim {}=N", i, input.name(),
           symbol, symbol);
    }
  }
  return shape;
}

void Importer::add_inputs() {
  std::unordered_set<std::string> known;
  for (const auto& input : model_.graph().input()) {
    known.insert(input.name());
    if (names_.contains(input.name()))
      continue;  // an initializer that older versions list here too
    if (!input.type().has_tensor_type())
      fail("input '{}' is a sequence, a map or an optional; only tensors are known", input.name());
    const DType type = dtype_of_onnx(input.type().tensor_type().elem_type());
    if (type == DType::kUndefined)
      fail("input '{}' has elements of type {} of ONNX, which is not known", input.name(),
           input.type().tensor_type().elem_type());
    const Shape shape = input_shape(input);
    (void)element_count(shape);
    const ValueId id = graph_.add_value(input.name(), {type, shape});
    define(input.name(), id, "input");
    graph_.inputs.push_back(id);
  }
  for (const auto& [name, shape] : options_.shapes)
    if (!known.contains(name))
      fail("a shape was given for input '{}', which the model does not have", name);
}

Attribute Importer::attribute_of(const Node& node, const onnx::AttributeProto& proto) {
  switch (proto.type()) {
    case onnx::AttributeProto::INT:
      return proto.i();
    case onnx::AttributeProto::FLOAT:
      return proto.f();
    case onnx::AttributeProto::STRING:
      return proto.s();
    case onnx::AttributeProto::INTS:
      return std::vector<int64_t>(proto.ints().begin(), proto.ints().end());
    case onnx::AttributeProto::FLOATS:
      return std::vector<float>(proto.floats().begin(), proto.floats().end());
    case onnx::AttributeProto::STRINGS:
      return std::vector<std::string>(proto.strings().begin(), proto.strings().end());
    case onnx::AttributeProto::TENSOR:
      return read_tensor(proto.t(), external_);
    default:
      throw CompileError(node_text(node),
                         fmt::format("attribute '{}' is a graph, a sparse tensor or "
                                     "a type, which is not known",
                                     proto.name()));
  }
}

Node Importer::node_of(const onnx::NodeProto& proto, int index) {
  Node node;
  node.op = proto.op_type();
  node.domain = own_domain(proto.domain());
  node.opset = opsets_.at(node.domain);
  node.name = proto.name().empty() ? fmt::format("{}_{}", node.op, index) : proto.name();
  for (const std::string& input : proto.input()) {
    const auto found = names_.find(input);
    if (!input.empty() && found == names_.end())
      throw CompileError(node_text(node),
                         fmt::format("reads '{}', which nothing makes before it", input));
    node.inputs.push_back(input.empty() ? kNone : found->second);
  }
  for (const auto& attribute : proto.attribute())
    node.attributes.set(attribute.name(), attribute_of(node, attribute));
  for (const std::string& output : proto.output()) {
    if (output.empty()) {
      node.outputs.push_back(kNone);
      continue;
    }
    const ValueId id = graph_.add_value(output, {});
    define(output, id, node_text(node));
    node.outputs.push_back(id);
  }
  return node;
}

// Types of the results; their elements too, when all operands are known and it is cheap.
void Importer::infer_and_fold(Node node) {
  const std::vector<TensorType> types = infer_node(graph_, node);
  bool known = true;
  int64_t bytes = 0;
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == kNone)
      continue;
    graph_.value(node.outputs[i]).type = types[i];
    bytes += element_count(types[i].shape) * static_cast<int64_t>(dtype_bytes(types[i].type));
  }
  std::vector<const Array*> operands;
  Array stand_in;  // of Shape and Size, which do not look at elements
  const bool shape_only = node.domain.empty() && (node.op == "Shape" || node.op == "Size");
  for (const ValueId id : node.inputs) {
    const Array* constant = graph_.constant(id);
    if (!constant && shape_only) {
      stand_in = Array(graph_.type(id).type, graph_.shape(id), nullptr, nullptr);
      constant = &stand_in;
    }
    known = known && (id == kNone || constant);
    operands.push_back(constant);
  }
  if (!known || bytes > kFoldBytes) {
    graph_.nodes.push_back(std::move(node));
    return;
  }
  const std::vector<Array> results = evaluate_node(node, operands);
  for (size_t i = 0; i < node.outputs.size(); ++i)
    if (node.outputs[i] != kNone)
      graph_.value(node.outputs[i]).constant = results[i];
}

void Importer::add_nodes() {
  int index = 0;
  for (const auto& proto : model_.graph().node())
    infer_and_fold(node_of(proto, index++));
}

void Importer::add_outputs() {
  for (const auto& output : model_.graph().output()) {
    const auto found = names_.find(output.name());
    if (found == names_.end())
      fail("output '{}' is made by nothing", output.name());
    graph_.outputs.push_back(found->second);
  }
  if (graph_.outputs.empty())
    fail("the model has no outputs");
}

Graph parse(std::span<const std::byte> bytes, const std::string& folder,
            const ImportOptions& options) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    fail("the model has {} bytes; protobuf allows 2 GB: save it with external data", bytes.size());
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  onnx::ModelProto model;
  if (!model.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage())
    fail("it is no ONNX model, or one that is damaged or cut short");
  return Importer(model, folder, options).run();
}

}  // namespace

Graph import_onnx(std::span<const std::byte> bytes, const std::string& folder,
                  const ImportOptions& options) {
  try {
    return parse(bytes, folder, options);
  } catch (const CompileError&) {
    throw;
  } catch (const std::exception& e) {
    fail("the model cannot be imported: {}", e.what());
  }
}

Graph import_onnx(const std::string& path, const ImportOptions& options) {
  const auto file = MappedFile::open(path);
  try {
    Graph graph =
        import_onnx(file->bytes(), std::filesystem::path(path).parent_path().string(), options);
    if (graph.name.empty())
      graph.name = std::filesystem::path(path).stem().string();
    return graph;
  } catch (const CompileError& e) {
    fail("{}: {}", path, e.what());
  }
}

}  // namespace s4::compiler
