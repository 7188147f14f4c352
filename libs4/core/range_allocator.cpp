// SPDX-License-Identifier: MIT
#include "core/range_allocator.hpp"

#include <algorithm>

namespace s4::core {

void RangeAllocator::take(std::map<uint64_t, uint64_t>::iterator range, uint64_t begin,
                          uint64_t end) {
  const auto [range_begin, range_end] = *range;
  free_.erase(range);
  if (range_begin < begin)
    free_[range_begin] = begin;
  if (end < range_end)
    free_[end] = range_end;
}

std::optional<uint64_t> RangeAllocator::allocate(uint64_t bytes, uint64_t align, uint64_t low,
                                                 uint64_t high) {
  if (bytes == 0)
    return std::nullopt;
  for (auto range = free_.begin(); range != free_.end() && range->first < high; ++range) {
    const uint64_t first = std::max(range->first, low);
    const uint64_t begin = (first + align - 1) & ~(align - 1);
    const uint64_t end = std::min(range->second, high);
    if (begin < first || begin >= end || end - begin < bytes)
      continue;
    take(range, begin, begin + bytes);
    return begin;
  }
  return std::nullopt;
}

std::optional<uint64_t> RangeAllocator::allocate_high(uint64_t bytes, uint64_t align) {
  if (bytes == 0)
    return std::nullopt;
  for (auto range = free_.end(); range != free_.begin();) {
    --range;
    if (range->second - range->first < bytes)
      continue;
    const uint64_t begin = (range->second - bytes) & ~(align - 1);
    if (begin < range->first)
      continue;
    take(range, begin, begin + bytes);
    return begin;
  }
  return std::nullopt;
}

void RangeAllocator::release(uint64_t begin, uint64_t bytes) {
  uint64_t end = begin + bytes;
  auto next = free_.lower_bound(begin);
  if (next != free_.begin()) {
    auto before = std::prev(next);
    if (before->second == begin) {
      begin = before->first;
      free_.erase(before);
    }
  }
  if (next != free_.end() && next->first == end) {
    end = next->second;
    free_.erase(next);
  }
  free_[begin] = end;
}

uint64_t RangeAllocator::free_bytes(uint64_t low, uint64_t high) const {
  uint64_t sum = 0;
  for (const auto& [begin, end] : free_) {
    if (begin < high && end > low)
      sum += std::min(end, high) - std::max(begin, low);
  }
  return sum;
}

uint64_t RangeAllocator::largest_free(uint64_t low, uint64_t high) const {
  uint64_t largest = 0;
  for (const auto& [begin, end] : free_) {
    if (begin < high && end > low) {
      largest = std::max(largest, std::min(end, high) - std::max(begin, low));
    }
  }
  return largest;
}

}  // namespace s4::core
