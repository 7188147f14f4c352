// SPDX-License-Identifier: MIT
// Copies between host and card memory by the card's DMA, beside this processor's memcpy.
#include <fmt/core.h>

#include <cstring>
#include <s4/s4.hpp>

#include "bench.hpp"
#include "measure.hpp"

namespace s4::bench {
namespace {

constexpr uint64_t kBytes = 64 << 20;

Sample rate(const Contender& contender) {
  std::vector<double> rates;
  for (const double seconds : contender.seconds) {
    rates.push_back(kBytes / seconds);
  }
  return summarise(rates);
}

std::optional<std::string> run(const Options& options, Report& report) {
  // In this process unless a card is named: the figure is the emulator's, not a guest's.
  const std::string name = options.device.empty() ? "sim:" : options.device;
  auto device = Device::open(name);
  if (!device) {
    return device.error().text();
  }
  auto queue = Queue::create(*device).value();
  auto host = Buffer::create(*device, kBytes, Placement::kHost).value();
  const auto card = Buffer::create(*device, kBytes).value();
  std::memset(host.map().value().data(), 0x5a, kBytes);
  auto to_card = CommandList::create(*device).value();
  to_card.copy(host, card, kBytes).value();
  auto to_host = CommandList::create(*device).value();
  to_host.copy(card, host, kBytes).value();
  std::vector<std::byte> from(kBytes, std::byte{1}), to(kBytes, std::byte{2});

  uint64_t cycles[2] = {};
  const auto copy = [&](const CommandList& list, uint64_t& card_cycles) {
    return [&](unsigned iterations) {
      for (unsigned i = 0; i < iterations; ++i) {
        const Job job = queue.submit(list).value();
        job.wait().value();
        card_cycles = job.report().value().card_cycles;
      }
    };
  };
  std::vector<Contender> contenders{
      {copy(to_card, cycles[0])}, {copy(to_host, cycles[1])}, {[&](unsigned iterations) {
        for (unsigned i = 0; i < iterations; ++i) {
          std::memcpy(to.data(), from.data(), kBytes);
          asm volatile("" ::"r"(to.data()) : "memory");  // the copy is wanted
        }
      }}};
  measure(contenders, options.runs);

  const double memcpy_rate = rate(contenders[2]).median;
  const double clock_hz = device->info().value().clock_top_khz * 1e3;
  const char* names[] = {"host to card/64 MiB", "card to host/64 MiB"};
  for (int i = 0; i < 2; ++i) {
    report.add({.bench = "copy",
                .name = names[i],
                .metric = "throughput",
                .value = rate(contenders[static_cast<size_t>(i)]),
                .unit = "B/s",
                .peer = Peer{"memcpy", memcpy_rate}});
    report.add({.bench = "copy",
                .name = names[i],
                .metric = "throughput",
                .value = {kBytes / (static_cast<double>(cycles[i]) / clock_hz), 0, 1},
                .unit = "B/s",
                .clock = "card"});
  }
  return std::nullopt;
}

}  // namespace

const Bench kCopyBench{"copy", "64 MiB between host and card by DMA, beside memcpy", run};

}  // namespace s4::bench
