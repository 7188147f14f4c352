// SPDX-License-Identifier: MIT
#include "monitor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "image.hpp"
#include "test_engine.hpp"

namespace s4::test {

void boot_monitor(Machine& machine) {
  s4_card_set_bus_master(machine.card(), 1);
  machine.start_boot(Image().sign());
  machine.wait_boot_state(S4_BOOT_RUNNING);
}

void Monitor::send(Request request, std::initializer_list<uint32_t> arguments) {
  machine_.wr(S4_REG_MBOX_REQUEST, static_cast<uint32_t>(request));
  uint32_t offset = S4_REG_MBOX_REQUEST + 4;
  for (const uint32_t argument : arguments) {
    machine_.wr(offset, argument);
    offset += 4;
  }
  machine_.wr(S4_REG_MBOX_SEND, ++sequence_);
}

Monitor::Reply Monitor::call(Request request, std::initializer_list<uint32_t> arguments) {
  send(request, arguments);
  machine_.wait_for([&] { return machine_.rd(S4_REG_MBOX_DONE) == sequence_; }, "the monitor");
  return {machine_.rd(S4_REG_MBOX_RESPONSE), machine_.rd(S4_REG_MBOX_RESPONSE + 4)};
}

uint32_t Monitor::peek(uint32_t address) {
  const Reply reply = try_peek(address);
  EXPECT_EQ(reply.trap, 0u) << "load from " << std::hex << address;
  return reply.value;
}

void Monitor::poke(uint32_t address, uint32_t value) {
  EXPECT_EQ(try_poke(address, value).trap, 0u) << "store to " << std::hex << address;
}

void Monitor::write(uint32_t address, std::span<const uint32_t> words) {
  constexpr size_t kAtOnce = 13;
  while (!words.empty()) {
    const auto part = words.first(std::min(kAtOnce, words.size()));
    for (size_t i = 0; i < part.size(); ++i) {
      machine_.wr(S4_REG_MBOX_REQUEST + 12 + 4 * i, part[i]);
    }
    EXPECT_EQ(call(Request::kWrite, {address, static_cast<uint32_t>(part.size())}).trap, 0u);
    address += 4 * part.size();
    words = words.subspan(part.size());
  }
}

s4_dispatch Monitor::dispatch_of(const Work& work, unsigned space, unsigned queue) {
  s4_dispatch dispatch{};
  dispatch.space = static_cast<uint8_t>(space);
  dispatch.queue = static_cast<uint8_t>(queue);
  dispatch.sram_cores = 1;
  dispatch.command.header.opcode = kTestOpcode;
  const auto pointer = reinterpret_cast<uint64_t>(&work);
  std::memcpy(dispatch.command.body, &pointer, sizeof pointer);
  return dispatch;
}

void Monitor::start(unsigned unit, s4_dispatch dispatch) {
  dispatch.group |= 1u << unit;
  uint32_t words[sizeof dispatch / 4];
  std::memcpy(words, &dispatch, sizeof dispatch);
  write(kRam, words);
  poke(S4_MCU_DISPATCH + S4_DISPATCH_UNIT(unit) + S4_UNIT_START, kRam);
}

void Monitor::wait_done(unsigned unit) {
  machine_.wait_for([&] { return done(unit); }, "a unit");
}

uint32_t Monitor::run(const Work& work, unsigned space, unsigned queue, unsigned unit) {
  start(unit, dispatch_of(work, space, queue));
  wait_done(unit);
  const uint32_t status = unit_reg(unit, S4_UNIT_STATUS);
  acknowledge(unit);
  return status;
}

uint32_t Monitor::transfer(s4_access access, uint64_t address, uint32_t ram, uint32_t bytes,
                           uint32_t space, uint32_t cores) {
  const uint32_t words[] = {static_cast<uint32_t>(address),
                            static_cast<uint32_t>(address >> 32),
                            ram,
                            bytes,
                            space,
                            cores};
  write(S4_MCU_PORT, words);
  poke(S4_MCU_PORT + S4_PORT_GO, access);
  return peek(S4_MCU_PORT + S4_PORT_STATUS);
}

}  // namespace s4::test
