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

// A pause before a turn, in which the threads of those that had theirs go to sleep.
void let_others_sleep();

// Runs every contender `turns` times, each turn at least some milliseconds long after an unmeasured
// iteration and a pause.
void measure(std::vector<Contender>& contenders, unsigned turns);

}  // namespace s4::bench
