// SPDX-License-Identifier: MIT
#include "../idx.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace s4::digits::test {
namespace {

using testing::HasSubstr;

// A folder with two plain idx files: two images and two labels.
class IdxFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/idx-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("t10k-images-idx3-ubyte", images_);
    write("t10k-labels-idx1-ubyte", labels_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  [[nodiscard]] std::string fault() const {
    const auto set = read_mnist(folder_, "t10k");
    return set ? "" : set.error();
  }

  std::filesystem::path folder_;
  std::string images_ = std::string("\0\0\x08\x03\0\0\0\2\0\0\0\x1c\0\0\0\x1c", 16) +
                        std::string(kDigitPixels, '\1') + std::string(kDigitPixels, '\2');
  std::string labels_ = std::string("\0\0\x08\x01\0\0\0\2\7\3", 10);
};

TEST_F(IdxFiles, AreRead) {
  const auto set = read_mnist(folder_, "t10k");
  ASSERT_TRUE(set) << set.error();
  EXPECT_THAT(set->labels, testing::ElementsAre(7, 3));
  EXPECT_EQ(set->images[1][783], 2);
}

TEST_F(IdxFiles, AMissingFileIsNamed) {
  std::filesystem::remove(folder_ / "t10k-labels-idx1-ubyte");
  EXPECT_THAT(fault(), HasSubstr("t10k-labels-idx1-ubyte[.gz] cannot be opened"));
}

TEST_F(IdxFiles, TruncatedIsRefused) {
  write("t10k-images-idx3-ubyte", images_.substr(0, images_.size() - 1));
  EXPECT_THAT(fault(), HasSubstr("truncated"));
  write("t10k-images-idx3-ubyte", images_.substr(0, 7));
  EXPECT_THAT(fault(), HasSubstr("truncated"));
}

TEST_F(IdxFiles, WrongKindOrShapeIsRefused) {
  write("t10k-images-idx3-ubyte", labels_ + images_);
  EXPECT_THAT(fault(), HasSubstr("not an idx file"));
  images_[11] = 27;
  write("t10k-images-idx3-ubyte", images_);
  EXPECT_THAT(fault(), HasSubstr("28 x 28"));
}

TEST_F(IdxFiles, LabelsThatAreNoDigitsOrTooFewAreRefused) {
  labels_[8] = 10;
  write("t10k-labels-idx1-ubyte", labels_);
  EXPECT_THAT(fault(), HasSubstr("not a digit"));
  labels_[7] = 1;
  labels_[8] = 1;
  write("t10k-labels-idx1-ubyte", labels_);
  EXPECT_THAT(fault(), HasSubstr("as many labels"));
}

}  // namespace
}  // namespace s4::digits::test
