// SPDX-License-Identifier: MIT
// How long an empty job takes from submit to fence; in a guest beside a small read from the
// emulator's NVMe device, the other thing there that goes from a driver to a device and back.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <s4/s4.hpp>

#include "bench.hpp"

namespace s4::bench {
namespace {

constexpr unsigned kOperations = 200;  // a turn; its median is one measurement
constexpr size_t kBlock = 4096;
constexpr const char* kNvme = "/dev/nvme0n1";

// Seconds of the median of kOperations calls.
double median_seconds(const std::function<void()>& operation) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> seconds(kOperations);
  for (double& s : seconds) {
    const auto begin = Clock::now();
    operation();
    s = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  std::nth_element(seconds.begin(), seconds.begin() + kOperations / 2, seconds.end());
  return seconds[kOperations / 2];
}

// The guest's disk, opened past the page cache.
class Disk {
 public:
  Disk() : fd_(open(kNvme, O_RDONLY | O_DIRECT | O_CLOEXEC)) {
    if (posix_memalign(&block_, kBlock, kBlock) != 0) {
      block_ = nullptr;
    }
  }
  ~Disk() {
    if (fd_ >= 0) {
      close(fd_);
    }
    std::free(block_);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  bool ok() const { return fd_ >= 0 && block_ != nullptr; }
  void read() {
    if (pread(fd_, block_, kBlock, 0) != static_cast<ssize_t>(kBlock)) {
      throw std::runtime_error(fmt::format("cannot read {}", kNvme));
    }
  }

 private:
  int fd_;
  void* block_ = nullptr;
};

std::optional<std::string> run(const Options& options, Report& report) {
  auto device = options.device.empty() ? Device::open() : Device::open(options.device);
  if (!device) {
    return device.error().text();
  }
  auto queue = Queue::create(*device).value();
  const auto empty = CommandList::create(*device).value();
  const auto job = [&] { queue.submit(empty).value().wait().value(); };
  Disk disk;
  if (!disk.ok()) {
    report.note(fmt::format("no {} to compare with: run this by tools/vm run --nvme", kNvme));
  }
  std::vector<double> ours, theirs;
  job();
  for (unsigned turn = 0; turn < options.runs; ++turn) {
    ours.push_back(median_seconds(job));
    if (disk.ok()) {
      theirs.push_back(median_seconds([&] { disk.read(); }));
    }
  }
  Figure figure{"latency", "empty job", "submit to fence", summarise(ours), "s"};
  figure.better = Better::kLower;
  if (disk.ok()) {
    figure.peer = Peer{"NVMe read, 4 KiB", summarise(theirs).median};
  }
  report.add(figure);
  return std::nullopt;
}

}  // namespace

const Bench kLatencyBench{"latency", "an empty job, submit to fence, beside a read from NVMe", run};

}  // namespace s4::bench
