// SPDX-License-Identifier: MIT
// The command decoder: checks, operands, slices and cost of any 256 bytes, and the engine on those
// that pass and are done soon, in memory that mostly is not there.
#include <cstdlib>
#include <cstring>

#include "commands.hpp"
#include "engines.hpp"

namespace s4::test {
namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "command_fuzz: %s\n", what);
  std::abort();
}

void expect(bool holds, const char* what) {
  if (!holds) {
    fail(what);
  }
}

// What a valid command claims to touch.
void look_at_operands(const s4_cmd& command) {
  s4_operands operands;
  s4_cmd_operands(&command, &operands);
  expect(operands.count <= S4_MAX_OPERANDS, "too many operands");
  for (uint32_t i = 0; i < operands.count; ++i) {
    const s4_operand& one = operands.list[i];
    expect(!one.outside && s4_range_ok(&one.range), "an operand outside of the address space");
    for (uint32_t j = 0; one.written && j < operands.count; ++j) {
      expect(i == j || operands.list[j].in_place ||
                 !s4_range_overlap(&one.range, &operands.list[j].range),
             "a result on another operand");
    }
  }
}

// Shares of cores follow one another and leave nothing out.
void look_at_slices(const s4_cmd& command) {
  for (const s4_slice axis : {S4_SLICE_ROWS, S4_SLICE_COLUMNS}) {
    __u64 next = 0;
    for (uint32_t core = 0; core < S4_NUM_CORES; ++core) {
      __u64 begin = 0;
      __u64 end = 0;
      if (s4_cmd_slice(&command, axis, core, S4_NUM_CORES, &begin, &end)) {
        expect(begin == next && end > begin, "shares with a gap");
        next = end;
      }
    }
  }
}

FakeMemory& fresh_memory() {
  static const std::vector<uint8_t> contents = [] {
    std::vector<uint8_t> result(kWindowBytes);
    fill_window(result);
    return result;
  }();
  static FakeMemory memory = [] {
    FakeMemory result;
    result.map(kWindowVa, kWindowBytes);
    return result;
  }();
  memory.put(kWindowVa, contents);
  return memory;
}

void run(const s4_cmd& command) {
  static const std::unique_ptr<card::Engine> engine = card::Engine::create(1, {});
  __u32 detail = 0;
  const s4_status status = s4_cmd_check(&command, &detail);
  const card::timing::Cost cost = engine->cost(dispatch_of(command));
  if (status != S4_OK) {
    expect(detail < sizeof command, "an error at no place of the command");
    expect(cost.total() == 0, "a cost of what is refused");
  } else {
    look_at_operands(command);
    look_at_slices(command);
  }
  if (!is_quick(command)) {
    return;
  }
  FakePort port(fresh_memory());
  const card::Fault fault = engine->run(dispatch_of(command), port);
  expect(status == S4_OK || fault.status == status, "the engine judges otherwise than the check");
  expect(port.open() == 0, "a scope left open");
}

}  // namespace
}  // namespace s4::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const s4_cmd& command : s4::test::commands_of(data, size)) {
    s4::test::run(command);
  }
  return 0;
}
