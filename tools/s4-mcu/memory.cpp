// SPDX-License-Identifier: MIT
#include "memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace s4::mcu_tool {
namespace {

constexpr uint64_t kAddressSpace = uint64_t{1} << 32;
// A region is at most 4 GiB less one page, because its size has 32 bits.
constexpr uint64_t kMaxBlock = kAddressSpace - Memory::kPage;

AddressRange whole_pages(uint64_t begin, uint64_t end) {
  begin = begin / Memory::kPage * Memory::kPage;
  end = std::min((end + Memory::kPage - 1) / Memory::kPage * Memory::kPage, kAddressSpace);
  return {static_cast<uint32_t>(begin), std::min(end - begin, kMaxBlock)};
}

// Sorted, with what touches or overlaps joined.
std::vector<AddressRange> join(std::vector<AddressRange> ranges) {
  std::ranges::sort(ranges, {}, &AddressRange::base);
  std::vector<AddressRange> out;
  for (const AddressRange& range : ranges) {
    if (!out.empty() && range.base <= out.back().base + out.back().size) {
      AddressRange& last = out.back();
      last.size = std::min(std::max(last.size, range.base + range.size - last.base), kMaxBlock);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

}  // namespace

void Memory::Unmap::operator()(uint8_t* data) const {
  munmap(data, size);
}

tl::expected<Memory, std::string> Memory::build(const ElfImage& image,
                                                std::span<const AddressRange> extra) {
  std::vector<AddressRange> wanted;
  uint64_t end = 0;
  for (const Segment& segment : image.segments) {
    for (const uint64_t base : {segment.load_address, segment.run_address}) {
      wanted.push_back(whole_pages(base, base + segment.size));
      end = std::max(end, base + segment.size);
    }
  }
  wanted.push_back(whole_pages(end - 1, end + kExtra));
  for (const AddressRange& range : extra) {
    wanted.push_back(whole_pages(range.base, range.base + range.size));
  }
  Memory memory;
  for (const AddressRange& range : join(std::move(wanted))) {
    void* data = mmap(nullptr, range.size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) {
      return tl::make_unexpected(fmt::format("no {} bytes for the RAM at {:#x}: {}", range.size,
                                             range.base, std::strerror(errno)));
    }
    memory.blocks_.push_back({range, {static_cast<uint8_t*>(data), Unmap{range.size}}});
  }
  for (const Segment& segment : image.segments) {
    if (!segment.bytes.empty()) {
      uint8_t* const to = memory.at(segment.load_address, segment.bytes.size());
      if (to == nullptr) {
        return tl::make_unexpected(
            fmt::format("the segment at {:#x} does not fit the RAM", segment.load_address));
      }
      std::memcpy(to, segment.bytes.data(), segment.bytes.size());
    }
  }
  return memory;
}

uint8_t* Memory::at(uint32_t address, uint64_t size) const {
  for (const Block& block : blocks_) {
    const uint64_t offset = uint64_t{address} - block.range.base;
    if (address >= block.range.base && offset <= block.range.size &&
        size <= block.range.size - offset) {
      return block.data.get() + offset;
    }
  }
  return nullptr;
}

tl::expected<void, std::string> Memory::attach(card::mcu::Bus& bus,
                                               const AddressRange& hole) const {
  const auto add = [&bus](const Block& block, uint64_t begin, uint64_t end) {
    return begin == end || bus.add_ram({.base = static_cast<uint32_t>(block.range.base + begin),
                                        .size = static_cast<uint32_t>(end - begin),
                                        .data = block.data.get() + begin});
  };
  for (const Block& block : blocks_) {
    const uint64_t size = block.range.size;
    bool added;
    if (hole.size != 0 && hole.overlaps(block.range.base, size)) {
      const uint64_t begin = hole.base - block.range.base;
      added = add(block, 0, begin) && add(block, begin + hole.size, size);
    } else {
      added = add(block, 0, size);
    }
    if (!added) {
      return tl::make_unexpected(
          fmt::format("more than {} separate blocks of RAM", card::mcu::Bus::kMaxRegions - 1));
    }
  }
  return {};
}

}  // namespace s4::mcu_tool
