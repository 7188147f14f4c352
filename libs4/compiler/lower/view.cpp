// SPDX-License-Identifier: MIT
#include "compiler/lower/view.hpp"

#include <numeric>
#include <utility>
#include <vector>

namespace s4::compiler {

uint32_t type_bytes(s4_type type) {
  switch (type) {
    case S4_TYPE_INT8:
      return 1;
    case S4_TYPE_BF16:
      return 2;
    case S4_TYPE_FLOAT32:
    case S4_TYPE_INT32:
      return 4;
  }
  return 0;
}

bool View::dense() const {
  int64_t step = wide ? 2 : 1;
  for (size_t i = rank(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != step)
      return false;
    step *= shape[i];
  }
  return true;
}

View View::permuted(std::span<const int64_t> permutation) const {
  View out = *this;
  for (size_t i = 0; i < rank(); ++i) {
    out.shape[i] = shape[static_cast<size_t>(permutation[i])];
    out.strides[i] = strides[static_cast<size_t>(permutation[i])];
  }
  return out;
}

View View::sliced(size_t axis, int64_t begin, int64_t extent, int64_t step) const {
  View out = *this;
  out.offset += begin * strides[axis];
  out.shape[axis] = extent;
  out.strides[axis] *= step;
  return out;
}

View View::broadcast(std::span<const int64_t> to) const {
  View out = *this;
  out.shape.assign(to.begin(), to.end());
  out.strides.assign(to.size(), 0);
  const size_t lead = to.size() - rank();
  for (size_t i = 0; i < rank(); ++i)
    out.strides[lead + i] = shape[i] == 1 ? 0 : strides[i];
  return out;
}

// Dimensions that lie behind each other without gaps are one run, of which any factors can be cut.
std::optional<View> View::reshaped(std::span<const int64_t> to) const {
  View out = *this;
  out.shape.assign(to.begin(), to.end());
  out.strides.assign(to.size(), 0);
  if (count() == 0 || count() == 1)
    return out;
  size_t from = 0, into = 0;
  while (into < to.size()) {
    if (to[into] == 1) {
      ++into;
      continue;
    }
    while (from < rank() && shape[from] == 1)
      ++from;
    // The smallest groups of dimensions on both sides with as many elements.
    size_t from_end = from + 1, into_end = into + 1;
    int64_t have = shape[from], want = to[into];
    while (have != want) {
      if (have < want)
        have *= shape[from_end++];
      else
        want *= to[into_end++];
    }
    // Innermost first: each dimension must begin where the one inside of it ends.
    std::optional<int64_t> last;  // stride of the run's innermost dimension
    int64_t step = 0;
    for (size_t i = from_end; i-- > from;) {
      if (shape[i] == 1)
        continue;
      if (last && strides[i] != step)
        return std::nullopt;
      if (!last)
        last = strides[i];
      step = strides[i] * shape[i];
    }
    int64_t stride = last.value_or(0);
    for (size_t i = into_end; i-- > into;) {
      out.strides[i] = stride;
      stride *= to[i];
    }
    from = from_end;
    into = into_end;
  }
  return out;
}

View dense_view(uint32_t block, Shape shape, s4_type type, float scale) {
  View view;
  view.block = block;
  view.strides = row_major_strides(shape);
  view.shape = std::move(shape);
  view.type = type;
  view.scale = scale;
  return view;
}

View dense_view_in_order(uint32_t block, Shape shape, std::span<const int64_t> permutation,
                         s4_type type, float scale) {
  View view = dense_view(block, std::move(shape), type, scale);
  int64_t step = 1;
  for (size_t i = permutation.size(); i-- > 0;) {
    const auto axis = static_cast<size_t>(permutation[i]);
    view.strides[axis] = step;
    step *= view.shape[axis];
  }
  return view;
}

}  // namespace s4::compiler
