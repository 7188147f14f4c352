// SPDX-License-Identifier: MIT
#include "model/build.hpp"

#include "model/lower.hpp"

namespace s4::bench {

std::vector<BuiltCommand> build(const Network& network, const Placement& placement,
                                const WeightPlan& weights, const Bases& bases) {
  Lowering to(network, placement, weights, bases);
  for (size_t i = 0; i < network.layers.size(); ++i) {
    to.begin(i);
    switch (network.layers[i].kind) {
      case Kind::kConv:
      case Kind::kMatrix:
        lower_matrix(to);
        break;
      case Kind::kMaxPool:
        lower_max_pool(to);
        break;
      case Kind::kMean:
        lower_mean(to);
        break;
      case Kind::kGather:
        lower_gather(to);
        break;
      case Kind::kAdd:
        lower_add(to);
        break;
      case Kind::kNorm:
        lower_norm(to);
        break;
      case Kind::kScores:
        lower_scores(to);
        break;
      case Kind::kSoftmax:
        lower_softmax(to);
        break;
      case Kind::kContext:
        lower_context(to);
        break;
    }
  }
  return to.take();
}

}  // namespace s4::bench
