// SPDX-License-Identifier: MIT
#include "../image.hpp"

#include <gmock/gmock.h>
#include <png.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "files.hpp"

namespace s4::digits::test {
namespace {

using testing::HasSubstr;

GrayImage page(std::uint32_t width, std::uint32_t height, std::uint8_t paper) {
  return {width, height, std::vector<std::uint8_t>(std::size_t{width} * height, paper)};
}

void fill(GrayImage& image, std::uint32_t left, std::uint32_t top, std::uint32_t width,
          std::uint32_t height, std::uint8_t gray) {
  for (std::uint32_t y = top; y < top + height; ++y) {
    std::fill_n(image.pixels.begin() + y * image.width + left, width, gray);
  }
}

// An L: taller than wide, its mass low and left.
GrayImage letter(std::uint32_t side, std::uint32_t left, std::uint32_t top, std::uint8_t paper,
                 std::uint8_t pen) {
  GrayImage image = page(side, side, paper);
  fill(image, left, top, 10, 60, pen);
  fill(image, left, top + 50, 40, 10, pen);
  return image;
}

Digit digit_of(const GrayImage& image) {
  const auto digit = to_digit(image);
  if (!digit) {
    throw std::runtime_error(digit.error());
  }
  return *digit;
}

std::uint8_t pixel(const Digit& digit, std::size_t x, std::size_t y) {
  return digit[y * kDigitSide + x];
}

std::string png_fault(std::span<const std::byte> file) {
  const auto image = parse_png(file);
  return image ? "" : image.error();
}

Bytes encode_gray_alpha(std::uint32_t side, const std::vector<std::uint8_t>& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = side;
  image.format = PNG_FORMAT_GA;
  png_alloc_size_t size = 2 * pixels.size() + 4096;
  Bytes file(size);
  if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error(image.message);
  }
  file.resize(size);
  return file;
}

TEST(Digit, FitsTwentyPixelsAndIsCentredByMass) {
  const Digit digit = digit_of(letter(200, 100, 20, 0, 255));
  double mass = 0;
  double sum_x = 0;
  double sum_y = 0;
  std::size_t top = kDigitSide;
  std::size_t bottom = 0;
  for (std::size_t y = 0; y < kDigitSide; ++y) {
    for (std::size_t x = 0; x < kDigitSide; ++x) {
      const double v = pixel(digit, x, y);
      mass += v;
      sum_x += v * static_cast<double>(x);
      sum_y += v * static_cast<double>(y);
      if (v > 0) {
        top = std::min(top, y);
        bottom = y;
      }
    }
  }
  EXPECT_EQ(bottom - top + 1, 20u);
  EXPECT_NEAR(sum_x / mass, 13.5, 0.51);
  EXPECT_NEAR(sum_y / mass, 13.5, 0.51);
}

TEST(Digit, DarkOnLightIsTheSameAsLightOnDark) {
  EXPECT_EQ(digit_of(letter(100, 30, 20, 255, 0)), digit_of(letter(100, 30, 20, 0, 255)));
}

TEST(Digit, DoesNotDependOnWhereOnThePageItStandsOrOnHowDarkThePenIs) {
  const Digit digit = digit_of(letter(100, 30, 20, 255, 0));
  EXPECT_EQ(digit_of(letter(300, 200, 11, 255, 0)), digit);
  EXPECT_EQ(digit_of(letter(100, 30, 20, 255, 155)), digit);
}

TEST(Digit, TextureOfThePaperIsNotInk) {
  GrayImage image = letter(200, 60, 60, 240, 20);
  for (std::size_t i = 0; i < image.pixels.size(); i += 7) {
    if (image.pixels[i] == 240) {
      image.pixels[i] = 225;
    }
  }
  EXPECT_EQ(digit_of(image), digit_of(letter(200, 60, 60, 240, 20)));
}

TEST(Digit, AVerticalBarStaysABar) {
  GrayImage image = page(300, 200, 0);
  fill(image, 150, 20, 8, 160, 200);
  const Digit digit = digit_of(image);
  EXPECT_EQ(pixel(digit, 14, 14), 255);
  for (std::size_t y = 0; y < kDigitSide; ++y) {
    EXPECT_EQ(pixel(digit, 8, y), 0);
    EXPECT_EQ(pixel(digit, 19, y), 0);
  }
}

TEST(Digit, OnePixelOfInkIsEnough) {
  GrayImage image = page(4096, 4096, 255);
  fill(image, 4000, 3, 1, 1, 0);
  EXPECT_EQ(std::ranges::count_if(digit_of(image), [](int v) { return v > 0; }), 400);
}

TEST(Digit, AnEmptyPageIsAnError) {
  for (const std::uint8_t paper : {0, 127, 255}) {
    const auto digit = to_digit(page(50, 50, paper));
    ASSERT_FALSE(digit);
    EXPECT_THAT(digit.error(), HasSubstr("empty"));
  }
  GrayImage faint = page(50, 50, 200);
  fill(faint, 10, 10, 5, 5, 180);
  EXPECT_FALSE(to_digit(faint));
}

TEST(Digit, AnImageWithoutPixelsIsAnError) {
  EXPECT_FALSE(to_digit(GrayImage{}));
  EXPECT_FALSE(to_digit(GrayImage{10, 10, {}}));
}

TEST(Input, RoundsToStepsAndFollowsTheColumnsOrder) {
  Network net;
  net.inputs = kDigitPixels;
  net.pixel_stride = 13;
  Digit digit{};
  digit[0] = 255;
  digit[13] = 1;     // 0.498 steps: 0
  digit[26] = 2;     // 0.996: 1
  digit[39] = 128;   // 63.75: 64
  digit[780] = 200;  // column 60: 99.6, 100
  digit[9] = 127;    // column 61 is 793 - 784: 63.25, 63
  const auto input = to_input(digit, net);
  EXPECT_EQ(input[0], 127);
  EXPECT_EQ(input[1], 0);
  EXPECT_EQ(input[2], 1);
  EXPECT_EQ(input[3], 64);
  EXPECT_EQ(input[60], 100);
  EXPECT_EQ(input[61], 63);
}

TEST(Png, GivesThePixelsThatWereWritten) {
  const GrayImage image = letter(90, 20, 20, 250, 10);
  const auto read = parse_png(encode_png(image));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->width, 90u);
  EXPECT_EQ(read->pixels, image.pixels);
}

TEST(Png, ATransparentPageIsPaper) {
  const GrayImage solid = letter(90, 20, 20, 255, 0);
  for (const std::uint8_t pen : {0, 255}) {
    std::vector<std::uint8_t> pixels;
    for (const std::uint8_t gray : solid.pixels) {
      pixels.push_back(pen);
      pixels.push_back(gray == 0 ? 255 : 0);
    }
    const auto read = parse_png(encode_gray_alpha(90, pixels));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(digit_of(*read), digit_of(solid)) << "pen " << int{pen};
  }
}

TEST(Png, WhatIsNotAPngIsAnError) {
  EXPECT_THAT(png_fault({}), HasSubstr("not a readable PNG"));
  const std::string text = "GIF89a, and not a PNG at all";
  EXPECT_THAT(png_fault(std::as_bytes(std::span(text))), HasSubstr("not a readable PNG"));
}

TEST(Png, TruncatedBeforeItsPixelsEndIsRefusedAtEveryLength) {
  const Bytes whole = encode_png(letter(90, 20, 20, 255, 0));
  const std::size_t end_chunk = 12;
  for (std::size_t length = 0; length < whole.size() - end_chunk - 4; ++length) {
    EXPECT_NE(png_fault(std::span(whole).first(length)), "") << length << " bytes";
  }
}

TEST(Png, AFlippedBitIsRefusedOrHarmless) {
  const Bytes whole = encode_png(letter(90, 20, 20, 255, 0));
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes file = whole;
    file[bit / 8] ^= std::byte{1} << (bit % 8);
    const auto image = parse_png(file);
    refused += image ? 0 : 1;
    if (image) {
      EXPECT_EQ(image->pixels.size(), std::size_t{image->width} * image->height);
    }
  }
  EXPECT_GT(refused, whole.size() * 4);
}

TEST(Png, HugeDimensionsAreRefusedBeforeMemoryIsTaken) {
  EXPECT_THAT(png_fault(encode_png(page(4097, 1, 0))), HasSubstr("4097 x 1"));
  EXPECT_THAT(png_fault(encode_png(page(1, 4097, 0))), HasSubstr("scale it down"));
  EXPECT_EQ(png_fault(encode_png(page(4096, 2, 0))), "");
}

TEST(Png, AMissingFileIsNamed) {
  const auto image = read_png("/nonexistent/x.png");
  ASSERT_FALSE(image);
  EXPECT_THAT(image.error(), HasSubstr("/nonexistent/x.png: "));
}

}  // namespace
}  // namespace s4::digits::test
