// SPDX-License-Identifier: MIT
// What a check must refuse, as a table, and that the engine refuses it too without touching memory.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "case.hpp"
#include "engines.hpp"

namespace s4::test {

inline constexpr uint64_t kVa = 0x10000000;
inline constexpr uint64_t kTop = S4_VA_END;

// Fails the test when memory is touched.
class NoMemory final : public card::MemoryPort {
 public:
  card::AccessScope* begin(ScopeStorage&) override {
    ADD_FAILURE() << "memory was touched";
    return nullptr;
  }
  void end(card::AccessScope*) override {}
  void retire(uint64_t) override {}
};

struct Wrong {
  const char* what;
  std::function<void(s4_cmd&)> change;
  s4_status status;
  size_t offset;
};

void expect_refused(const s4_cmd& valid, const std::vector<Wrong>& wrongs);
// Every byte from `used` of the body on, the reserved word and unknown flags.
void expect_undefined_refused(const s4_cmd& valid, size_t used);

#define AT(member) __builtin_offsetof(s4_cmd, member)

}  // namespace s4::test
