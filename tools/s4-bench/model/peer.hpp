// SPDX-License-Identifier: MIT
// A network's dense self in float32 on ONNX Runtime, in a process of its own (peer.js).
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>

#include "model/network.hpp"

namespace s4::bench {

class ModelPeer {
 public:
  // Returns when the peer has run once. Throws std::runtime_error, which says what to do when ONNX
  // Runtime is not there.
  ModelPeer(const Network& network, unsigned threads);
  ~ModelPeer();
  ModelPeer(const ModelPeer&) = delete;
  ModelPeer& operator=(const ModelPeer&) = delete;

  // Seconds of one inference, by the peer's own clock: what the way to it and back takes is none
  // of its time.
  double infer();
  const std::string& name() const { return name_; }

 private:
  void start(const std::string& folder, const std::string& task);
  std::string line();
  void stop();

  pid_t pid_ = -1;
  std::FILE* answers_ = nullptr;  // a socket: the peer's standard input and output
  std::string name_;
};

}  // namespace s4::bench
