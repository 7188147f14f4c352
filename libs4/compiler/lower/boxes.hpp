// SPDX-License-Identifier: MIT
// Commands over boxes have at most six dimensions: dimensions of extent 1 go, and those that lie
// behind each other in every operand become one. What still has more is cut along the outermost.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "compiler/lower/view.hpp"

namespace s4::compiler {

// Operands of one shape.
struct Box {
  std::vector<uint32_t> shape;                 // 1 to S4_MAX_DIMS extents
  std::vector<std::vector<uint32_t>> strides;  // an operand each
  std::vector<int64_t> offsets;                // elements, an operand each
};

// Calls `command` for each box that all of `views` (equal shapes) together make. Strides must not
// be negative or beyond 32 bits: throws CompileError.
void for_each_box(std::span<const View* const> views,
                  const std::function<void(const Box&)>& command);

}  // namespace s4::compiler
