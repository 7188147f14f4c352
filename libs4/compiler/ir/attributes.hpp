// SPDX-License-Identifier: MIT
// Attributes of a node: named integers, floats, texts, lists of them, and tensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/ir/array.hpp"

namespace s4::compiler {

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>,
                               std::vector<float>, std::vector<std::string>, Array>;

std::string attribute_text(
    const Attribute& value);  // "[3, 3]", "\"SAME_UPPER\"", "tensor float32 [4]"

class Attributes {
 public:
  void set(std::string name, Attribute value) { values_[std::move(name)] = std::move(value); }
  bool has(std::string_view name) const { return values_.contains(name); }
  const std::map<std::string, Attribute, std::less<>>& all() const { return values_; }

  // The attribute, or `other` when there is none; throws CompileError when it has another type.
  int64_t integer(std::string_view name, int64_t other) const { return get(name, other); }
  float real(std::string_view name, float other) const { return get(name, other); }
  std::string text(std::string_view name, std::string other) const {
    return get(name, std::move(other));
  }
  std::vector<int64_t> integers(std::string_view name, std::vector<int64_t> other = {}) const {
    return get(name, std::move(other));
  }
  std::vector<float> reals(std::string_view name, std::vector<float> other = {}) const {
    return get(name, std::move(other));
  }
  const Array* tensor(std::string_view name) const;  // nullptr when there is none

 private:
  [[noreturn]] static void wrong_type(std::string_view name, const Attribute& value);

  template <typename T>
  T get(std::string_view name, T other) const {
    const auto found = values_.find(name);
    if (found == values_.end())
      return other;
    if (const T* value = std::get_if<T>(&found->second))
      return *value;
    wrong_type(name, found->second);
  }

  std::map<std::string, Attribute, std::less<>> values_;
};

}  // namespace s4::compiler
