// SPDX-License-Identifier: MIT
// The loader on good, bad and mutilated files: an error is a sentence, never a crash.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "elf_image.hpp"
#include "machine.hpp"
#include "signature.hpp"

namespace s4::mcu_tool {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes read_program(const std::string& name) {
  std::ifstream in(std::string(S4_MCU_PROGRAMS "/") + name + ".elf", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <typename T>
void patch(Bytes& file, size_t offset, T value) {
  std::memcpy(file.data() + offset, &value, sizeof(value));
}

std::string error_of(const Bytes& file) {
  const auto image = parse_elf(file);
  return image ? "" : image.error();
}

class Elf : public testing::Test {
 protected:
  Elf() : file_(read_program("signature")) {
    EXPECT_GT(file_.size(), sizeof(Elf32_Ehdr));
    std::memcpy(&header_, file_.data(), sizeof(header_));
  }
  size_t program_header(size_t index) const { return header_.e_phoff + index * sizeof(Elf32_Phdr); }
  // The first PT_LOAD.
  size_t first_load() const {
    for (size_t i = 0; i < header_.e_phnum; ++i) {
      Elf32_Phdr entry;
      std::memcpy(&entry, file_.data() + program_header(i), sizeof(entry));
      if (entry.p_type == PT_LOAD) {
        return program_header(i);
      }
    }
    ADD_FAILURE() << "no segment";
    return 0;
  }
  size_t symbol_section() const {
    for (size_t i = 0; i < header_.e_shnum; ++i) {
      Elf32_Shdr section;
      const size_t at = header_.e_shoff + i * sizeof(section);
      std::memcpy(&section, file_.data() + at, sizeof(section));
      if (section.sh_type == SHT_SYMTAB) {
        return at;
      }
    }
    ADD_FAILURE() << "no symbols";
    return 0;
  }

  Bytes file_;
  Elf32_Ehdr header_;
};

TEST_F(Elf, AGoodFileGivesSegmentsAndSymbols) {
  const auto image = parse_elf(file_);
  ASSERT_TRUE(image) << image.error();
  EXPECT_EQ(image->entry, 0x80000000u);
  EXPECT_FALSE(image->segments.empty());
  EXPECT_EQ(image->find("_start"), 0x80000000u);
  EXPECT_TRUE(image->find("tohost"));
  EXPECT_EQ(*image->find("end_signature") - *image->find("begin_signature"), 20u);
  EXPECT_EQ(image->find("no such symbol"), std::nullopt);
  EXPECT_EQ(image->describe(0x80000000), "_start");
  EXPECT_EQ(image->describe(0x80000004), "_start+0x4");
  EXPECT_EQ(image->describe(0x7fffffff), "");
}

TEST_F(Elf, EachWrongHeaderFieldIsNamed) {
  const auto broken = [this](size_t offset, auto value) {
    Bytes copy = file_;
    patch(copy, offset, value);
    return error_of(copy);
  };
  EXPECT_EQ(error_of({}), "not an ELF file");
  EXPECT_EQ(broken(0, uint8_t{0}), "not an ELF file");
  EXPECT_NE(broken(EI_CLASS, uint8_t{ELFCLASS64}).find("32-bit"), std::string::npos);
  EXPECT_NE(broken(EI_DATA, uint8_t{ELFDATA2MSB}).find("little-endian"), std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_machine), uint16_t{EM_386}).find("RISC-V"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_type), uint16_t{ET_DYN}).find("-no-pie"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_phentsize), uint16_t{31}).find("program headers"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_phoff), uint32_t{0xfffffff0}).find("outside"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_phnum), uint16_t{0xffff}).find("outside"),
            std::string::npos);
  EXPECT_EQ(broken(offsetof(Elf32_Ehdr, e_phnum), uint16_t{0}), "no segment to load");
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_shoff), uint32_t{0xfffffff0}).find("outside"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_shentsize), uint16_t{1}).find("section headers"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_entry), uint32_t{0x100}).find("entry point"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Ehdr, e_entry), uint32_t{0x80000001}).find("entry point"),
            std::string::npos);
}

TEST_F(Elf, EachWrongSegmentFieldIsRefused) {
  const size_t load = first_load();
  const auto broken = [this, load](size_t offset, uint32_t value) {
    Bytes copy = file_;
    patch(copy, load + offset, value);
    return error_of(copy);
  };
  EXPECT_NE(broken(offsetof(Elf32_Phdr, p_offset), 0xfffffff0).find("outside the file"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Phdr, p_filesz), 0xfffffff0).find("more bytes"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Phdr, p_memsz), 0xfffffff0).find("address space"),
            std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Phdr, p_memsz), 0x70000000).find("overlap"), std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Phdr, p_paddr), 0xffffffff).find("address space"),
            std::string::npos);
}

TEST_F(Elf, EachWrongSymbolFieldIsRefused) {
  const size_t section = symbol_section();
  const auto broken = [this, section](size_t offset, uint32_t value) {
    Bytes copy = file_;
    patch(copy, section + offset, value);
    return error_of(copy);
  };
  EXPECT_NE(broken(offsetof(Elf32_Shdr, sh_offset), 0xfffffff0).find("outside"), std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Shdr, sh_size), 0xfffffff0).find("outside"), std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Shdr, sh_entsize), 0).find("malformed"), std::string::npos);
  EXPECT_NE(broken(offsetof(Elf32_Shdr, sh_link), 0xffff).find("malformed"), std::string::npos);
  Bytes copy = file_;
  uint32_t symbols = 0;
  std::memcpy(&symbols, file_.data() + section + offsetof(Elf32_Shdr, sh_offset), 4);
  uint32_t size = 0;
  std::memcpy(&size, file_.data() + section + offsetof(Elf32_Shdr, sh_size), 4);
  patch(copy, symbols + size - sizeof(Elf32_Sym), uint32_t{0x7fffffff});
  EXPECT_NE(error_of(copy).find("string table"), std::string::npos);
}

TEST_F(Elf, EveryTruncationIsAnErrorOrAProgram) {
  for (size_t size = 0; size < file_.size(); size += size < 0x200 ? 1 : 37) {
    const Bytes cut(file_.begin(), file_.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_NE(error_of(cut), "") << size;  // the section headers stand at the end
  }
}

TEST_F(Elf, RandomDamageNeverCrashes) {
  const char* given = std::getenv("S4_TEST_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("S4_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  int built = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    Bytes copy = file_;
    for (uint64_t hits = 1 + random() % 4; hits > 0; --hits) {
      // Where it hurts: the three tables at the ends of the file.
      const size_t spans[][2] = {{0, sizeof(Elf32_Ehdr)},
                                 {header_.e_phoff, header_.e_phnum * sizeof(Elf32_Phdr)},
                                 {header_.e_shoff, header_.e_shnum * sizeof(Elf32_Shdr)},
                                 {0, copy.size()}};
      const auto& span = spans[random() % 4];
      copy[span[0] + random() % span[1]] = static_cast<uint8_t>(random());
    }
    const auto image = parse_elf(copy);
    if (!image) {
      EXPECT_NE(image.error(), "");
      ++refused;
      continue;
    }
    const auto machine = Machine::build(*image, {}, [](int, std::string_view) {});
    if (!machine) {
      EXPECT_NE(machine.error(), "");
      ++refused;
      continue;
    }
    (*machine)->run(1000);
    ++built;
  }
  EXPECT_GT(built, 0);
  EXPECT_GT(refused, 0);
}

TEST_F(Elf, TohostMustBeInMemory) {
  auto image = parse_elf(file_);
  ASSERT_TRUE(image);
  for (Symbol& symbol : image->symbols) {
    if (symbol.name == "tohost") {
      symbol.address = 0x100;
    }
  }
  const auto machine = Machine::build(*image, {}, [](int, std::string_view) {});
  ASSERT_FALSE(machine);
  EXPECT_NE(machine.error().find("tohost"), std::string::npos);
}

TEST(Memory, CoversPagesOfSegmentsAndRoomAfterTheLast) {
  const Bytes bytes = {1, 2, 3};
  ElfImage image;
  image.entry = 0x1800;
  image.segments = {{0x1800, 0x1800, 0x10, bytes}, {0x9000, 0x20000, 8, bytes}};
  const auto memory = Memory::build(image, {});
  ASSERT_TRUE(memory) << memory.error();
  EXPECT_EQ(memory->at(0x0fff, 1), nullptr);
  ASSERT_NE(memory->at(0x1000, 0x1000), nullptr);
  EXPECT_EQ(memory->at(0x1000, 0x1001), nullptr);
  EXPECT_EQ(memory->at(0x1802, 1)[0], 3);
  EXPECT_EQ(memory->at(0x1803, 1)[0], 0);
  EXPECT_EQ(memory->at(0x9000, 1)[0], 1);   // where it is loaded,
  EXPECT_EQ(memory->at(0x20000, 1)[0], 0);  // and room where it will run
  EXPECT_NE(memory->at(0x20008, Memory::kExtra), nullptr);
  EXPECT_EQ(memory->at(0xa000, 1), nullptr);
}

TEST(Memory, ExtraRamJoinsAndReachesTheEndOfTheAddressSpace) {
  ElfImage image;
  image.segments = {{0x1000, 0x1000, 0x10, {}}};
  const AddressRange extra[] = {{0x80000000, 0x1000}, {0x80000800, 0x1000}, {0xfffff000, 0x1000}};
  const auto memory = Memory::build(image, extra);
  ASSERT_TRUE(memory) << memory.error();
  EXPECT_NE(memory->at(0x80000000, 0x2000), nullptr);
  EXPECT_NE(memory->at(0xffffffff, 1), nullptr);
  EXPECT_EQ(memory->at(0xffffffff, 2), nullptr);
}

TEST(Signature, GroupsBytesFromTheMostSignificantOn) {
  const Bytes bytes = {1, 2, 3, 4, 5};
  EXPECT_EQ(format_signature(bytes, 4), "04030201\n00000005\n");
  EXPECT_EQ(format_signature(bytes, 1), "01\n02\n03\n04\n05\n");
  EXPECT_EQ(format_signature({}, 4), "");
}

}  // namespace
}  // namespace s4::mcu_tool
