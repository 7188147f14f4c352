// SPDX-License-Identifier: MIT
// ELTWISE: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_eltwise(Random& random);
void reference_eltwise(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
