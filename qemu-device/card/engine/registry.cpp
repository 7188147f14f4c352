// SPDX-License-Identifier: MIT
// Every command that a unit executes: one line each.
#include <array>

#include "engine/command.hpp"

namespace s4::card {
namespace {

constexpr std::array kCommands = {
    &kCopyCommand,
    &kFillCommand,
    &kSpmmCommand,
    &kEltwiseCommand,
    &kConvCommand,
    &kDwconvCommand,
    &kMatmulCommand,
    &kReduceCommand,
    &kNormCommand,
    &kSoftmaxCommand,
    &kGatherCommand,
    &kMoveCommand,
    &kUnaryCommand,
    &kPoolCommand,
    &kResizeCommand,
    &kTopkCommand,
    &kRopeCommand,
};

}  // namespace

const Command* find_command(uint32_t opcode) {
  for (const Command* command : kCommands) {
    if (command->opcode == opcode) {
      return command;
    }
  }
  return nullptr;
}

}  // namespace s4::card
