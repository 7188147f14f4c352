// SPDX-License-Identifier: MIT
// The MNIST files (idx format, gzip or plain), for measuring accuracy. The project does not ship
// them; docs and tests name the folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "image.hpp"

namespace s4::digits {

struct LabelledDigits {
  std::vector<Digit> images;
  std::vector<std::uint8_t> labels;  // as many, each 0..9
};

// `set` is "t10k" for the 10,000 test images or "train" for the 60,000 others.
[[nodiscard]] tl::expected<LabelledDigits, std::string> read_mnist(
    const std::filesystem::path& folder, const std::string& set);

}  // namespace s4::digits
