// SPDX-License-Identifier: MIT
// Runs a case on every engine, whole and split over cores either way, and compares with the reference.
#pragma once

#include "case.hpp"

namespace s4::test {

// Cases a test; S4_TEST_CASES_PERCENT asks for fewer (sanitizers) or more (soak runs).
int case_count(int usual);

// Fails the running test, with the case's text, unless every result is the reference's bit for bit and
// no other byte changed.
void run_everywhere(Case& c);

}  // namespace s4::test
