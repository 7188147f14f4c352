// SPDX-License-Identifier: MIT
// TensorProto to Array.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "compiler/import/mapped_file.hpp"
#include "compiler/ir/array.hpp"

namespace onnx {
class TensorProto;
}

namespace s4::compiler {

// Files with external data of one model, each mapped once.
class ExternalData {
 public:
  explicit ExternalData(std::string folder) : folder_(std::move(folder)) {}
  // A file below the folder; throws CompileError for one outside of it, or that cannot be read.
  std::shared_ptr<const MappedFile> file(const std::string& location);

 private:
  std::string folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

// Its elements; throws CompileError that names the tensor. Complex numbers and texts are refused.
Array read_tensor(const onnx::TensorProto& proto, ExternalData& external);

// A type of ONNX that an Array can hold, or kUndefined.
DType dtype_of_onnx(int type);

}  // namespace s4::compiler
