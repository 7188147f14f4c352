// SPDX-License-Identifier: MIT
// Arrays of a caller whose elements may be longer or shorter than ours: driver/s4_uobj.c.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "s4/abi/s4_accel.h"
#include "s4/abi/s4_mmu.h"

namespace s4::sim {

// 0; -EINVAL: too many or too short; -E2BIG: an element says more than is understood; -EFAULT.
template <typename T>
int copy_array(const drm_s4_array& in, uint32_t most, std::vector<T>* out) {
  if (in.count > most)
    return -EINVAL;
  if (in.count == 0)
    return 0;
  if (in.stride < sizeof(T))
    return -EINVAL;
  if (in.stride > S4_PAGE_SIZE)
    return -E2BIG;
  if (in.array == 0)
    return -EFAULT;
  out->resize(in.count);
  const auto* from = reinterpret_cast<const unsigned char*>(in.array);
  for (T& element : *out) {
    const auto beyond = [](unsigned char byte) { return byte != 0; };
    if (std::any_of(from + sizeof(T), from + in.stride, beyond))
      return -E2BIG;
    std::memcpy(&element, from, sizeof(T));
    from += in.stride;
  }
  return 0;
}

}  // namespace s4::sim
