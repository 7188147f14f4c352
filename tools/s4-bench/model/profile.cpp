// SPDX-License-Identifier: MIT
#include "model/profile.hpp"

#include <time.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace s4::bench {

std::optional<double> thread_seconds(std::string_view name) {
  std::optional<double> sum;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    if (comm != name) {
      continue;
    }
    double nanoseconds = 0;  // a thread that has just ended has used none
    std::ifstream(task.path() / "schedstat") >> nanoseconds;
    sum = sum.value_or(0) + nanoseconds * 1e-9;
  }
  return sum;
}

double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace s4::bench
