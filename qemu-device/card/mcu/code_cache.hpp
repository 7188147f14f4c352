// SPDX-License-Identifier: MIT
// Instructions decoded once, kept for as long as the code they came from may be believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "mcu/bus.hpp"
#include "mcu/decode.hpp"

namespace s4::card::mcu {

// A decoded instruction, as small as it can be: a page of code has 2,048 of them. `handler` is
// 2 * op + (is compressed), so that every handler knows the length of its instruction. rd 0 is kept
// as 32 (a register nobody reads); Auipc as Lui of the sum. A jump within the page has the distance
// in slots in imm; one that leaves it is the Far operation with the address there.
struct Slot {
  uint8_t handler = 0;  // 0: Op::kDecode, decode me first
  uint8_t rd = 0, rs1 = 0, rs2 = 0;
  uint32_t imm = 0;
};
static_assert(sizeof(Slot) == 8);

constexpr uint8_t handler_of(Op op, bool compressed) {
  return static_cast<uint8_t>(2 * static_cast<unsigned>(op) + (compressed ? 1 : 0));
}

// 4 KiB of code, one slot a halfword, since an instruction may begin at each. Two more slots, both
// Op::kPageEnd, catch what runs off the end, the second after a 32-bit instruction that straddles
// it.
struct CodePage {
  static constexpr uint32_t kBytes = 4096;
  static constexpr size_t kSlots = kBytes / 2;

  uint32_t base = 0;  // address of slot 0
  bool used = false;  // holds decoded instructions
  Slot slots[kSlots + 2];
};

// The decoded pages of all executable RAM of a bus, made when first jumped to. Pages live as long
// as the cache; a flush only empties them.
class CodeCache {
 public:
  explicit CodeCache(const Bus& bus);

  // The page that holds `pc`, or null when that is not executable memory. Pages are cut from their
  // region's base on, so a page is not always aligned, and the last one may be cut short.
  CodePage* find(uint32_t pc) {
    for (Region& region : regions_) {
      const uint32_t offset = pc - region.ram->base;
      if (offset < region.ram->size) {
        CodePage* page = region.pages[offset / CodePage::kBytes].get();
        return page != nullptr ? page : make_page(region, offset / CodePage::kBytes);
      }
    }
    return nullptr;
  }

  bool is_executable(uint32_t pc) const;

  // Decodes the instruction of `slot`. False when fetching it faults, at `fault_address`.
  bool decode_slot(CodePage& page, Slot& slot, uint32_t& fault_address);

  void flush();

 private:
  struct Region {
    const RamRegion* ram;
    std::vector<std::unique_ptr<CodePage>> pages;
  };

  CodePage* make_page(Region& region, size_t index);
  bool fetch(uint32_t pc, uint32_t& parcel) const;

  std::vector<Region> regions_;
  std::vector<CodePage*> used_;
};

}  // namespace s4::card::mcu
