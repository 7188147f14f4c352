// SPDX-License-Identifier: MIT
// A network as a list of layers over tensors, for a batch and a precision. It says what is
// computed; placement.hpp says where the tensors stand, build.hpp makes commands of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "s4/abi/s4_cmd.h"

namespace s4::bench {

// [images][height][width][channels], channels fastest. A sequence of tokens is an image of
// height 1.
struct Tensor {
  std::string name;
  uint32_t images;
  uint32_t height;
  uint32_t width;
  uint32_t channels;
  s4_type type;
  bool outside = false;  // the host's input or output: in DRAM, and there as long as the network

  uint64_t pixels() const { return uint64_t{images} * height * width; }
  uint64_t elements() const { return pixels() * channels; }
  uint64_t bytes() const;
};

// What stands for one in INT8: of activations, and of a softmax's results.
inline constexpr float kInt8One = 32;
inline constexpr float kInt8Share = 127;

enum class Kind {
  kConv,     // b: added before the activation
  kMatrix,   // the same weights for every pixel
  kMaxPool,  // of windows, `padding` of them on each side outside of x
  kMean,     // over the pixels of each image
  kGather,   // rows of a table of `entries` rows by the numbers in x
  kAdd,  // x + b; without b, + the first rows of a table of `entries` rows, the same for each image
  kNorm,  // LayerNorm of x + b over the channels, with gain and offset
  // Attention of `heads` heads, for as many images from `image` on as its tensors
  // [image][head][token][token] have. Query, key and value are a third each of the channels of one
  // tensor.
  kScores,   // query by key, both in x
  kSoftmax,  // of x / sqrt(channels of a head)
  kContext,  // x by value, which is in b
};

// How much of a layer's weights is pruned.
enum class Pruning {
  kFull,   // the degree that is asked for
  kLow,    // at most kLowDegree: what is kept of a classifier
  kDense,  // nothing
};
inline constexpr uint32_t kLowDegree = 4;
uint32_t degree_of(Pruning pruning, uint32_t degree);

struct Layer {
  std::string name;
  Kind kind;
  int x;  // tensors by their number
  int y;
  int b = -1;
  uint32_t kernel = 1;
  uint32_t stride = 1;
  uint32_t padding = 0;
  Pruning pruning = Pruning::kFull;
  s4_activation activation = S4_ACT_NONE;
  uint32_t entries = 0;
  uint32_t heads = 0;
  uint32_t width = 0;  // channels of a head
  uint32_t image = 0;

  bool has_weights() const { return kind == Kind::kConv || kind == Kind::kMatrix; }
};

struct Network {
  std::string name;
  s4_type precision;  // INT8 or BF16
  uint32_t batch;
  std::vector<Tensor> tensors;
  std::vector<Layer> layers;

  const Tensor& x(const Layer& layer) const { return tensors[static_cast<size_t>(layer.x)]; }
  const Tensor& y(const Layer& layer) const { return tensors[static_cast<size_t>(layer.y)]; }
  // Inputs of a weight matrix, before its rows are padded to whole banks.
  uint32_t k(const Layer& layer) const { return layer.kernel * layer.kernel * x(layer).channels; }

  // Numbers of the layers of each name, by their first: attention by parts of a batch repeats
  // names.
  std::vector<std::vector<size_t>> layers_by_name() const;

  // Multiply-accumulates as if nothing were pruned: a layer's of the batch, and all of one
  // inference.
  uint64_t macs(const Layer& layer) const;
  uint64_t macs() const;
  // Of all weight matrices, dense, without bias.
  uint64_t weights() const;
};

// A network by its name on the command line; throws std::invalid_argument, which names the known
// ones. `sequence` 0: the network's own.
Network make_network(const std::string& name, s4_type precision, uint32_t batch, uint32_t sequence);

// ResNet v1.5 with bottleneck blocks (He et al., arXiv 1512.03385; the stride in the 3x3
// convolution, as MLPerf has it): 50, 101 or 152 layers, 224x224 pixels, batch normalisation
// folded.
Network make_resnet(unsigned depth, s4_type precision, uint32_t batch);

// BERT with a head that marks an answer's begin and end in the text (Devlin et al., arXiv
// 1810.04805): base at sequences of 128 tokens, large of 384, unless `sequence` is another. Its
// LayerNorms read sums in BF16, also where the matrices are INT8.
Network make_bert(bool large, s4_type precision, uint32_t batch, uint32_t sequence);

}  // namespace s4::bench
