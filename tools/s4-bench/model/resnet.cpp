// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <array>
#include <stdexcept>

#include "model/network.hpp"

namespace s4::bench {
namespace {

constexpr uint32_t kSide = 224;
constexpr uint32_t kClasses = 1000;
constexpr uint32_t kExpansion = 4;

std::array<uint32_t, 4> blocks_of(unsigned depth) {
  switch (depth) {
    case 50:
      return {3, 4, 6, 3};
    case 101:
      return {3, 4, 23, 3};
    case 152:
      return {3, 8, 36, 3};
    default:
      throw std::invalid_argument(fmt::format("there is no ResNet-{}", depth));
  }
}

class Maker {
 public:
  explicit Maker(Network network) : network_(std::move(network)) {}

  int tensor(const std::string& name, uint32_t side, uint32_t channels) {
    network_.tensors.push_back({name, network_.batch, side, side, channels, network_.precision});
    return static_cast<int>(network_.tensors.size()) - 1;
  }
  // A layer whose result is a new tensor.
  int add(Layer layer, uint32_t side, uint32_t channels) {
    layer.y = tensor(layer.name, side, channels);
    network_.layers.push_back(std::move(layer));
    return network_.layers.back().y;
  }
  uint32_t side(int tensor) const { return at(tensor).height; }
  uint32_t channels(int tensor) const { return at(tensor).channels; }

  // Bottleneck: 1x1 down, 3x3, 1x1 up, added to what came in.
  int block(const std::string& name, int x, uint32_t width, uint32_t stride) {
    const uint32_t in = side(x);
    const uint32_t out = in / stride;
    const int a = conv(name + ".conv1", x, in, width, {.activation = S4_ACT_RELU});
    const int b = conv(name + ".conv2", a, out, width,
                       {.kernel = 3, .stride = stride, .padding = 1, .activation = S4_ACT_RELU});
    int shortcut = x;
    if (stride != 1 || channels(x) != width * kExpansion) {
      shortcut = conv(name + ".shortcut", x, out, width * kExpansion, {.stride = stride});
    }
    return conv(name + ".conv3", b, out, width * kExpansion,
                {.b = shortcut, .activation = S4_ACT_RELU});
  }

  struct Conv {
    int b = -1;
    uint32_t kernel = 1;
    uint32_t stride = 1;
    uint32_t padding = 0;
    Pruning pruning = Pruning::kFull;
    s4_activation activation = S4_ACT_NONE;
  };
  int conv(const std::string& name, int x, uint32_t side, uint32_t channels, Conv how) {
    return add({.name = name,
                .kind = Kind::kConv,
                .x = x,
                .y = -1,
                .b = how.b,
                .kernel = how.kernel,
                .stride = how.stride,
                .padding = how.padding,
                .pruning = how.pruning,
                .activation = how.activation},
               side, channels);
  }
  Network take() { return std::move(network_); }
  Network& network() { return network_; }

 private:
  const Tensor& at(int tensor) const { return network_.tensors[static_cast<size_t>(tensor)]; }
  Network network_;
};

}  // namespace

Network make_resnet(unsigned depth, s4_type precision, uint32_t batch) {
  const std::array<uint32_t, 4> blocks = blocks_of(depth);
  Maker maker({fmt::format("resnet{}", depth), precision, batch, {}, {}});
  int x = maker.tensor("images", kSide, 3);
  maker.network().tensors[0].outside = true;
  x = maker.conv("conv1", x, kSide / 2, 64,
                 {.kernel = 7,
                  .stride = 2,
                  .padding = 3,
                  .pruning = Pruning::kDense,
                  .activation = S4_ACT_RELU});
  x = maker.add({.name = "maxpool",
                 .kind = Kind::kMaxPool,
                 .x = x,
                 .y = -1,
                 .kernel = 3,
                 .stride = 2,
                 .padding = 1},
                kSide / 4, 64);
  for (uint32_t stage = 0; stage < blocks.size(); ++stage) {
    for (uint32_t i = 0; i < blocks[stage]; ++i) {
      x = maker.block(fmt::format("layer{}.{}", stage + 1, i), x, 64u << stage,
                      stage > 0 && i == 0 ? 2 : 1);
    }
  }
  x = maker.add({.name = "avgpool", .kind = Kind::kMean, .x = x, .y = -1}, 1, maker.channels(x));
  x = maker.add({.name = "fc", .kind = Kind::kMatrix, .x = x, .y = -1, .pruning = Pruning::kLow}, 1,
                kClasses);
  Tensor& logits = maker.network().tensors[static_cast<size_t>(x)];
  logits.type = S4_TYPE_FLOAT32;
  logits.outside = true;
  return maker.take();
}

}  // namespace s4::bench
