// SPDX-License-Identifier: MIT
// Packing and checking of weights: no device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "s4/weights.hpp"
#include "seed.hpp"
#include "sparse/bf16.hpp"
#include "sparse/crc32c.hpp"
#include "sparse/verify.hpp"

namespace s4 {
namespace {

using testing::HasSubstr;

constexpr uint32_t kDegrees[] = {1, 2, 4, 8, 16, 32};

std::vector<float> random_matrix(test::Random& random, uint32_t rows, uint32_t k) {
  std::vector<float> dense(size_t{rows} * k);
  for (float& w : dense)
    w = random.normal();
  return dense;
}

std::string message(const Result<void>& result) {
  EXPECT_FALSE(result.ok());
  if (result.ok())
    return "";
  EXPECT_EQ(result.error().code, Code::kBadWeights) << result.error().message;
  return result.error().message;
}

s4_weights_header& header(Blob& blob) {
  return *reinterpret_cast<s4_weights_header*>(blob.data());
}

// After a change that should be found by itself, not by the checksum.
void fix_crc(Blob& blob) {
  header(blob).crc32c = sparse::blob_crc(blob.data(), blob.size());
}

uint8_t& index(Blob& blob, uint32_t row, uint32_t bank, uint32_t i) {
  const s4_weights_header& h = header(blob);
  const uint32_t entries = S4_BANK / h.degree;
  return reinterpret_cast<uint8_t*>(
      blob.data())[h.indices_offset + (row * (h.k_padded / 64) + bank) * entries + i];
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(sparse::crc32c(0, "123456789", 9), 0xe3069283u);
  EXPECT_EQ(sparse::crc32c(0, nullptr, 0), 0u);
  const std::vector<uint8_t> zeros(32, 0);
  EXPECT_EQ(sparse::crc32c(0, zeros.data(), 32), 0x8a9136aau);  // RFC 3720, B.4
}

TEST(Crc32c, BothWaysAndAllSplitsAgree) {
  test::Random random;
  std::vector<uint8_t> data(1000);
  for (uint8_t& byte : data)
    byte = static_cast<uint8_t>(random.below(256));
  for (int round = 0; round < 200; ++round) {
    const size_t begin = random.below(32);
    const size_t bytes = random.below(data.size() - begin);
    const size_t cut = random.below(bytes + 1);
    const uint8_t* p = data.data() + begin;
    const uint32_t whole = sparse::crc32c_table(0, p, bytes);
    EXPECT_EQ(sparse::crc32c_table(sparse::crc32c_table(0, p, cut), p + cut, bytes - cut), whole)
        << "seed " << random.seed();
    if (sparse::crc32c_has_hardware()) {
      EXPECT_EQ(sparse::crc32c_hardware(0, p, bytes), whole) << "seed " << random.seed();
    }
  }
}

TEST(Bf16, RoundsToNearestEven) {
  EXPECT_EQ(sparse::to_bf16(1.0f), 0x3f80);
  EXPECT_EQ(sparse::to_bf16(std::bit_cast<float>(0x3f808000u)), 0x3f80);  // half way: to even
  EXPECT_EQ(sparse::to_bf16(std::bit_cast<float>(0x3f818000u)), 0x3f82);
  EXPECT_EQ(sparse::to_bf16(std::bit_cast<float>(0x3f808001u)), 0x3f81);
  EXPECT_EQ(sparse::to_bf16(std::bit_cast<float>(0x00000001u)), 0x0000);
  EXPECT_EQ(sparse::to_bf16(std::bit_cast<float>(0x00018000u)), 0x0002);  // subnormals stay
  EXPECT_EQ(sparse::to_bf16(-0.0f), 0x8000);
  EXPECT_EQ(sparse::to_bf16(std::nanf("")), sparse::kBf16Nan);
  EXPECT_EQ(sparse::to_bf16(std::bit_cast<float>(0x7f7fffffu)), 0x7f80);  // overflows
}

TEST(Pack, ByMagnitudeKeepsTheLargestOfEachBank) {
  test::Random random;
  for (const uint32_t degree : kDegrees) {
    const uint32_t rows = static_cast<uint32_t>(1 + random.below(9));
    const uint32_t k = static_cast<uint32_t>(1 + random.below(300));
    const auto dense = random_matrix(random, rows, k);
    const Blob blob = pack_bf16(dense.data(), rows, k, degree).value();
    ASSERT_TRUE(verify(blob).ok()) << "seed " << random.seed();
    const std::vector<float> packed = sparse::to_dense(blob);
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t bank = 0; bank < (k + 63) / 64; ++bank) {
        float smallest_kept = INFINITY;
        float largest_dropped = 0;
        size_t kept = 0;
        const uint32_t end = std::min(k, bank * 64 + 64);
        for (uint32_t c = bank * 64; c < end; ++c) {
          const float w = dense[row * k + c];
          const float p = packed[row * k + c];
          if (p != 0) {
            EXPECT_EQ(p, sparse::from_bf16(sparse::to_bf16(w)));
            smallest_kept = std::min(smallest_kept, std::fabs(w));
            ++kept;
          } else {
            largest_dropped = std::max(largest_dropped, std::fabs(w));
          }
        }
        EXPECT_GE(smallest_kept, largest_dropped) << "seed " << random.seed();
        EXPECT_EQ(kept, std::min(64 / degree, end - bank * 64)) << "seed " << random.seed();
      }
    }
  }
}

TEST(Pack, MaskDecidesAndShortBanksAreFilledWithZeros) {
  test::Random random;
  for (const uint32_t degree : kDegrees) {
    const uint32_t rows = 5;
    const uint32_t k = 150;
    const auto dense = random_matrix(random, rows, k);
    std::vector<uint8_t> mask(rows * k, 0);
    std::vector<float> expected(rows * k, 0.0f);
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t bank = 0; bank < 3; ++bank) {
        for (uint32_t n = random.below(64 / degree + 1); n > 0; --n) {
          const uint32_t c = bank * 64 + static_cast<uint32_t>(random.below(64));
          if (c >= k)
            continue;
          mask[row * k + c] = 1;
          expected[row * k + c] = sparse::from_bf16(sparse::to_bf16(dense[row * k + c]));
        }
      }
    }
    const Blob blob = pack_bf16(dense.data(), rows, k, degree, mask.data()).value();
    ASSERT_TRUE(verify(blob).ok()) << "seed " << random.seed();
    EXPECT_EQ(sparse::to_dense(blob), expected) << "seed " << random.seed();
  }
}

TEST(Pack, Int8AsItStands) {
  std::vector<int8_t> dense(64, 0);
  dense[3] = -128;
  dense[60] = 127;
  const Blob blob = pack_int8(dense.data(), 1, 64, 32).value();
  const std::vector<float> packed = sparse::to_dense(blob);
  EXPECT_EQ(packed[3], -128);
  EXPECT_EQ(packed[60], 127);
}

TEST(Pack, QuantizesByRow) {
  std::vector<float> dense(2 * 64, 0.0f);
  dense[0] = 1.27f;
  dense[1] = -0.634f;
  dense[64 + 5] = 100.0f;
  float scale[2] = {};
  const Blob blob = pack_quantized(dense.data(), 2, 64, 8, scale).value();
  EXPECT_FLOAT_EQ(scale[0], 0.01f);
  EXPECT_FLOAT_EQ(scale[1], 100.0f / 127);
  const std::vector<float> packed = sparse::to_dense(blob);
  EXPECT_EQ(packed[0], 127);
  EXPECT_EQ(packed[1], -63);
  EXPECT_EQ(packed[64 + 5], 127);
}

TEST(Pack, QuantizesByGivenScaleAndSaturates) {
  std::vector<float> dense(64, 0.0f);
  dense[0] = 10.0f;
  dense[1] = -10.0f;
  dense[2] = 0.25f;  // half way: to even
  const float scale = 0.05f;
  float used = 0;
  const Blob blob = pack_quantized(dense.data(), 1, 64, 16, &used, nullptr, &scale).value();
  const std::vector<float> packed = sparse::to_dense(blob);
  EXPECT_EQ(used, scale);
  EXPECT_EQ(packed[0], 127);
  EXPECT_EQ(packed[1], -127);
  EXPECT_EQ(packed[2], 5);
}

TEST(Pack, ErrorsNameThePlace) {
  std::vector<float> dense(3 * 200, 1.0f);
  std::vector<uint8_t> mask(3 * 200, 0);
  for (uint32_t c = 64; c < 67; ++c)
    mask[200 + c] = 1;
  EXPECT_THAT(pack_bf16(dense.data(), 3, 200, 32, mask.data()).error().message,
              HasSubstr("row 1, bank 1: the mask keeps 3 of 64 weights, degree 32 has room for 2"));
  dense[2 * 200 + 150] = INFINITY;
  EXPECT_THAT(pack_bf16(dense.data(), 3, 200, 4).error().message, HasSubstr("row 2, column 150"));
  dense[2 * 200 + 150] = 3.4e38f;
  EXPECT_THAT(pack_bf16(dense.data(), 3, 200, 4).error().message,
              HasSubstr("row 2, column 150: 3.4e+38 is too large for bfloat16"));
  EXPECT_THAT(pack_bf16(dense.data(), 3, 200, 3).error().message, HasSubstr("degree is 3"));
  EXPECT_THAT(pack_bf16(dense.data(), 0, 200, 4).error().message, HasSubstr("rows is 0"));
  EXPECT_THAT(pack_bf16(dense.data(), 3, 70000, 4).error().message, HasSubstr("k is 70000"));
  EXPECT_THAT(pack_bf16(nullptr, 3, 200, 4).error().message, HasSubstr("no data"));
  const float bad_scale[3] = {1, -1, 1};
  EXPECT_THAT(pack_quantized(dense.data(), 3, 200, 4, nullptr, nullptr, bad_scale).error().message,
              HasSubstr("scale of row 1"));
}

class Verify : public testing::Test {
 protected:
  Verify() {
    std::vector<float> dense(4 * 130);
    for (size_t i = 0; i < dense.size(); ++i)
      dense[i] = static_cast<float>(i % 37) - 18;
    blob_ = pack_bf16(dense.data(), 4, 130, 8).value();
  }
  Blob blob_;
};

TEST_F(Verify, AcceptsItsOwn) {
  EXPECT_TRUE(verify(blob_).ok());
}

TEST_F(Verify, IndexOutOfOrder) {
  index(blob_, 2, 1, 4) = index(blob_, 2, 1, 3);
  fix_crc(blob_);
  EXPECT_THAT(message(verify(blob_)), HasSubstr("row 2, bank 1: index 4"));
}

TEST_F(Verify, IndexOutOfRange) {
  index(blob_, 3, 2, 7) = 64;
  fix_crc(blob_);
  EXPECT_THAT(message(verify(blob_)), HasSubstr("row 3, bank 2: index 7 is 64"));
}

TEST_F(Verify, EveryFlippedBitIsFound) {
  test::Random random;
  for (int round = 0; round < 300; ++round) {
    Blob damaged = blob_;
    const size_t at = random.below(damaged.size());
    damaged[at] ^= std::byte{1} << random.below(8);
    EXPECT_FALSE(verify(damaged).ok()) << "byte " << at << ", seed " << random.seed();
  }
}

TEST_F(Verify, EveryTruncationIsFound) {
  for (size_t bytes = 0; bytes < blob_.size(); ++bytes) {
    EXPECT_FALSE(verify({blob_.data(), bytes}).ok()) << bytes;
  }
  blob_.resize(header(blob_).indices_offset + 5);
  EXPECT_THAT(message(verify(blob_)), HasSubstr("the index plane is cut off"));
  blob_.resize(header(blob_).values_offset + 5);
  EXPECT_THAT(message(verify(blob_)), HasSubstr("the value plane is cut off"));
  EXPECT_THAT(message(verify({})), HasSubstr("0 bytes"));
}

TEST_F(Verify, WrongCrc) {
  header(blob_).crc32c ^= 1;
  EXPECT_THAT(message(verify(blob_)), HasSubstr("damaged"));
}

TEST_F(Verify, HeaderThatDoesNotFit) {
  for (const auto& [change, word] :
       std::vector<std::pair<void (*)(s4_weights_header&), const char*>>{
           {[](s4_weights_header& h) { h.magic = 1; }, "magic"},
           {[](s4_weights_header& h) { h.version = 9; }, "version 9"},
           {[](s4_weights_header& h) { h.degree = 5; }, "degree is 5"},
           {[](s4_weights_header& h) { h.type = 7; }, "type is 7"},
           {[](s4_weights_header& h) { h.k_padded = 256; }, "k_padded"},
           {[](s4_weights_header& h) { h.rows = 0xffffffff; }, "rows is 4294967295"},
           {[](s4_weights_header& h) { h.values_bytes = UINT64_MAX; }, "values_bytes"},
           {[](s4_weights_header& h) { h.indices_offset = 4; }, "indices_offset"},
           {[](s4_weights_header& h) { h.reserved1[14] = 1; }, "reserved1"}}) {
    Blob changed = blob_;
    change(header(changed));
    fix_crc(changed);
    EXPECT_THAT(message(verify(changed)), HasSubstr(word));
  }
}

TEST_F(Verify, MayStandAtAnyAddress) {
  std::vector<std::byte> room(blob_.size() + 1);
  std::memcpy(room.data() + 1, blob_.data(), blob_.size());
  EXPECT_TRUE(verify({room.data() + 1, blob_.size()}).ok());
}

}  // namespace
}  // namespace s4
