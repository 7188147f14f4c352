// SPDX-License-Identifier: MIT
// COPY and FILL: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_copy(Random& random);
Case random_fill(Random& random);
void reference_copy(const s4_cmd& command, FakeMemory& memory);
void reference_fill(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
