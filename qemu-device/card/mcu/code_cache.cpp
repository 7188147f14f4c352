// SPDX-License-Identifier: MIT
#include "mcu/code_cache.hpp"

#include "mcu/ram.hpp"

namespace s4::card::mcu {
namespace {

Op far_op(Op op) {
  switch (op) {
    case Op::kJal:
      return Op::kJalFar;
    case Op::kBeq:
      return Op::kBeqFar;
    case Op::kBne:
      return Op::kBneFar;
    case Op::kBlt:
      return Op::kBltFar;
    case Op::kBge:
      return Op::kBgeFar;
    case Op::kBltu:
      return Op::kBltuFar;
    case Op::kBgeu:
      return Op::kBgeuFar;
    default:
      return op;
  }
}

}  // namespace

CodeCache::CodeCache(const Bus& bus) {
  for (size_t i = 0; i < bus.region_count(); ++i) {
    const RamRegion& ram = bus.region(i);
    if (ram.executable) {
      const size_t pages = (size_t{ram.size} + CodePage::kBytes - 1) / CodePage::kBytes;
      regions_.push_back({&ram, std::vector<std::unique_ptr<CodePage>>(pages)});
    }
  }
}

CodePage* CodeCache::make_page(Region& region, size_t index) {
  auto page = std::make_unique<CodePage>();
  page->base = region.ram->base + static_cast<uint32_t>(index) * CodePage::kBytes;
  page->slots[CodePage::kSlots].handler = handler_of(Op::kPageEnd, false);
  page->slots[CodePage::kSlots + 1].handler = handler_of(Op::kPageEnd, false);
  region.pages[index] = std::move(page);
  return region.pages[index].get();
}

bool CodeCache::is_executable(uint32_t pc) const {
  for (const Region& region : regions_) {
    if (pc - region.ram->base < region.ram->size) {
      return true;
    }
  }
  return false;
}

bool CodeCache::fetch(uint32_t pc, uint32_t& parcel) const {
  for (const Region& region : regions_) {
    const uint32_t offset = pc - region.ram->base;
    if (offset < region.ram->size) {
      parcel = load_ram<uint16_t>(region.ram->data + offset);
      return true;
    }
  }
  return false;
}

bool CodeCache::decode_slot(CodePage& page, Slot& slot, uint32_t& fault_address) {
  const auto index = static_cast<uint32_t>(&slot - page.slots);
  const uint32_t pc = page.base + 2 * index;
  uint32_t low = 0, high = 0;
  if (!fetch(pc, low)) {
    fault_address = pc;
    return false;
  }
  const bool compressed = is_compressed(low);
  if (!compressed && !fetch(pc + 2, high)) {
    fault_address = pc + 2;
    return false;
  }
  Instruction instruction = decode(low | high << 16);
  if (instruction.op == Op::kAuipc) {
    instruction.op = Op::kLui;
    instruction.imm += pc;
  } else if (far_op(instruction.op) != instruction.op) {
    const uint32_t target = pc + instruction.imm;
    if (target - page.base < CodePage::kBytes) {
      instruction.imm = (target - page.base) / 2 - index;
    } else {
      instruction.op = far_op(instruction.op);
      instruction.imm = target;
    }
  }
  slot = {handler_of(instruction.op, compressed),
          instruction.rd == 0 ? uint8_t{32} : instruction.rd, instruction.rs1, instruction.rs2,
          instruction.imm};
  if (!page.used) {
    page.used = true;
    used_.push_back(&page);
  }
  return true;
}

void CodeCache::flush() {
  for (CodePage* page : used_) {
    for (size_t i = 0; i < CodePage::kSlots; ++i) {
      page->slots[i].handler = handler_of(Op::kDecode, false);
    }
    page->used = false;
  }
  used_.clear();
}

}  // namespace s4::card::mcu
