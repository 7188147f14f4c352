// SPDX-License-Identifier: MIT
// TOPK: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_topk(Random& random);
void reference_topk(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
