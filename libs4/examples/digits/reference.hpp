// SPDX-License-Identifier: MIT
// The network on the host, plainly: what the card must give, bit for bit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "net_file.hpp"

namespace s4::digits {

// A layer with every stored entry's column spelt out, whatever the degree.
struct PlainLayer {
  std::uint32_t rows = 0;
  std::uint32_t k_padded = 0;
  bool relu = false;
  bool float_output = false;
  std::vector<std::uint16_t> columns;  // [rows][entries of a row]
  std::vector<std::int8_t> values;     // the same
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
};

class Reference {
 public:
  // Unpacks the blobs, which are checked on the way: CRC, planes, order of the indices.
  [[nodiscard]] static tl::expected<Reference, std::string> create(const Network& net);

  // The last layer's output for one column of INT8 inputs (as many as the network's `inputs`).
  [[nodiscard]] std::vector<float> logits(std::span<const std::int8_t> input) const;

 private:
  std::vector<PlainLayer> layers_;
};

// The index of the largest logit; the lowest of equal ones.
[[nodiscard]] int best_of(std::span<const float> logits);

}  // namespace s4::digits
