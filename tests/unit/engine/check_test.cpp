// SPDX-License-Identifier: MIT
// What is common to the checks of all commands.
#include <gtest/gtest.h>

#include "refusal.hpp"

namespace s4::test {
namespace {

TEST(Check, UnknownOpcodesAreRefused) {
  for (const uint16_t opcode : {0, 20, 31, 32, 255, 65535}) {
    s4_cmd cmd = {};
    cmd.header.opcode = opcode;
    uint32_t detail = 7;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OPCODE);
    EXPECT_EQ(detail, 0u);
    NoMemory none;
    EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), none).status, S4_E_OPCODE);
  }
}

TEST(Check, FirmwareCommandsAreNoUnits) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_BARRIER;
  uint32_t detail = 0;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  EXPECT_EQ(s4_cmd_unit(S4_OP_BARRIER), S4_UNIT_FIRMWARE);
  EXPECT_EQ(s4_cmd_unit(S4_OP_TIMESTAMP), S4_UNIT_FIRMWARE);
  NoMemory none;
  EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), none).status, S4_E_OPCODE);
}

TEST(Check, UndefinedBytesOfFirmwareCommandsMustBeZero) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_BARRIER;
  expect_undefined_refused(cmd, 0);
  cmd.header.opcode = S4_OP_TIMESTAMP;
  cmd.timestamp.dst = kVa;
  expect_undefined_refused(cmd, sizeof(s4_cmd_timestamp));
}

}  // namespace
}  // namespace s4::test
