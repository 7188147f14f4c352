// SPDX-License-Identifier: MIT
// From a user's picture to what the networks were trained on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "net_file.hpp"

namespace s4::digits {

constexpr std::size_t kDigitSide = 28;
constexpr std::size_t kDigitPixels = kDigitSide * kDigitSide;
constexpr std::uint32_t kImageMaxSide = 4096;
constexpr std::uintmax_t kImageMaxBytes = std::uintmax_t{32} << 20;  // of the PNG file

struct GrayImage {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> pixels;  // [height][width], 0 black
};

// [28][28], white (255) ink on black, centred by mass, as the images of MNIST.
using Digit = std::array<std::uint8_t, kDigitPixels>;

// Any PNG of up to 4096 x 4096: colours become grey; what is transparent becomes paper, white or
// black, whichever the visible pixels stand out from.
[[nodiscard]] tl::expected<GrayImage, std::string> parse_png(std::span<const std::byte> file);
[[nodiscard]] tl::expected<GrayImage, std::string> read_png(const std::filesystem::path& path);

// Finds the ink (lighter or darker than the border), crops it, scales it to fit 20 x 20 with its
// proportions kept, and centres it by mass. An image in which nothing stands out is an error.
[[nodiscard]] tl::expected<Digit, std::string> to_digit(const GrayImage& image);

// The network's INT8 input: round(pixel * 127 / 255), in the order of its columns.
[[nodiscard]] std::vector<std::int8_t> to_input(std::span<const std::uint8_t, kDigitPixels> digit,
                                                const Network& net);

}  // namespace s4::digits
