// SPDX-License-Identifier: MIT
#include <png.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

#include "image.hpp"

namespace s4::digits {
namespace {

using Error = tl::unexpected<std::string>;

// Frees what libpng keeps in a png_image, on every way out.
struct PngReader {
  PngReader() {
    std::memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
  }
  ~PngReader() { png_image_free(&image); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  png_image image;
};

// Lays [height][width] pairs of grey and opacity on paper: white, or black if what is visible is
// light on average.
std::vector<std::uint8_t> lay_on_paper(const std::vector<std::uint8_t>& gray_alpha) {
  std::uint64_t light = 0;
  std::uint64_t opacity = 0;
  for (std::size_t i = 0; i < gray_alpha.size(); i += 2) {
    light += std::uint64_t{gray_alpha[i]} * gray_alpha[i + 1];
    opacity += gray_alpha[i + 1];
  }
  const unsigned paper = light > opacity * 127 ? 0 : 255;
  std::vector<std::uint8_t> pixels(gray_alpha.size() / 2);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const unsigned gray = gray_alpha[2 * i];
    const unsigned alpha = gray_alpha[2 * i + 1];
    pixels[i] = static_cast<std::uint8_t>((gray * alpha + paper * (255 - alpha) + 127) / 255);
  }
  return pixels;
}

}  // namespace

tl::expected<GrayImage, std::string> parse_png(std::span<const std::byte> file) {
  PngReader reader;
  png_image& image = reader.image;
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) {
    return Error(std::string("not a readable PNG image: ") + image.message);
  }
  // Checked before anything is allocated for the pixels.
  if (image.width > kImageMaxSide || image.height > kImageMaxSide) {
    return Error("the image is " + std::to_string(image.width) + " x " +
                 std::to_string(image.height) + " pixels; scale it down to " +
                 std::to_string(kImageMaxSide) + " or less a side");
  }
  const bool has_alpha = (image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  image.format = has_alpha ? PNG_FORMAT_GA : PNG_FORMAT_GRAY;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0) {
    return Error(std::string("the PNG image is damaged: ") + image.message);
  }
  return GrayImage{image.width, image.height, has_alpha ? lay_on_paper(pixels) : std::move(pixels)};
}

tl::expected<GrayImage, std::string> read_png(const std::filesystem::path& path) {
  std::error_code code;
  const auto bytes = std::filesystem::file_size(path, code);
  if (code) {
    return Error(path.string() + ": " + code.message());
  }
  if (bytes > kImageMaxBytes) {
    return Error(path.string() + ": the file has " + std::to_string(bytes) + " bytes, at most " +
                 std::to_string(kImageMaxBytes) + " are read");
  }
  std::vector<std::byte> file(bytes);
  std::ifstream in(path, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(file.data()), static_cast<std::streamsize>(bytes))) {
    return Error(path.string() + ": cannot be read");
  }
  return parse_png(file).map_error(
      [&](const std::string& fault) { return path.string() + ": " + fault; });
}

}  // namespace s4::digits
