// SPDX-License-Identifier: MIT
// Times things that compete fairly: in turns, in one run, so that a change of the machine's clock
// or load meets all of them.
#pragma once

#include <functional>
#include <vector>

namespace s4::bench {

struct Contender {
  std::function<void(unsigned iterations)> run;
  std::vector<double> seconds{};  // of an iteration, one a turn
  unsigned iterations = 1;        // a turn, chosen by measure()
};

// Runs every contender `turns` times, each turn at least some milliseconds long after an unmeasured
// iteration and a pause that lets the others' threads go to sleep.
void measure(std::vector<Contender>& contenders, unsigned turns);

}  // namespace s4::bench
