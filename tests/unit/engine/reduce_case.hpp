// SPDX-License-Identifier: MIT
// REDUCE: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_reduce(Random& random);
void reference_reduce(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
