// SPDX-License-Identifier: MIT
// The C interface: s4/card/card.h.
#include <sodium.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "card.hpp"
#include "registers/registers.hpp"
#include "s4/abi/s4_mmu.h"

struct s4_card {
  s4_card(const s4_card_config& config, const s4_card_host& host, void* opaque)
      : card(config, host, opaque), registers(card) {}

  s4::card::Card card;
  s4::card::Registers registers;
};

namespace {

constexpr uint64_t kMaxDram = 1ULL << 40;
constexpr unsigned kMaxThreads = 256;

// Empty when all is well, else what to do.
const char* check_config(const s4_card_config& config) {
  const uint64_t dram = config.dram_bytes != 0 ? config.dram_bytes : S4_DRAM_BYTES_DEFAULT;
  if (dram % S4_LARGE_SIZE != 0 || dram > kMaxDram) {
    return "dram_bytes must be a multiple of 2 MiB, at most 1 TiB";
  }
  if (config.aperture_bytes % S4_LARGE_SIZE != 0 || config.aperture_bytes > dram) {
    return "aperture_bytes must be a multiple of 2 MiB, at most dram_bytes";
  }
  if (config.threads > kMaxThreads) {
    return "threads must be at most 256; 0 takes one a host processor";
  }
  if (config.serial) {
    const size_t length = strnlen(config.serial, S4_SERIAL_BYTES);
    if (length == 0 || length >= S4_SERIAL_BYTES) {
      return "serial must have 1 to 31 characters";
    }
    for (size_t i = 0; i < length; ++i) {
      if (config.serial[i] < 0x21 || config.serial[i] > 0x7e) {
        return "serial must be printable ASCII without spaces";
      }
    }
  }
  return "";
}

const char* check_host(const s4_card_host& host) {
  if (host.size < sizeof host) {
    return "host.size is that of an older s4/card/card.h: build both against the same one";
  }
  if (!host.dma_read || !host.dma_write || !host.interrupt || !host.clock_ns) {
    return "host.dma_read, dma_write, interrupt and clock_ns must be given";
  }
  return "";
}

s4::card::Card::Reset to_reset(enum s4_card_reset kind) {
  switch (kind) {
    case S4_CARD_RESET_FUNCTION:
      return s4::card::Card::Reset::kFunction;
    case S4_CARD_RESET_D3:
      return s4::card::Card::Reset::kD3;
    default:
      return s4::card::Card::Reset::kBus;
  }
}

}  // namespace

extern "C" {

struct s4_card* s4_card_create(const struct s4_card_config* config, const struct s4_card_host* host,
                               void* opaque, char* error, size_t error_bytes) {
  std::string problem;
  if (!config || config->size < sizeof *config) {
    problem = "config.size is that of an older s4/card/card.h: build both against the same one";
  } else if (!host) {
    problem = "host must be given";
  } else if (problem = check_config(*config); problem.empty()) {
    problem = check_host(*host);
  }
  s4_card* card = nullptr;
  if (problem.empty() && sodium_init() < 0) {
    problem = "libsodium cannot be initialised: the host has no source of randomness";
  }
  if (problem.empty()) {
    try {
      card = new s4_card(*config, *host, opaque);
    } catch (const std::bad_alloc&) {
      problem = "no address space for dram_bytes: choose less, or raise the limit (ulimit -v)";
    } catch (const std::system_error&) {
      problem = "the host gives no more threads: raise its limit (ulimit -u), or lower threads";
    } catch (const std::exception& failure) {
      problem = failure.what();
    }
  }
  if (error && error_bytes != 0) {
    std::snprintf(error, error_bytes, "%s", problem.c_str());
  }
  return card;
}

void s4_card_shutdown(struct s4_card* card) {
  card->card.shutdown();
}

void s4_card_destroy(struct s4_card* card) {
  delete card;
}

uint64_t s4_card_mmio_read(struct s4_card* card, uint64_t offset, unsigned size) {
  return card->registers.read(offset, size);
}

void s4_card_mmio_write(struct s4_card* card, uint64_t offset, uint64_t value, unsigned size) {
  card->registers.write(offset, value, size);
}

void* s4_card_dram(struct s4_card* card, uint64_t* bytes) {
  if (bytes) {
    *bytes = card->card.dram.bytes();
  }
  return card->card.dram.data();
}

void s4_card_reset(struct s4_card* card, enum s4_card_reset kind) {
  card->card.reset(to_reset(kind));
}

void s4_card_set_bus_master(struct s4_card* card, int on) {
  card->card.set_bus_master(on != 0);
}

void s4_card_stop(struct s4_card* card) {
  card->card.stop();
}

void s4_card_continue(struct s4_card* card) {
  card->card.go_on();
}

int s4_card_link_down(struct s4_card* card) {
  return card->card.link_down() ? 1 : 0;
}

int s4_card_inject(struct s4_card* card, uint32_t what, uint32_t arg) {
  return card->card.inject(what, arg) ? 0 : -1;
}

}  // extern "C"
