// SPDX-License-Identifier: MIT
// The card in this process. docs/sdk.md, "The simulated card".
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "transport/transport.hpp"

namespace s4::transport {

// "sim" or "sim:OPTIONS": a card of its own, which lives as long as a client of it.
Result<std::unique_ptr<Transport>> open_sim(const std::string& name);

// Triggers enum s4_inject on the card behind a sim transport. 0, -EINVAL, or -EOPNOTSUPP when it is
// none. For tests.
int inject(Transport& transport, uint32_t what, uint32_t arg);

// The ring slot of a queue, which is what S4_INJECT_HANG counts by; -ENOENT when there is none. For
// tests.
int queue_slot(Transport& transport, uint32_t queue_id);

}  // namespace s4::transport
