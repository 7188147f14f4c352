// SPDX-License-Identifier: MIT
// The engine of the card's tests: a command is whatever the test wants to run.
#pragma once

namespace s4::test {

// body: address of a std::function<Fault(const s4_dispatch&, MemoryPort&)>.
constexpr unsigned short kTestOpcode = 0xfe57;
// Modelled cost of such a command.
constexpr unsigned long kTestCycles = 0x123456789;

}  // namespace s4::test
