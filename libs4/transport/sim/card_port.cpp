// SPDX-License-Identifier: MIT
#include "transport/sim/card_port.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstring>

#include "s4/abi/s4_limits.h"
#include "s4/card/card.h"

namespace s4::sim {

Result<std::unique_ptr<CardPort>> CardPort::create(const Options& options, HostMemory& host,
                                                   std::function<void(unsigned)> interrupt) {
  std::unique_ptr<CardPort> port(new CardPort(host, std::move(interrupt)));
  s4_card_host callbacks{};
  callbacks.size = sizeof callbacks;
  callbacks.dma_read = [](void* self, uint64_t addr, void* dst, size_t bytes) {
    return static_cast<CardPort*>(self)->host_.read(addr, dst, bytes);
  };
  callbacks.dma_write = [](void* self, uint64_t addr, const void* src, size_t bytes) {
    return static_cast<CardPort*>(self)->host_.write(addr, src, bytes);
  };
  callbacks.dma_map = [](void* self, uint64_t addr, size_t* bytes) {
    return static_cast<CardPort*>(self)->host_.map(addr, bytes);
  };
  callbacks.dma_unmap = [](void* self, const void* pointer, size_t) {
    static_cast<CardPort*>(self)->host_.unmap(pointer);
  };
  callbacks.interrupt = [](void* self, unsigned vector) {
    static_cast<CardPort*>(self)->interrupt_(vector);
  };
  callbacks.clock_ns = [](void*) -> uint64_t {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
  };
  s4_card_config config{};
  config.size = sizeof config;
  config.dram_bytes = options.memory;
  config.aperture_bytes = options.aperture;
  config.threads = options.threads;
  config.serial = options.serial.c_str();
  config.skip_signature = options.unsigned_firmware ? 1 : 0;
  config.faults = options.faults ? 1 : 0;
  std::array<char, 256> error{};
  port->card_ = s4_card_create(&config, &callbacks, port.get(), error.data(), error.size());
  if (!port->card_) {
    return Error{Code::kSystem, 0, "sim", "open",
                 fmt::format("the simulated card cannot be made: {}", error.data())};
  }
  uint64_t bytes = 0;
  port->dram_ = static_cast<std::byte*>(s4_card_dram(port->card_, &bytes));
  return port;
}

CardPort::~CardPort() {
  s4_card_destroy(card_);
}

void CardPort::shut_down() {
  s4_card_shutdown(card_);
}

uint32_t CardPort::read(uint32_t reg) {
  if (s4_card_link_down(card_))
    return UINT32_MAX;
  return static_cast<uint32_t>(s4_card_mmio_read(card_, reg, sizeof(uint32_t)));
}

void CardPort::write(uint32_t reg, uint32_t value) {
  if (!s4_card_link_down(card_))
    s4_card_mmio_write(card_, reg, value, sizeof(uint32_t));
}

uint64_t CardPort::read64(uint32_t lo, uint32_t hi) {
  uint32_t high = read(hi);
  for (;;) {
    const uint32_t low = read(lo);
    const uint32_t again = read(hi);
    if (again == high)
      return uint64_t{high} << 32 | low;
    high = again;
  }
}

void CardPort::write64(uint32_t lo, uint32_t hi, uint64_t value) {
  write(lo, static_cast<uint32_t>(value));
  write(hi, static_cast<uint32_t>(value >> 32));
}

void CardPort::read_window(uint32_t reg, void* to, size_t bytes) {
  for (size_t at = 0; at < bytes; at += sizeof(uint32_t)) {
    const uint32_t word = read(reg + static_cast<uint32_t>(at));
    std::memcpy(static_cast<std::byte*>(to) + at, &word, sizeof word);
  }
}

void CardPort::set_bus_master(bool on) {
  s4_card_set_bus_master(card_, on ? 1 : 0);
}

int CardPort::inject(uint32_t what, uint32_t arg) {
  return s4_card_inject(card_, what, arg);
}

}  // namespace s4::sim
