// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace s4::test {
namespace {

// A copy whose host side other threads may touch at the same time, as in a real computer.
void copy_from_host(uint8_t* to, const uint8_t* host, size_t bytes) {
  for (; bytes >= 8 && reinterpret_cast<uintptr_t>(host) % 8 == 0; bytes -= 8, host += 8, to += 8) {
    const uint64_t word =
        __atomic_load_n(reinterpret_cast<const uint64_t*>(host), __ATOMIC_ACQUIRE);
    std::memcpy(to, &word, 8);
  }
  for (; bytes != 0; --bytes) {
    *to++ = __atomic_load_n(host++, __ATOMIC_ACQUIRE);
  }
}

void copy_to_host(uint8_t* host, const uint8_t* from, size_t bytes) {
  for (; bytes >= 8 && reinterpret_cast<uintptr_t>(host) % 8 == 0;
       bytes -= 8, host += 8, from += 8) {
    uint64_t word;
    std::memcpy(&word, from, 8);
    __atomic_store_n(reinterpret_cast<uint64_t*>(host), word, __ATOMIC_RELEASE);
  }
  for (; bytes != 0; --bytes) {
    __atomic_store_n(host++, *from++, __ATOMIC_RELEASE);
  }
}

}  // namespace

int Machine::access(uint64_t addr, size_t bytes, bool write) {
  accesses_.fetch_add(1);
  EXPECT_LE(bytes, size_t{64} << 10) << "an access that cannot be revoked quickly";
  if (on_access) {
    if (const int result = on_access(addr, bytes, write); result != 0) {
      return result;
    }
  }
  const bool inside =
      addr >= kHostBase && bytes <= kHostBytes && addr - kHostBase <= kHostBytes - bytes;
  return inside ? 0 : -1;
}

int Machine::dma_read(void* opaque, uint64_t addr, void* dst, size_t bytes) {
  auto* machine = static_cast<Machine*>(opaque);
  const int result = machine->access(addr, bytes, false);
  if (result == 0) {
    copy_from_host(static_cast<uint8_t*>(dst), machine->host(addr), bytes);
  }
  return result;
}

int Machine::dma_write(void* opaque, uint64_t addr, const void* src, size_t bytes) {
  auto* machine = static_cast<Machine*>(opaque);
  const int result = machine->access(addr, bytes, true);
  if (result == 0) {
    copy_to_host(machine->host(addr), static_cast<const uint8_t*>(src), bytes);
  }
  return result;
}

Machine::Machine(const Options& options) : stands_still_(options.stands_still) {
  s4_card_host host{};
  host.size = sizeof host;
  host.dma_read = dma_read;
  host.dma_write = dma_write;
  host.dma_cut = [](void* opaque, int on) {
    static_cast<Machine*>(opaque)->cut_calls_.fetch_add(1);
    static_cast<Machine*>(opaque)->cuts_.fetch_add(on != 0 ? 1 : -1);
  };
  host.interrupt = [](void* opaque, unsigned vector) {
    static_cast<Machine*>(opaque)->interrupts_.at(vector).fetch_add(1);
  };
  host.clock_ns = [](void* opaque) -> uint64_t {
    auto* machine = static_cast<Machine*>(opaque);
    if (machine->stands_still_) {
      return machine->clock_.load();
    }
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  };
  host.thread_attach = [](void* opaque) { static_cast<Machine*>(opaque)->threads_.fetch_add(1); };
  host.thread_detach = [](void* opaque) { static_cast<Machine*>(opaque)->threads_.fetch_sub(1); };
  host.report_error = [](void* opaque, enum s4_card_error kind) {
    static_cast<Machine*>(opaque)->errors_.at(kind).fetch_add(1);
  };
  host.log = [](void* opaque, enum s4_card_log level, const char* text) {
    auto* machine = static_cast<Machine*>(opaque);
    if (level == S4_CARD_LOG_GUEST_ERROR) {
      machine->guest_errors_.fetch_add(1);
    }
    const std::lock_guard lock(machine->log_mutex_);
    machine->last_log_ = text;
  };
  s4_card_config config{};
  config.size = sizeof config;
  config.dram_bytes = options.dram_bytes;
  config.aperture_bytes = options.aperture_bytes;
  config.threads = options.threads;
  config.serial = options.serial;
  config.skip_signature = options.skip_signature;
  config.faults = options.faults;
  char error[200];
  card_ = s4_card_create(&config, &host, this, error, sizeof error);
  if (!card_) {
    throw std::runtime_error(error);
  }
}

Machine::~Machine() {
  destroy_card();
}

void Machine::destroy_card() {
  s4_card_destroy(card_);
  card_ = nullptr;
}

void Machine::wr64(uint64_t offset, uint64_t value) {
  wr(offset, static_cast<uint32_t>(value));
  wr(offset + 4, static_cast<uint32_t>(value >> 32));
}

uint64_t Machine::alloc(uint64_t bytes, uint64_t align) {
  next_ = (next_ + align - 1) / align * align;
  const uint64_t at = next_;
  next_ += bytes;
  if (next_ > kHostBase + kHostBytes) {
    throw std::bad_alloc();
  }
  return at;
}

unsigned Machine::all_interrupts() const {
  unsigned sum = 0;
  for (const auto& count : interrupts_) {
    sum += count.load();
  }
  return sum;
}

std::string Machine::last_log() const {
  const std::lock_guard lock(log_mutex_);
  return last_log_;
}

bool Machine::wait_for(const std::function<bool()>& condition, const char* what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "waited in vain for " << what;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

bool Machine::wait_boot_state(uint32_t state) {
  const bool reached = wait_for([&] { return boot_state() == state; }, "a boot state");
  EXPECT_TRUE(reached) << "wanted " << state << ", is " << boot_state() << ", error "
                       << boot_error();
  return reached;
}

void Machine::start_boot(std::span<const uint8_t> image) {
  const uint64_t at = alloc(image.size());
  std::memcpy(host(at), image.data(), image.size());
  wr64(S4_REG_FW_ADDR_LO, at);
  wr(S4_REG_FW_SIZE, static_cast<uint32_t>(image.size()));
  wr(S4_REG_BOOT_CTRL, S4_BOOT_START);
}

}  // namespace s4::test
