// SPDX-License-Identifier: MIT
// Random commands give what the document says, bit for bit: on every vector target, with every
// number of threads, whole and split over cores either way. Bytes beside the result do not change.
#include <gtest/gtest.h>

#include "cases.hpp"
#include "engines.hpp"

namespace s4::test {
namespace {

// Cases a test; sanitizer builds and slow machines may ask for fewer, soak runs for more.
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

TEST(Property, SpmmIsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(60); ++i) {
    Case c = random_spmm(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Property, SpmmOfManyBlocksOfKAndManyRows) {
  Random random;
  for (int i = 0; i < case_count(6); ++i) {
    Case c = random_spmm(random, {.rows = 1300, .k = 3000, .columns = 6});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Property, EltwiseIsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(120); ++i) {
    Case c = random_eltwise(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Property, CopyMovesEveryByteAndNoOther) {
  Random random;
  for (int i = 0; i < case_count(25); ++i) {
    Case c = random_copy(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Property, FillRepeatsThePatternAndTouchesNothingElse) {
  Random random;
  for (int i = 0; i < case_count(40); ++i) {
    Case c = random_fill(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

}  // namespace
}  // namespace s4::test
