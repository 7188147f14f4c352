// SPDX-License-Identifier: MIT
// Pictures read by one network after another, and what that cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <s4/s4.hpp>

#include "classifier.hpp"
#include "idx.hpp"
#include "image.hpp"
#include "net_file.hpp"

namespace s4::digits {

struct Picture {
  std::string name;
  std::optional<int> shows;  // the digit that the file's name begins with; of shipped ones only
  Digit digit{};
};

struct Reading {
  int digit = 0;
  double probability = 0;  // as the network sees it: softmax of the logits
};

struct Measured {
  Network net;
  uint64_t weight_bytes = 0;
  std::vector<Reading> readings;        // of each picture
  std::optional<uint32_t> mnist_right;  // counted here, of mnist_images
  uint32_t mnist_images = 0;
  std::chrono::nanoseconds card_alone{};  // one digit in a job
  double card_ns = 0;                     // a digit, in batches
  double host_ns = 0;
  std::optional<size_t> mismatches;  // digits whose logits differ from the host's, if compared

  [[nodiscard]] uint64_t multiply_accumulates() const;
  [[nodiscard]] std::string degrees() const;  // "32/32/1", a layer each
  [[nodiscard]] unsigned degree() const { return net.layers.front().degree; }
};

struct Experiment {
  std::vector<Picture> pictures;  // at least one
  std::optional<LabelledDigits> mnist;
  bool check = false;  // compare with the host, bit for bit
  Classifier::Options classifier;
};

// The PNG files of a folder, in the order of their names; they show what their names say.
Result<std::vector<Picture>> read_folder(const std::filesystem::path& folder);
Result<Picture> read_picture(const std::filesystem::path& file);

Result<Measured> measure(const Device& device, const Experiment& experiment, Network net);

// Of the pictures whose digit is known, how many were read rightly.
struct Score {
  size_t right = 0;
  size_t known = 0;
};
Score score(const Measured& measured, const std::vector<Picture>& pictures);

}  // namespace s4::digits
