// SPDX-License-Identifier: MIT
// ROPE: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_rope(Random& random);
void reference_rope(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
