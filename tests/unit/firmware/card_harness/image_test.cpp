// SPDX-License-Identifier: MIT
// Images of s4-fw-pack before the card's boot ROM: what it takes, and what it refuses and why.
#include "s4-fw-pack/image.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

#include "s4/abi/s4_limits.h"
#include "session.hpp"

namespace s4::fwtest {
namespace {

using fwpack::Bytes;

class CardImage : public testing::Test {
 protected:
  void SetUp() override {
    seed_ = *fwpack::load_key(S4_DEV_KEY);
    payload_ = *fwpack::flatten_elf(*fwpack::read_file(S4_FW_ELF));
  }
  // Boots the image on a fresh card; the state it ends in, and the error.
  std::pair<uint32_t, uint32_t> boot(const Bytes& image) {
    Session session;
    session.machine.start_boot(image);
    session.machine.wait_for(
        [&] {
          return session.machine.boot_state() == S4_BOOT_RUNNING ||
                 session.machine.boot_state() == S4_BOOT_FAILED;
        },
        "the boot ROM");
    version_ = session.machine.rd(S4_REG_FW_VERSION);
    return {session.machine.boot_state(), session.machine.boot_error()};
  }
  void expect_refused(const Bytes& image, s4_boot_error error) {
    const auto [state, why] = boot(image);
    EXPECT_EQ(state, static_cast<uint32_t>(S4_BOOT_FAILED));
    EXPECT_EQ(why, static_cast<uint32_t>(error));
    EXPECT_EQ(version_, 0u);
  }

  fwpack::Seed seed_;
  fwpack::Payload payload_;
  uint32_t version_ = 0;
};

TEST_F(CardImage, AFreshImageBootsWithItsVersion) {
  // The version register is the firmware's own word: the one it was built with.
  const auto image = *fwpack::make_image(payload_, S4_FW_VERSION(0, 1, 0), seed_);
  EXPECT_EQ(boot(image).first, static_cast<uint32_t>(S4_BOOT_RUNNING));
  EXPECT_EQ(version_, static_cast<uint32_t>(S4_FW_VERSION(0, 1, 0)));
}

TEST_F(CardImage, TheShippedImageIsTheElfSignedWithTheDevelopmentKey) {
  const auto image = *fwpack::make_image(payload_, S4_FW_VERSION(0, 1, 0), seed_);
  EXPECT_EQ(image, firmware_image());
}

TEST_F(CardImage, AFlippedBitAnywhereIsRefused) {
  const auto image = *fwpack::make_image(payload_, S4_FW_VERSION(0, 1, 0), seed_);
  std::mt19937 random(3);
  for (const size_t at : {sizeof(s4_fw_header), image.size() - 1,
                          sizeof(s4_fw_header) + random() % payload_.data.size()}) {
    Bytes bad = image;
    bad[at] ^= 1u << random() % 8;
    expect_refused(bad, S4_BOOT_E_HASH);
  }
  for (const size_t at : {offsetof(s4_fw_header, hash), offsetof(s4_fw_header, hash) + 31}) {
    Bytes bad = image;
    bad[at] ^= 1;
    const auto [state, why] = boot(bad);
    EXPECT_EQ(state, static_cast<uint32_t>(S4_BOOT_FAILED));
    EXPECT_TRUE(why == S4_BOOT_E_HASH || why == S4_BOOT_E_SIGNATURE) << why;
  }
  for (const size_t at : {offsetof(s4_fw_header, signature), sizeof(s4_fw_header) - 1}) {
    Bytes bad = image;
    bad[at] ^= 1;
    expect_refused(bad, S4_BOOT_E_SIGNATURE);
  }
}

TEST_F(CardImage, AnotherKeyIsRefused) {
  expect_refused(*fwpack::make_image(payload_, S4_FW_VERSION(0, 1, 0), *fwpack::random_seed()),
                 S4_BOOT_E_SIGNATURE);
}

TEST_F(CardImage, AnOldVersionIsRefused) {
  expect_refused(*fwpack::make_image(payload_, S4_FW_VERSION(0, 0, 9), seed_), S4_BOOT_E_OLD);
}

TEST_F(CardImage, ATruncatedImageIsRefused) {
  Bytes image = *fwpack::make_image(payload_, S4_FW_VERSION(0, 1, 0), seed_);
  image.resize(image.size() - 4);
  expect_refused(image, S4_BOOT_E_SIZE);
}

TEST_F(CardImage, AnImageThatIsNoneIsRefused) {
  Bytes image = *fwpack::make_image(payload_, S4_FW_VERSION(0, 1, 0), seed_);
  image[0] ^= 0xff;
  expect_refused(image, S4_BOOT_E_MAGIC);
}

}  // namespace
}  // namespace s4::fwtest
