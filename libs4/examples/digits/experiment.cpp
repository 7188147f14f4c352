// SPDX-License-Identifier: MIT
#include "experiment.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <numeric>

#include "reference.hpp"

namespace s4::digits {
namespace {

Error wrong(std::string message) {
  return Error{Code::kInvalidArgument, 0, {}, "read", std::move(message)};
}

// What the card is given: [digits][inputs].
template <typename Digits>
std::vector<int8_t> inputs_of(const Digits& digits, const Network& net) {
  std::vector<int8_t> all;
  all.reserve(digits.size() * net.inputs);
  for (const Digit& digit : digits) {
    const auto input = to_input(digit, net);
    all.insert(all.end(), input.begin(), input.end());
  }
  return all;
}

Reading reading_of(std::span<const float> logits) {
  const int best = best_of(logits);
  const double top = logits[static_cast<size_t>(best)];
  const double sum =
      std::accumulate(logits.begin(), logits.end(), 0.0,
                      [&](double part, float logit) { return part + std::exp(logit - top); });
  return {best, 1 / sum};
}

size_t count_mismatches(const Reference& reference, std::span<const int8_t> inputs,
                        const Run& run) {
  size_t count = 0;
  const size_t width = inputs.size() / run.size();
  for (size_t i = 0; i < run.size(); ++i) {
    const auto wanted = reference.logits(inputs.subspan(i * width, width));
    const auto got = run.of(i);
    count += std::memcmp(wanted.data(), got.data(), got.size_bytes()) != 0 ? 1 : 0;
  }
  return count;
}

}  // namespace

uint64_t Measured::multiply_accumulates() const {
  return std::accumulate(
      net.layers.begin(), net.layers.end(), uint64_t{0},
      [](uint64_t sum, const Layer& layer) { return sum + layer.multiply_accumulates(); });
}

std::string Measured::degrees() const {
  std::string text;
  for (const Layer& layer : net.layers)
    text += (text.empty() ? "" : "/") + std::to_string(layer.degree);
  return text;
}

Result<Picture> read_picture(const std::filesystem::path& file) {
  const auto image = read_png(file);
  if (!image)
    return wrong(image.error());
  const auto digit = to_digit(*image);
  if (!digit)
    return wrong(file.string() + ": " + digit.error());
  return Picture{file.filename().string(), std::nullopt, *digit};
}

Result<std::vector<Picture>> read_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".png")
      files.push_back(entry.path());
  }
  if (files.empty())
    return wrong("no PNG files in " + folder.string() + "; --images names another folder");
  std::ranges::sort(files);
  std::vector<Picture> pictures;
  for (const auto& file : files) {
    auto picture = read_picture(file);
    if (!picture)
      return std::move(picture).error();
    if (std::isdigit(static_cast<unsigned char>(picture->name[0])) != 0)
      picture->shows = picture->name[0] - '0';
    pictures.push_back(*std::move(picture));
  }
  return pictures;
}

Result<Measured> measure(const Device& device, const Experiment& experiment, Network net) {
  if (net.inputs != kDigitPixels)
    return wrong(net.name + " does not take pictures of 28 x 28");
  auto reference = Reference::create(net);
  if (!reference)
    return wrong(reference.error());
  auto classifier = Classifier::create(device, net, experiment.classifier);
  if (!classifier)
    return std::move(classifier).error();

  Measured measured;
  measured.weight_bytes = classifier->weight_bytes();
  if (experiment.check)
    measured.mismatches = 0;
  const auto classify = [&](std::span<const int8_t> inputs) {
    auto run = classifier->classify(inputs);
    if (run && experiment.check)
      *measured.mismatches += count_mismatches(*reference, inputs, *run);
    return run;
  };

  std::vector<Digit> digits;
  for (const Picture& picture : experiment.pictures)
    digits.push_back(picture.digit);
  const auto run = classify(inputs_of(digits, net));
  if (!run)
    return run.error();
  for (size_t i = 0; i < run->size(); ++i)
    measured.readings.push_back(reading_of(run->of(i)));

  digits.resize(1);
  const auto alone = classify(inputs_of(digits, net));
  if (!alone)
    return alone.error();
  measured.card_alone = alone->card_time;

  // Timed on the test images if they are there, else on the pictures over and over.
  digits.clear();
  if (!experiment.mnist) {
    for (size_t i = 0; i < experiment.classifier.batch; ++i)
      digits.push_back(experiment.pictures[i % experiment.pictures.size()].digit);
  }
  const auto many = classify(inputs_of(experiment.mnist ? experiment.mnist->images : digits, net));
  if (!many)
    return many.error();
  measured.card_ns =
      static_cast<double>(many->card_time.count()) / static_cast<double>(many->size());
  measured.host_ns =
      static_cast<double>(many->host_time.count()) / static_cast<double>(many->size());
  if (experiment.mnist) {
    measured.mnist_images = static_cast<uint32_t>(many->size());
    measured.mnist_right = 0;
    for (size_t i = 0; i < many->size(); ++i)
      *measured.mnist_right += best_of(many->of(i)) == experiment.mnist->labels[i] ? 1 : 0;
  }
  measured.net = std::move(net);
  return measured;
}

Score score(const Measured& measured, const std::vector<Picture>& pictures) {
  Score sum;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (!pictures[i].shows)
      continue;
    ++sum.known;
    sum.right += measured.readings[i].digit == *pictures[i].shows ? 1 : 0;
  }
  return sum;
}

}  // namespace s4::digits
