// SPDX-License-Identifier: MIT
#include "compiler/ir/attributes.hpp"

#include <fmt/ranges.h>

namespace s4::compiler {
namespace {

struct Text {
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(float value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return "\"" + value + "\""; }
  std::string operator()(const Array& value) const {
    return fmt::format("tensor {} {}", dtype_name(value.type()), shape_text(value.shape()));
  }
  template <typename T>
  std::string operator()(const std::vector<T>& values) const {
    return fmt::format("[{}]", fmt::join(values, ", "));
  }
};

}  // namespace

std::string attribute_text(const Attribute& value) {
  return std::visit(Text{}, value);
}

const Array* Attributes::tensor(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end())
    return nullptr;
  if (const Array* value = std::get_if<Array>(&found->second))
    return value;
  wrong_type(name, found->second);
}

void Attributes::wrong_type(std::string_view name, const Attribute& value) {
  fail("attribute {} = {} has the wrong type", name, attribute_text(value));
}

}  // namespace s4::compiler
