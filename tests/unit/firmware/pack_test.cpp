// SPDX-License-Identifier: MIT
// s4-fw-pack without a card: versions, keys, ELF files, images.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "s4-fw-pack/image.hpp"

namespace s4::fwpack {
namespace {

TEST(Pack, VersionsAreThreeNumbersThatFit) {
  EXPECT_EQ(*parse_version("1.2.3"), 0x01020003u);
  EXPECT_EQ(*parse_version("255.255.65535"), 0xffffffffu);
  EXPECT_EQ(version_text(0x01020003), "1.2.3");
  for (const char* bad : {"", "1", "1.2", "1.2.3.4", "1.2.x", "1..2", "256.0.0", "0.256.0",
                          "0.0.65536", "-1.0.0", " 1.0.0", "1.0.0 "}) {
    EXPECT_FALSE(parse_version(bad)) << bad;
  }
}

class PackFiles : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() /
           ("s4-pack-" + std::to_string(getpid()) + "-" +
            testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directory(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name) << text;
    return dir_ / name;
  }
  std::filesystem::path dir_;
};

TEST_F(PackFiles, KeyFilesAreOneLineOfHex) {
  const std::string hex(64, 'a');
  EXPECT_TRUE(load_key(write("good", "# comment\n\n" + hex + " \n")));
  EXPECT_FALSE(load_key(write("short", std::string(63, 'a'))));
  EXPECT_FALSE(load_key(write("long", hex + "a")));
  EXPECT_FALSE(load_key(write("nothex", std::string(63, 'a') + "g")));
  EXPECT_FALSE(load_key(write("two", hex + "\n" + hex)));
  EXPECT_FALSE(load_key(write("empty", "")));
  EXPECT_FALSE(load_key(dir_ / "missing"));
}

TEST_F(PackFiles, AWrittenFileIsWholeAndASecretIsTheOwnersAlone) {
  const std::string path = dir_ / "secret";
  ASSERT_TRUE(write_file(path, {1, 2, 3}, true));
  EXPECT_EQ(*read_file(path), (Bytes{1, 2, 3}));
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(write_file(dir_ / "no" / "such", {}));
}

TEST(Pack, TheDevelopmentKeysHalvesBelongTogetherAndTheRomHoldsThePublicOne) {
  const auto seed = load_key(S4_DEV_KEY);
  ASSERT_TRUE(seed);
  const auto pub = load_key(S4_DEV_PUB);
  ASSERT_TRUE(pub);
  EXPECT_EQ(key_pair(*seed)->pub, *pub);
  const auto header = read_file(S4_DEV_KEY_HEADER);
  ASSERT_TRUE(header);
  EXPECT_EQ(std::string(header->begin(), header->end()), rom_header(*pub));
}

class PackElf : public testing::Test {
 protected:
  void SetUp() override {
    elf_ = *read_file(S4_FW_ELF);
    ASSERT_TRUE(flatten_elf(elf_));
  }
  Elf32_Ehdr& header() { return *reinterpret_cast<Elf32_Ehdr*>(elf_.data()); }
  Elf32_Phdr& segment_with_bytes() {
    auto* segments = reinterpret_cast<Elf32_Phdr*>(elf_.data() + header().e_phoff);
    for (int i = 0;; i++) {
      if (segments[i].p_type == PT_LOAD && segments[i].p_filesz)
        return segments[i];
    }
  }
  Bytes elf_;
};

TEST_F(PackElf, WhatIsNoFirmwareIsRefused) {
  EXPECT_FALSE(flatten_elf({}));
  EXPECT_FALSE(flatten_elf(Bytes(100)));
  EXPECT_FALSE(flatten_elf(Bytes(elf_.begin(), elf_.begin() + 60)));
  EXPECT_FALSE(flatten_elf(Bytes(elf_.begin(), elf_.begin() + 5000)));
}

TEST_F(PackElf, AnotherMachineIsRefused) {
  header().e_machine = EM_X86_64;
  EXPECT_FALSE(flatten_elf(elf_));
}

TEST_F(PackElf, ASegmentOutsideMcuRamIsRefused) {
  segment_with_bytes().p_paddr = 0x10000000;
  EXPECT_FALSE(flatten_elf(elf_));
  segment_with_bytes().p_paddr = 0x200ffff0;
  EXPECT_FALSE(flatten_elf(elf_));
  segment_with_bytes().p_paddr = 0xfffffff0;
  EXPECT_FALSE(flatten_elf(elf_));
}

TEST_F(PackElf, ASegmentBeyondTheFileIsRefused) {
  segment_with_bytes().p_offset = static_cast<uint32_t>(elf_.size()) - 16;
  EXPECT_FALSE(flatten_elf(elf_));
}

TEST_F(PackElf, AnEntryOutsideThePayloadIsRefused) {
  header().e_entry = 0x20000000;
  EXPECT_FALSE(flatten_elf(elf_));
}

TEST_F(PackElf, ImagesVerifyUntilAnythingChanges) {
  const auto seed = *load_key(S4_DEV_KEY);
  const auto key = key_pair(seed)->pub;
  const Bytes image = *make_image(*flatten_elf(elf_), S4_FW_VERSION(1, 2, 3), seed);
  ASSERT_TRUE(verify_image(image, key));
  EXPECT_EQ(verify_image(image, key)->fw_version, 0x01020003u);
  EXPECT_FALSE(verify_image(image, key_pair(*random_seed())->pub));
  for (size_t at = 0; at < sizeof(s4_fw_header); at++) {
    Bytes bad = image;
    bad[at] ^= 0x10;
    EXPECT_FALSE(verify_image(bad, key)) << at;
  }
  Bytes longer = image;
  longer.push_back(0);
  EXPECT_FALSE(verify_image(longer, key));
  const Bytes old = *make_image(*flatten_elf(elf_), S4_FW_VERSION(0, 0, 1), seed);
  EXPECT_FALSE(verify_image(old, key));
}

}  // namespace
}  // namespace s4::fwpack
