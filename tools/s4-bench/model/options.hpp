// SPDX-License-Identifier: MIT
// What `s4-bench model` is asked for.
#pragma once

#include <cstdint>
#include <string>

namespace s4::bench {

struct ModelOptions {
  std::string name;
  std::string precision = "int8";
  uint32_t degree = 16;
  uint32_t batch = 8;
  uint32_t sequence = 0;     // 0: the network's own
  uint32_t on_chip_mib = 0;  // for activations; 0: all cores' on-chip memory
  std::string plot;          // file for the roofline picture
  std::string export_file;  // write the network there as an ONNX model, dense, and end
  bool profile = false;
  bool peer = false;  // beside its dense self on ONNX Runtime
};

}  // namespace s4::bench
