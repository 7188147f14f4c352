// SPDX-License-Identifier: MIT
#include "compiler/lower/emitter.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "compiler/lower/place.hpp"
#include "s4/abi/s4_weights.h"
#include "sparse/crc32c.hpp"

namespace s4::compiler {
namespace {

constexpr uint64_t kAlign = S4_WEIGHTS_ALIGN;

}  // namespace

Emitter::Emitter() = default;

uint32_t Emitter::add_arena(uint64_t bytes) {
  blocks_.push_back({model::Section::kArena, 0, 0, std::max<uint64_t>(bytes, 1)});
  return static_cast<uint32_t>(blocks_.size() - 1);
}

uint32_t Emitter::add_input(model::Tensor tensor) {
  blocks_.push_back(
      {model::Section::kInput, static_cast<uint32_t>(program_.inputs.size()), 0, tensor.bytes});
  program_.inputs.push_back(std::move(tensor));
  return static_cast<uint32_t>(blocks_.size() - 1);
}

uint32_t Emitter::add_output(model::Tensor tensor) {
  blocks_.push_back(
      {model::Section::kOutput, static_cast<uint32_t>(program_.outputs.size()), 0, tensor.bytes});
  program_.outputs.push_back(std::move(tensor));
  return static_cast<uint32_t>(blocks_.size() - 1);
}

uint32_t Emitter::add_image(const void* data, uint64_t bytes) {
  std::vector<std::byte>& image = program_.weights;
  const uint64_t offset = image.size();
  image.resize((offset + bytes + kAlign - 1) / kAlign * kAlign);
  std::memcpy(image.data() + offset, data, bytes);
  blocks_.push_back({model::Section::kWeights, 0, offset, bytes});
  return static_cast<uint32_t>(blocks_.size() - 1);
}

uint32_t Emitter::add_constant(const void* data, uint64_t bytes) {
  const uint32_t crc = sparse::crc32c(0, data, bytes);
  const auto [first, last] = constants_.equal_range(crc);
  for (auto it = first; it != last; ++it) {
    const Block& known = blocks_[it->second];
    if (known.bytes == bytes &&
        std::memcmp(program_.weights.data() + known.offset, data, bytes) == 0)
      return it->second;
  }
  const uint32_t block = add_image(data, bytes);
  constants_.emplace(crc, block);
  return block;
}

uint32_t Emitter::add_matrix(std::string name, std::span<const std::byte> blob) {
  const uint32_t block = add_image(blob.data(), blob.size());
  program_.matrices.push_back({std::move(name), blocks_[block].offset, blob.size(),
                               static_cast<uint32_t>(program_.layers.size() - 1)});
  return block;
}

void Emitter::begin_layer(model::Layer layer) {
  program_.layers.push_back(std::move(layer));
}

void Emitter::add(const s4_cmd& command, std::span<const Place> places) {
  commands_.push_back(
      {command, {places.begin(), places.end()}, static_cast<uint32_t>(program_.layers.size() - 1)});
}

model::Program Emitter::finish(std::string name) {
  std::vector<Lifetime> lives(blocks_.size());
  for (size_t i = 0; i < blocks_.size(); ++i)
    if (blocks_[i].section == model::Section::kArena)
      lives[i] = {blocks_[i].bytes, std::numeric_limits<size_t>::max(), 0};
  for (size_t i = 0; i < commands_.size(); ++i) {
    for (const Place& place : commands_[i].places) {
      Lifetime& life = lives[place.block];
      life.first = std::min(life.first, i);
      life.last = std::max(life.last, i);
    }
  }
  const Arena arena = place(lives);
  for (size_t i = 0; i < blocks_.size(); ++i)
    if (blocks_[i].section == model::Section::kArena)
      blocks_[i].offset = arena.offsets[i];
  program_.arena_bytes = arena.bytes;
  for (const Pending& pending : commands_) {
    model::Command command;
    command.descriptor = pending.command;
    command.layer = pending.layer;
    for (const Place& place : pending.places) {
      const Block& block = blocks_[place.block];
      command.bindings.push_back(
          {place.field, block.section, block.index, block.offset + place.offset});
    }
    program_.commands.push_back(std::move(command));
  }
  program_.name = std::move(name);
  program_.weights_bytes = program_.weights.size();
  return std::move(program_);
}

}  // namespace s4::compiler
