// SPDX-License-Identifier: MIT
// A compiled model: the commands of one inference, the weights that they read, and where inputs and
// outputs go. What the compiler makes, a .s4m file holds, and a session runs. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/ir/array.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::model {

// Memory that commands name before it has an address.
enum class Section : uint8_t {
  kWeights = 0,  // the weights' image; `index` is 0
  kArena = 1,    // intermediate results, one arena; `index` is 0
  kInput = 2,    // `index`: of inputs
  kOutput = 3,   // `index`: of outputs
  kSram = 4,     // on-chip memory: `offset` is an address already (S4_SRAM_VA); `index` is 0
};

// An address that is written into a descriptor before it is used.
struct Binding {
  uint16_t field = 0;  // offset in struct s4_cmd, e.g. offsetof(struct s4_cmd, spmm.x)
  Section section = Section::kArena;
  uint32_t index = 0;
  uint64_t offset = 0;  // bytes into the section's memory
};

struct Command {
  struct s4_cmd descriptor = {};  // address fields zero where they are bound
  std::vector<Binding> bindings;
  uint32_t layer = 0;  // of layers
};

// An input or output as a caller has it: dense, row-major. Both sides of the interface to the card
// hold it in this form, so nothing is converted on the host.
struct Tensor {
  std::string name;
  compiler::DType type = compiler::DType::kUndefined;  // FLOAT32, INT8, INT32, ...
  compiler::Shape shape;
  uint64_t bytes = 0;
};

// A matrix in the weights' image: a complete blob of s4_weights.h, for refit and for checks.
struct Matrix {
  std::string name;     // the initializer's
  uint64_t offset = 0;  // of the blob, a multiple of 64
  uint64_t bytes = 0;
  uint32_t layer = 0;
};

// What the report and the drawing say of a layer.
struct Layer {
  std::string name;     // of the model's node
  std::string op;       // "Conv", "MatMul", "Softmax", ...
  uint32_t degree = 1;  // of its matrix; 1 without one
  uint32_t type = 0;    // enum s4_type that it computes in
  uint64_t cycles = 0;  // card time predicted for four cores together, without overlap
  std::string bound;    // "compute", "memory", "vector", "dispatch"
  uint64_t macs = 0;    // of the dense layer
  float error = 0;      // relative error of pruning, 0 when not measured
};

struct Program {
  std::string name;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<Command> commands;
  std::vector<Layer> layers;
  std::vector<Matrix> matrices;
  uint64_t arena_bytes = 0;
  std::vector<std::byte> weights;  // the image; empty in one that lies in a file (see ModelFile)
  uint64_t weights_bytes = 0;
};

}  // namespace s4::model
