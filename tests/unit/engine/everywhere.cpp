// SPDX-License-Identifier: MIT
#include "everywhere.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "engines.hpp"

namespace s4::test {

int case_count(int usual) {
  const char* factor = std::getenv("S4_TEST_CASES_PERCENT");
  return factor ? std::max(1, usual * std::atoi(factor) / 100) : usual;
}

void run_everywhere(Case& c) {
  const std::vector<uint8_t> before = c.output();
  const std::vector<uint8_t> right = expected(c);
  uint32_t detail = 0;
  ASSERT_EQ(s4_cmd_check(&c.command, &detail), S4_OK) << c.text << " detail " << detail;
  for (const NamedEngine& named : all_engines()) {
    for (const s4_slice axis : {S4_SLICE_ALL, S4_SLICE_COLUMNS, S4_SLICE_ROWS}) {
      c.restore(before);
      FakePort port(c.memory);
      const card::Fault fault = run_split(*named.engine, c.command, port, axis, S4_NUM_CORES);
      ASSERT_EQ(fault.status, S4_OK) << named.name << " axis " << axis << " " << c.text;
      ASSERT_EQ(port.open(), 0u);
      ASSERT_GT(port.retired(), 0u);
      const std::vector<uint8_t> got = c.output();
      if (got != right) {
        const auto at = std::mismatch(got.begin(), got.end(), right.begin()).first - got.begin();
        FAIL() << named.name << " axis " << axis << " differs at byte " << at << " of "
               << got.size() << ": " << c.text;
      }
    }
  }
}

}  // namespace s4::test
