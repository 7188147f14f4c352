// SPDX-License-Identifier: MIT
// The firmware's text formatter.
#include "support/format.hpp"

#include "check.hpp"

NO_TRAP_EXPECTED

namespace {

using s4::fw::format;

char out[64];

bool is(const char* expected) {
  const char* at = out;
  while (*at && *at == *expected)
    at++, expected++;
  return *at == *expected;
}

}  // namespace

int main() {
  CHECK(format(out, sizeof(out), "plain") == 5 && is("plain"));
  CHECK(format(out, sizeof(out), "") == 0 && is(""));
  CHECK(format(out, sizeof(out), "{} and {}", 1u, 4294967295u) == 16 && is("1 and 4294967295"));
  CHECK(format(out, sizeof(out), "{}", 0u) == 1 && is("0"));
  CHECK(format(out, sizeof(out), "{}", 18446744073709551615ull) == 20 &&
        is("18446744073709551615"));
  CHECK(format(out, sizeof(out), "{}", 4294967296ull) == 10 && is("4294967296"));
  CHECK(format(out, sizeof(out), "{}", -1) == 2 && is("-1"));
  CHECK(format(out, sizeof(out), "{}", static_cast<int>(0x80000000u)) == 11 && is("-2147483648"));
  CHECK(format(out, sizeof(out), "{}", static_cast<uint8_t>(200)) == 3 && is("200"));
  CHECK(format(out, sizeof(out), "{x}", 0xdeadbeefu) == 10 && is("0xdeadbeef"));
  CHECK(format(out, sizeof(out), "{x}", 0x123456789abcdefull) == 17 && is("0x123456789abcdef"));
  CHECK(format(out, sizeof(out), "<{}>", "text") == 6 && is("<text>"));
  CHECK(format(out, sizeof(out), "{}{}", 1u) == 4 && is("1{?}"));
  CHECK(format(out, sizeof(out), "{", 1u) == 1 && is("{"));
  CHECK(format(out, sizeof(out), "{y}") == 3 && is("{y}"));
  CHECK(format(out, 5, "{}", 123456789u) == 4 && is("1234"));
  CHECK(format(out, 1, "abc") == 0 && is(""));
  return 0;
}
