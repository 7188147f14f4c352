// SPDX-License-Identifier: MIT
// RESIZE: random commands and what they do by the document.
#pragma once

#include "case.hpp"

namespace s4::test {

Case random_resize(Random& random);
void reference_resize(const s4_cmd& command, FakeMemory& memory);
// Output rows [begin, end) of all images.
void reference_resize_rows(const s4_cmd& command, FakeMemory& memory, uint64_t begin, uint64_t end);

// Where the first pixel stands that the first output looks at.
uint64_t first_resize_pixel(const s4_cmd_resize& c);

}  // namespace s4::test
