// SPDX-License-Identifier: MIT
// NORM: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_norm(Random& random);
void reference_norm(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
