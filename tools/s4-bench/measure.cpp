// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <chrono>
#include <cmath>
#include <thread>

namespace s4::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kTurnSeconds = 0.02;

double seconds_of(Contender& contender, unsigned iterations) {
  const auto begin = Clock::now();
  contender.run(iterations);
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

void let_others_sleep() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

void measure(std::vector<Contender>& contenders, unsigned turns) {
  for (Contender& contender : contenders) {
    contender.run(1);
    const double once = seconds_of(contender, 1);
    contender.iterations = static_cast<unsigned>(std::ceil(kTurnSeconds / std::max(once, 1e-7)));
  }
  for (unsigned turn = 0; turn < turns; ++turn) {
    for (Contender& contender : contenders) {
      let_others_sleep();
      contender.run(1);
      contender.seconds.push_back(seconds_of(contender, contender.iterations) /
                                  contender.iterations);
    }
  }
}

}  // namespace s4::bench
