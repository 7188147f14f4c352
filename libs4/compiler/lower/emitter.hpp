// SPDX-License-Identifier: MIT
// Builds a Program: blocks of memory, constants in the weights' image, commands that name them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "compiler/lower/view.hpp"
#include "model/program.hpp"

namespace s4::compiler {

// A piece of memory that commands use. One of the arena gets its place when all are known.
struct Block {
  model::Section section = model::Section::kArena;
  uint32_t index = 0;   // of inputs or outputs
  uint64_t offset = 0;  // in the section; of an arena block set by finish()
  uint64_t bytes = 0;
};

// An address in a block, for a field of a descriptor.
struct Place {
  uint16_t field;
  uint32_t block;
  uint64_t offset;  // bytes
};

class Emitter {
 public:
  Emitter();

  uint32_t add_arena(uint64_t bytes);
  uint32_t add_input(model::Tensor tensor);
  uint32_t add_output(model::Tensor tensor);
  // Bytes of the weights' image, 64-byte aligned. Equal contents are stored once.
  uint32_t add_constant(const void* data, uint64_t bytes);
  // A whole blob of s4_weights.h; a block of it. Named, so that it can be changed later.
  uint32_t add_matrix(std::string name, std::span<const std::byte> blob);

  const Block& block(uint32_t id) const { return blocks_[id]; }

  // Commands that follow belong to this layer.
  void begin_layer(model::Layer layer);
  model::Layer& layer() { return program_.layers.back(); }
  // The next command. `places` name its memory; those without one must have 0.
  void add(const s4_cmd& command, std::span<const Place> places);
  size_t commands() const { return commands_.size(); }

  // Gives the arena's blocks their places and hands over the program.
  model::Program finish(std::string name);

 private:
  struct Pending {
    s4_cmd command;
    std::vector<Place> places;
    uint32_t layer;
  };
  uint32_t add_image(const void* data, uint64_t bytes);

  model::Program program_;
  std::vector<Block> blocks_;
  std::vector<Pending> commands_;
  std::multimap<uint32_t, uint32_t> constants_;  // CRC of the contents -> block
};

}  // namespace s4::compiler
