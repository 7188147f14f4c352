// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "model/network.hpp"
#include "s4/abi/s4_limits.h"

namespace s4::bench {
namespace {

struct Shape {
  uint32_t layers;
  uint32_t hidden;
  uint32_t heads;
  uint32_t sequence;  // unless another is asked for: what published figures have
};
constexpr Shape kBase{12, 768, 12, 128};
constexpr Shape kLarge{24, 1024, 16, 384};
constexpr uint32_t kVocabulary = 30522;
constexpr uint32_t kPositions = 512;
constexpr uint32_t kSegments = 2;
constexpr uint32_t kAnswers = 2;  // where the answer begins and ends

// Attention goes by so many sequences at a time that their scores leave most of the on-chip memory
// to what lives longer.
constexpr uint64_t kScoreBytes = uint64_t{S4_SRAM_BYTES} * S4_NUM_CORES / 4;

class Maker {
 public:
  Maker(const char* name, const Shape& shape, s4_type precision, uint32_t batch)
      : shape_(shape), network_{name, precision, batch, {}, {}} {}

  Network make() {
    int x = embeddings();
    for (uint32_t i = 0; i < shape_.layers; ++i) {
      x = encoder(fmt::format("layer{}", i), x);
    }
    const int answers = tokens("answers", kAnswers, S4_TYPE_FLOAT32);
    tensor(answers).outside = true;
    add({.name = "answers",
         .kind = Kind::kMatrix,
         .x = x,
         .y = answers,
         .pruning = Pruning::kDense});
    return std::move(network_);
  }

 private:
  Tensor& tensor(int number) { return network_.tensors[static_cast<size_t>(number)]; }
  int tokens(const std::string& name, uint32_t channels, s4_type type) {
    network_.tensors.push_back({name, network_.batch, 1, shape_.sequence, channels, type});
    return static_cast<int>(network_.tensors.size()) - 1;
  }
  void add(Layer layer) { network_.layers.push_back(std::move(layer)); }

  int identifiers(const std::string& name) {
    const int ids = tokens(name, 1, S4_TYPE_INT32);
    tensor(ids).outside = true;
    return ids;
  }
  int look_up(const std::string& name, uint32_t entries) {
    const int ids = identifiers(name + ".ids");
    const int y = tokens(name, shape_.hidden, S4_TYPE_BF16);
    add({.name = name, .kind = Kind::kGather, .x = ids, .y = y, .entries = entries});
    return y;
  }
  // Sums are BF16, also where the matrices are INT8, as what is normalised should be exact.
  int embeddings() {
    const int words = look_up("embedding.words", kVocabulary);
    const int segments = look_up("embedding.segments", kSegments);
    const int placed = tokens("embedding.placed", shape_.hidden, S4_TYPE_BF16);
    add({.name = "embedding.positions",
         .kind = Kind::kAdd,
         .x = words,
         .y = placed,
         .entries = kPositions});
    const int sum = tokens("embedding.sum", shape_.hidden, S4_TYPE_BF16);
    add({.name = "embedding.sum", .kind = Kind::kAdd, .x = placed, .y = sum, .b = segments});
    return norm("embedding.norm", sum);
  }
  int norm(const std::string& name, int x, int b = -1) {
    const int y = tokens(name, shape_.hidden, network_.precision);
    add({.name = name, .kind = Kind::kNorm, .x = x, .y = y, .b = b});
    return y;
  }
  int matrix(const std::string& name, int x, uint32_t channels, s4_type type,
             s4_activation activation = S4_ACT_NONE) {
    const int y = tokens(name, channels, type);
    add({.name = name, .kind = Kind::kMatrix, .x = x, .y = y, .activation = activation});
    return y;
  }

  int encoder(const std::string& name, int x) {
    const int qkv = matrix(name + ".qkv", x, 3 * shape_.hidden, network_.precision);
    const int context = tokens(name + ".context", shape_.hidden, network_.precision);
    attention(name, qkv, context);
    const int projected = matrix(name + ".projection", context, shape_.hidden, S4_TYPE_BF16);
    const int middle = norm(name + ".norm1", projected, x);
    const int up = matrix(name + ".up", middle, 4 * shape_.hidden, network_.precision, S4_ACT_GELU);
    const int down = matrix(name + ".down", up, shape_.hidden, S4_TYPE_BF16);
    return norm(name + ".norm2", down, middle);
  }

  void attention(const std::string& name, int qkv, int context) {
    const uint32_t width = shape_.hidden / shape_.heads;
    const uint64_t each = uint64_t{shape_.heads} * shape_.sequence * shape_.sequence * 2;
    const auto most = static_cast<uint32_t>(std::max<uint64_t>(kScoreBytes / each, 1));
    for (uint32_t first = 0; first < network_.batch; first += most) {
      const uint32_t images = std::min(most, network_.batch - first);
      const uint32_t length = shape_.sequence;
      const auto step = [&](const char* what, Kind kind, int x, int b, s4_type type) {
        int y = context;
        if (kind != Kind::kContext) {
          y = static_cast<int>(network_.tensors.size());
          network_.tensors.push_back({name + what, images, shape_.heads, length, length, type});
        }
        add({.name = name + what,
             .kind = kind,
             .x = x,
             .y = y,
             .b = b,
             .heads = shape_.heads,
             .width = width,
             .image = first});
        return y;
      };
      const int scores = step(".scores", Kind::kScores, qkv, -1, S4_TYPE_BF16);
      const int shares = step(".softmax", Kind::kSoftmax, scores, -1, network_.precision);
      step(".context", Kind::kContext, shares, qkv, network_.precision);
    }
  }

  const Shape& shape_;
  Network network_;
};

}  // namespace

Network make_bert(bool large, s4_type precision, uint32_t batch, uint32_t sequence) {
  Shape shape = large ? kLarge : kBase;
  if (sequence != 0) {
    shape.sequence = sequence;
  }
  if (shape.sequence > kPositions || shape.sequence % S4_BANK != 0) {
    throw std::invalid_argument(
        fmt::format("a sequence of BERT is a multiple of {} tokens here, and at most {}; not {}",
                    S4_BANK, kPositions, sequence));
  }
  return Maker(large ? "bert-large" : "bert-base", shape, precision, batch).make();
}

}  // namespace s4::bench
