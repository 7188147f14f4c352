// SPDX-License-Identifier: MIT
#include "image.hpp"

#include <algorithm>
#include <cmath>

namespace s4::digits {
namespace {

using Error = tl::unexpected<std::string>;

constexpr std::size_t kBoxSide = 20;  // MNIST fits a digit into 20 x 20 of the 28 x 28
// The largest difference from the paper must reach this much of 255, or the page is empty.
constexpr int kFaintestInk = 32;
// Differences below this part of the largest are taken for the paper's own texture.
constexpr float kPaperPart = 0.15f;

// One channel of floats, 0 paper to 1 ink.
struct Plane {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<float> v;  // [height][width]

  Plane(std::size_t w, std::size_t h) : width(w), height(h), v(w * h) {}
  float& at(std::size_t x, std::size_t y) { return v[y * width + x]; }
  [[nodiscard]] float at(std::size_t x, std::size_t y) const { return v[y * width + x]; }
};

// The paper's grey: the median of the picture's border.
int paper_of(const GrayImage& image) {
  std::vector<std::uint8_t> border;
  for (std::size_t x = 0; x < image.width; ++x) {
    border.push_back(image.pixels[x]);
    border.push_back(image.pixels[(image.height - 1) * std::size_t{image.width} + x]);
  }
  for (std::size_t y = 0; y < image.height; ++y) {
    border.push_back(image.pixels[y * image.width]);
    border.push_back(image.pixels[(y + 1) * image.width - 1]);
  }
  const auto middle = border.begin() + static_cast<std::ptrdiff_t>(border.size() / 2);
  std::nth_element(border.begin(), middle, border.end());
  return *middle;
}

// Ink is what differs from the paper, in the direction in which there is more room: light on dark
// paper, dark on light paper.
tl::expected<Plane, std::string> find_ink(const GrayImage& image) {
  const int paper = paper_of(image);
  const int sign = paper < 128 ? 1 : -1;
  int strongest = 0;
  for (const std::uint8_t pixel : image.pixels) {
    strongest = std::max(strongest, sign * (pixel - paper));
  }
  if (strongest < kFaintestInk) {
    return Error("the image is empty: nothing stands out from the paper");
  }
  Plane ink(image.width, image.height);
  for (std::size_t i = 0; i < ink.v.size(); ++i) {
    const float part =
        static_cast<float>(sign * (image.pixels[i] - paper)) / static_cast<float>(strongest);
    ink.v[i] = std::max(0.0f, (part - kPaperPart) / (1 - kPaperPart));
  }
  return ink;
}

Plane crop(const Plane& ink) {
  std::size_t left = ink.width;
  std::size_t right = 0;
  std::size_t top = ink.height;
  std::size_t bottom = 0;
  for (std::size_t y = 0; y < ink.height; ++y) {
    for (std::size_t x = 0; x < ink.width; ++x) {
      if (ink.at(x, y) > 0) {
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = y;
      }
    }
  }
  Plane box(right - left + 1, bottom - top + 1);
  for (std::size_t y = 0; y < box.height; ++y) {
    for (std::size_t x = 0; x < box.width; ++x) {
      box.at(x, y) = ink.at(left + x, top + y);
    }
  }
  return box;
}

// Resamples each line of `in` to `width` pixels with a triangle filter, which averages when it
// shrinks and interpolates when it enlarges; the result is transposed, so that twice does both
// axes.
Plane resample_transposed(const Plane& in, std::size_t width) {
  Plane out(in.height, width);
  const float step = static_cast<float>(in.width) / static_cast<float>(width);
  const float reach = std::max(1.0f, step);
  for (std::size_t to = 0; to < width; ++to) {
    const float centre = (static_cast<float>(to) + 0.5f) * step - 0.5f;
    const auto first = static_cast<std::size_t>(std::max(0.0f, std::ceil(centre - reach)));
    const auto last =
        std::min(in.width - 1, static_cast<std::size_t>(std::max(0.0f, centre + reach)));
    for (std::size_t y = 0; y < in.height; ++y) {
      float sum = 0;
      float weights = 0;
      for (std::size_t x = first; x <= last; ++x) {
        const float weight = std::max(0.0f, 1 - std::abs(static_cast<float>(x) - centre) / reach);
        sum += weight * in.at(x, y);
        weights += weight;
      }
      out.at(y, to) = weights > 0 ? sum / weights : 0;
    }
  }
  return out;
}

Plane fit_into_box(const Plane& ink) {
  const std::size_t longest = std::max(ink.width, ink.height);
  const auto scaled = [&](std::size_t side) {
    return std::max<std::size_t>(1, (side * kBoxSide + longest / 2) / longest);
  };
  return resample_transposed(resample_transposed(ink, scaled(ink.width)), scaled(ink.height));
}

// Where the box begins along one axis so that its centre of mass comes to the middle, as near as
// the frame allows.
std::size_t start_of(float centre_of_mass, std::size_t length) {
  const float wanted = std::nearbyint(static_cast<float>(kDigitSide) / 2 - 0.5f - centre_of_mass);
  return static_cast<std::size_t>(
      std::clamp(wanted, 0.0f, static_cast<float>(kDigitSide - length)));
}

Digit centre(const Plane& box) {
  float mass = 0;
  float sum_x = 0;
  float sum_y = 0;
  float darkest = 0;
  for (std::size_t y = 0; y < box.height; ++y) {
    for (std::size_t x = 0; x < box.width; ++x) {
      const float v = box.at(x, y);
      mass += v;
      sum_x += v * static_cast<float>(x);
      sum_y += v * static_cast<float>(y);
      darkest = std::max(darkest, v);
    }
  }
  // The crop holds ink and every filter weight is positive, so mass and darkest are too.
  const std::size_t left = start_of(sum_x / mass, box.width);
  const std::size_t top = start_of(sum_y / mass, box.height);
  Digit digit{};
  for (std::size_t y = 0; y < box.height; ++y) {
    for (std::size_t x = 0; x < box.width; ++x) {
      digit[(top + y) * kDigitSide + left + x] =
          static_cast<std::uint8_t>(std::nearbyint(box.at(x, y) / darkest * 255));
    }
  }
  return digit;
}

}  // namespace

tl::expected<Digit, std::string> to_digit(const GrayImage& image) {
  if (image.width == 0 || image.height == 0 ||
      image.pixels.size() != std::size_t{image.width} * image.height) {
    return Error("the image has no pixels");
  }
  return find_ink(image).map([](const Plane& ink) { return centre(fit_into_box(crop(ink))); });
}

std::vector<std::int8_t> to_input(std::span<const std::uint8_t, kDigitPixels> digit,
                                  const Network& net) {
  std::vector<std::int8_t> input(kDigitPixels);
  for (std::size_t column = 0; column < kDigitPixels; ++column) {
    const unsigned pixel = digit[column * net.pixel_stride % kDigitPixels];
    // 254 * pixel is even and 255 odd: no value lies half-way between two steps.
    input[column] = static_cast<std::int8_t>((pixel * 254 + 255) / 510);
  }
  return input;
}

}  // namespace s4::digits
