// SPDX-License-Identifier: MIT
// MOVE and GATHER: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_move(Random& random);
Case random_gather(Random& random);
void reference_move(const s4_cmd& command, FakeMemory& memory);
void reference_gather(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
