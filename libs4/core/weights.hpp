// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/buffer.hpp"
#include "sparse/layout.hpp"

namespace s4::core {

// A verified blob's planes in card memory. Does not change; shared freely.
class Weights {
 public:
  static Result<std::shared_ptr<Weights>> upload(const std::shared_ptr<Device>& device,
                                                 std::span<const std::byte> blob);

  const sparse::Shape& shape() const { return shape_; }
  const std::shared_ptr<Buffer>& buffer() const { return buffer_; }
  uint64_t bytes() const { return bytes_; }  // of both planes
  uint64_t values_offset() const { return 0; }
  uint64_t indices_offset() const { return indices_offset_; }

 private:
  sparse::Shape shape_;
  std::shared_ptr<Buffer> buffer_;
  uint64_t bytes_ = 0;
  uint64_t indices_offset_ = 0;
};

}  // namespace s4::core
