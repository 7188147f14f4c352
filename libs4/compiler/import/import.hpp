// SPDX-License-Identifier: MIT
// From an ONNX file to a graph whose types and extents are all known.
#pragma once

#include <map>
#include <span>
#include <string>

#include "compiler/ir/graph.hpp"

namespace s4::compiler {

struct ImportOptions {
  std::map<std::string, int64_t> dimensions;  // extents of symbols, by name: {"batch", 8}
  std::map<std::string, Shape> shapes;        // whole shapes of inputs, by name
};

// The model's graph, constants computed as far as its operands are known. Tensors of the file are
// mapped, not copied, where they stand in an external file. Throws CompileError that names the
// file, the node or the input, and the remedy; an operator that is not known is refused with all
// others of its kind.
Graph import_onnx(const std::string& path, const ImportOptions& options = {});

// The same of bytes in memory; external data is looked for in `folder`.
Graph import_onnx(std::span<const std::byte> bytes, const std::string& folder,
                  const ImportOptions& options = {});

// A file with one TensorProto, as ONNX's test data has.
Array read_tensor_file(const std::string& path);

}  // namespace s4::compiler
