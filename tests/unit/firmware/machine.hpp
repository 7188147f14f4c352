// SPDX-License-Identifier: MIT
// Something that runs the firmware on a FakeCard: compiled for the host, or the image that ships on
// the MCU's interpreter. The same tests run on both.
#pragma once

#include <memory>
#include <string>

#include "fake_card.hpp"

namespace s4::fwtest {

enum class Kind { kHost, kImage };

class Machine {
 public:
  static std::unique_ptr<Machine> create(Kind kind, FakeCard& card);
  virtual ~Machine() = default;

  // Runs until the firmware sleeps or has crashed.
  virtual void run() = 0;
  // Instructions executed so far; 0 on the host.
  virtual uint64_t instructions() const = 0;
};

inline std::string kind_name(Kind kind) {
  return kind == Kind::kHost ? "Host" : "Image";
}

}  // namespace s4::fwtest
