// SPDX-License-Identifier: MIT
// How libFuzzer changes inputs of both targets: a bit of anything is refused at once, so that what is
// changed are fields of valid commands, mostly one at a time, and which commands follow each other.
#include <algorithm>
#include <cstring>
#include <random>

#include "commands.hpp"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace s4::test {
namespace {

class Mutator {
 public:
  Mutator(std::vector<s4_cmd>& list, size_t most, unsigned seed)
      : list_(list), most_(most), random_(seed) {}

  void change() {
    if (list_.empty() || (list_.size() < most_ && pick(12) == 0)) {
      list_.insert(list_.begin() + static_cast<std::ptrdiff_t>(pick(list_.size() + 1)), valid());
      return;
    }
    s4_cmd& command = list_[pick(list_.size())];
    switch (pick(16)) {
      case 0:
        command = valid();
        return;
      case 1:
        std::swap(command, list_[pick(list_.size())]);
        return;
      case 2:
        if (list_.size() > 1) {
          list_.erase(list_.begin() + (&command - list_.data()));
        }
        return;
      case 3:
        LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(&command), sizeof command, sizeof command);
        return;
      default:
        change_field(command);
    }
  }

 private:
  size_t pick(size_t count) { return random_() % count; }
  s4_cmd valid() { return valid_commands()[pick(valid_commands().size())]; }

  // Something at a field's place, as wide as fields are.
  void change_field(s4_cmd& command) {
    const size_t width = size_t{1} << pick(4);
    const size_t at = pick(sizeof command / width) * width;
    auto* bytes = reinterpret_cast<uint8_t*>(&command) + at;
    uint64_t value = 0;
    std::memcpy(&value, bytes, width);
    value = changed(value, width);
    std::memcpy(bytes, &value, width);
  }

  uint64_t changed(uint64_t value, size_t width) {
    const unsigned bits = static_cast<unsigned>(8 * width);
    switch (pick(8)) {
      case 0:
        return 0;
      case 1:
        return ~uint64_t{0};
      case 2:
        return uint64_t{1} << pick(bits);
      case 3:
        return (uint64_t{1} << pick(bits)) - 1;
      case 4:
        return value ^ uint64_t{1} << pick(bits);
      case 5:
        return kWindowVa + pick(kWindowBytes);
      case 6:
        return pick(300);
      default:
        return value + pick(9) - 4;
    }
  }

  std::vector<s4_cmd>& list_;
  size_t most_;
  std::minstd_rand random_;
};

}  // namespace
}  // namespace s4::test

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace s4::test;
  const size_t most = std::min(max_size / sizeof(s4_cmd), kMaxCommands);
  if (most == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  std::vector<s4_cmd> list = commands_of(data, size);
  if (list.size() > most) {
    list.resize(most);
  }
  Mutator mutator(list, most, seed);
  mutator.change();
  std::memcpy(data, list.data(), list.size() * sizeof(s4_cmd));
  return list.size() * sizeof(s4_cmd);
}
