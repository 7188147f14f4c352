// SPDX-License-Identifier: MIT
// ELTWISE and UNARY: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_eltwise(Random& random);
Case random_unary(Random& random);
void reference_eltwise(const s4_cmd& command, FakeMemory& memory);
void reference_unary(const s4_cmd& command, FakeMemory& memory);

// Any activation, with parameters where it has some.
void random_activation(Random& random, __u8& kind, __u32& alpha, __u32& beta);

}  // namespace s4::test
