// SPDX-License-Identifier: MIT
#include "refusal.hpp"

namespace s4::test {

void expect_refused(const s4_cmd& valid, const std::vector<Wrong>& wrongs) {
  uint32_t detail = 99;
  ASSERT_EQ(s4_cmd_check(&valid, &detail), S4_OK) << "detail " << detail;
  card::Engine& engine = *all_engines().front().engine;
  for (const Wrong& wrong : wrongs) {
    s4_cmd cmd = valid;
    wrong.change(cmd);
    detail = 0;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), wrong.status) << wrong.what << " detail " << detail;
    EXPECT_EQ(detail, wrong.offset) << wrong.what;
    NoMemory none;
    const card::Fault fault = engine.run(dispatch_of(cmd), none);
    EXPECT_EQ(fault.status, wrong.status) << wrong.what;
    EXPECT_EQ(fault.detail, wrong.offset) << wrong.what;
    EXPECT_EQ(engine.cycles(dispatch_of(cmd)), 0u) << wrong.what;
  }
}

void expect_undefined_refused(const s4_cmd& valid, size_t used) {
  for (size_t i = used; i < S4_CMD_BODY_BYTES; ++i) {
    s4_cmd cmd = valid;
    cmd.body[i] = 1;
    uint32_t detail = 0;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD) << valid.header.opcode << " byte " << i;
    EXPECT_EQ(detail, AT(body) + i);
  }
  s4_cmd cmd = valid;
  cmd.header.reserved = uint64_t{1} << 63;
  uint32_t detail = 0;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
  EXPECT_EQ(detail, AT(header.reserved));
  cmd = valid;
  cmd.header.flags |= 0x8000;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
  EXPECT_EQ(detail, AT(header.flags));
  cmd = valid;
  cmd.header.wait = ~0u;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
}

}  // namespace s4::test
