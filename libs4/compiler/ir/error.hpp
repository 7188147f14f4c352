// SPDX-License-Identifier: MIT
// Why a model cannot be compiled. Thrown inside the compiler, turned into an s4::Error at its
// border.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace s4::compiler {

// A sentence or two that names the thing and the remedy. `node` says where, and may be empty.
class CompileError : public std::runtime_error {
 public:
  explicit CompileError(const std::string& message) : std::runtime_error(message) {}
  CompileError(const std::string& node, const std::string& message)
      : std::runtime_error(node.empty() ? message : node + ": " + message) {}
};

template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw CompileError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace s4::compiler
