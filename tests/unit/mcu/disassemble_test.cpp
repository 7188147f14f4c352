// SPDX-License-Identifier: MIT
#include "disassemble.hpp"

#include <gtest/gtest.h>

#include "mcu/decode.hpp"

namespace s4::mcu_tool {
namespace {

TEST(Disassemble, WritesWhatTheAssemblerReads) {
  EXPECT_EQ(disassemble(0x1000, 0x12345537), "lui a0, 0x12345");
  EXPECT_EQ(disassemble(0x1000, 0x00001517), "auipc a0, 0x1");
  EXPECT_EQ(disassemble(0x1000, 0xff5ff0ef), "jal ra, 0xff4");
  EXPECT_EQ(disassemble(0x1000, 0x00008067), "jalr zero, 0(ra)");
  EXPECT_EQ(disassemble(0x1000, 0xfeb50ee3), "beq a0, a1, 0xffc");
  EXPECT_EQ(disassemble(0x1000, 0xffc52583), "lw a1, -4(a0)");
  EXPECT_EQ(disassemble(0x1000, 0xfeb52e23), "sw a1, -4(a0)");
  EXPECT_EQ(disassemble(0x1000, 0xfff50593), "addi a1, a0, -1");
  EXPECT_EQ(disassemble(0x1000, 0x41f55593), "srai a1, a0, 31");
  EXPECT_EQ(disassemble(0x1000, 0x02b55633), "divu a2, a0, a1");
  EXPECT_EQ(disassemble(0x1000, 0x34051073), "csrrw zero, mscratch, a0");
  EXPECT_EQ(disassemble(0x1000, 0x7c006573), "csrrsi a0, 0x7c0, 0");
  EXPECT_EQ(disassemble(0x1000, 0x0000100f), "fence.i");
  EXPECT_EQ(disassemble(0x1000, 0x30200073), "mret");
  EXPECT_EQ(disassemble(0x1000, 0xffffffff), "illegal");
  // Compressed: as what they stand for.
  EXPECT_EQ(disassemble(0x1000, 0x8082), "jalr zero, 0(ra)");
  EXPECT_EQ(disassemble(0x1000, 0x4505), "addi a0, zero, 1");
  EXPECT_EQ(disassemble(0x1000, 0xdead0000), "illegal");
}

TEST(Disassemble, KnowsTheRegisterThatIsWritten) {
  EXPECT_EQ(written_register(0x12345537), 10u);  // lui
  EXPECT_EQ(written_register(0xfeb50ee3), 0u);   // beq
  EXPECT_EQ(written_register(0xfeb52e23), 0u);   // sw
  EXPECT_EQ(written_register(0x4505), 10u);      // c.li
  EXPECT_EQ(written_register(0x34051073), 0u);   // csrw
  EXPECT_EQ(written_register(0x340025f3), 11u);  // csrr
  EXPECT_EQ(written_register(0x0000100f), 0u);
}

}  // namespace
}  // namespace s4::mcu_tool
