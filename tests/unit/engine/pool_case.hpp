// SPDX-License-Identifier: MIT
// POOL: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_pool(Random& random);
void reference_pool(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
