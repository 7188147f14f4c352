// SPDX-License-Identifier: MIT
// In place of onednn_peer.cpp where oneDNN is not installed.
#include "onednn_peer.hpp"

namespace s4::bench {

bool dense_peer_built() { return false; }
std::unique_ptr<DensePeer> make_dense_peer(const DenseProblem&) { return nullptr; }
std::unique_ptr<DensePeer> make_dense_conv_peer(const ConvShape&, bool, unsigned,
                                                const std::string&) {
  return nullptr;
}

}  // namespace s4::bench
