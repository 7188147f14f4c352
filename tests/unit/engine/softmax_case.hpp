// SPDX-License-Identifier: MIT
// SOFTMAX: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_softmax(Random& random);
void reference_softmax(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
