// SPDX-License-Identifier: MIT
// What a command is to the engine: a function that executes a checked descriptor and one that
// prices it. Adding a command is a file that defines a Command and a line in registry.cpp.
#pragma once

#include <cstdint>

#include "engine/parallel.hpp"
#include "engine/scratch.hpp"
#include "memory/memory_port.hpp"
#include "timing/cost.hpp"

namespace s4::card {

struct Kernels;

// A share [begin, end) of the axis that a command is split over.
struct Slice {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Everything a command may use while it runs. The descriptor has passed s4_cmd_check() and the
// slice lies on the steps of s4_cmd_axis().
struct Job {
  const s4_dispatch& dispatch;
  const s4_cmd& command;
  Slice slice;
  MemoryPort& memory;
  Pool& pool;
  ScratchPool& scratch;
  const Kernels& kernels;

  s4_slice axis() const { return static_cast<s4_slice>(dispatch.slice_axis); }
};

struct Command {
  s4_opcode opcode;
  Fault (*run)(const Job& job);
  timing::Cost (*cost)(const s4_cmd& command, s4_slice axis, const Slice& slice);
};

// nullptr for commands that no unit executes (and for those that do not exist).
const Command* find_command(uint32_t opcode);

extern const Command kCopyCommand;
extern const Command kFillCommand;
extern const Command kSpmmCommand;
extern const Command kEltwiseCommand;
extern const Command kConvCommand;
extern const Command kDwconvCommand;
extern const Command kMatmulCommand;
extern const Command kReduceCommand;
extern const Command kNormCommand;
extern const Command kSoftmaxCommand;
extern const Command kGatherCommand;
extern const Command kMoveCommand;
extern const Command kUnaryCommand;
extern const Command kPoolCommand;
extern const Command kResizeCommand;
extern const Command kTopkCommand;
extern const Command kRopeCommand;

inline Fault cancelled() { return Fault{.status = S4_E_CANCELLED}; }

}  // namespace s4::card
