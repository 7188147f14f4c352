// SPDX-License-Identifier: MIT
#include "compiler/lower/boxes.hpp"

#include <limits>

namespace s4::compiler {
namespace {

struct Dim {
  int64_t extent;
  std::vector<int64_t> strides;  // an operand each
};

uint32_t checked(int64_t value) {
  if (value < 0 || value > std::numeric_limits<uint32_t>::max())
    fail("a stride or extent of {} is beyond what a command can name", value);
  return static_cast<uint32_t>(value);
}

}  // namespace

void for_each_box(std::span<const View* const> views,
                  const std::function<void(const Box&)>& command) {
  std::vector<Dim> dims;
  for (size_t i = 0; i < views[0]->rank(); ++i) {
    if (views[0]->shape[i] == 1)
      continue;
    Dim dim{views[0]->shape[i], {}};
    for (const View* view : views)
      dim.strides.push_back(view->strides[i]);
    bool joins = !dims.empty();
    for (size_t v = 0; joins && v < views.size(); ++v)
      joins = dims.back().strides[v] == dim.strides[v] * dim.extent;
    joins = joins && dims.back().extent * dim.extent <= std::numeric_limits<uint32_t>::max();
    if (joins) {
      dims.back().extent *= dim.extent;
      dims.back().strides = dim.strides;
    } else {
      dims.push_back(dim);
    }
  }
  if (dims.empty())
    dims.push_back({1, std::vector<int64_t>(views.size(), 1)});
  const size_t cut = dims.size() > S4_MAX_DIMS ? dims.size() - S4_MAX_DIMS : 0;

  Box box;
  for (const View* view : views)
    box.offsets.push_back(view->offset);
  box.strides.resize(views.size());
  for (size_t d = cut; d < dims.size(); ++d) {
    box.shape.push_back(checked(dims[d].extent));
    for (size_t v = 0; v < views.size(); ++v)
      box.strides[v].push_back(checked(dims[d].strides[v]));
  }
  // Odometer over the dimensions that were cut off.
  std::vector<int64_t> at(cut, 0);
  while (true) {
    command(box);
    size_t d = cut;
    while (d > 0) {
      --d;
      for (size_t v = 0; v < views.size(); ++v)
        box.offsets[v] += dims[d].strides[v];
      if (++at[d] < dims[d].extent)
        break;
      for (size_t v = 0; v < views.size(); ++v)
        box.offsets[v] -= dims[d].strides[v] * dims[d].extent;
      at[d] = 0;
      if (d == 0)
        return;
    }
    if (cut == 0)
      return;
  }
}

}  // namespace s4::compiler
