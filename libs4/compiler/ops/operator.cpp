// SPDX-License-Identifier: MIT
#include "compiler/ops/operator.hpp"

#include <algorithm>

#include "compiler/ops/families.hpp"

namespace s4::compiler {
namespace {

// Of several rows of a name the one with the greatest `since` that the version reaches.
std::vector<const Operator*> collect() {
  std::vector<const Operator*> all;
  for (const Family family :
       {ops::unary(), ops::eltwise(), ops::shape(), ops::move(), ops::matrix(), ops::conv(),
        ops::pool(), ops::reduce(), ops::norm(), ops::resize(), ops::quantize(), ops::fused()})
    for (const Operator& entry : family)
      all.push_back(&entry);
  std::stable_sort(all.begin(), all.end(), [](const Operator* a, const Operator* b) {
    return std::tie(a->domain, a->name, a->since) < std::tie(b->domain, b->name, b->since);
  });
  return all;
}

const std::vector<const Operator*>& table() {
  static const std::vector<const Operator*> all = collect();  // constant once made
  return all;
}

}  // namespace

const Operand& Call::operand(size_t i) const {
  if (!has(i))
    error(fmt::format("operand {} is missing", i));
  return inputs[i];
}

const Array& Call::array(size_t i) const {
  const Operand& found = operand(i);
  if (!found.array)
    error(
        fmt::format("operand {} must be constant: fold it into the model, or export the model "
                    "with fixed shapes",
                    i));
  return *found.array;
}

void Call::error(const std::string& message) const {
  throw CompileError(node_text(node), message);
}

const Operator* find_operator(std::string_view domain, std::string_view name, int64_t opset) {
  const Operator* found = nullptr;
  for (const Operator* entry : table())
    if (entry->domain == domain && entry->name == name && entry->since <= opset)
      found = entry;
  return found && opset <= found->until ? found : nullptr;
}

std::vector<const Operator*> all_operators() {
  return table();
}

}  // namespace s4::compiler
