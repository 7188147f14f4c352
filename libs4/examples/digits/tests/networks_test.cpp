// SPDX-License-Identifier: MIT
// The files that ship: every network reads every picture right, and is as good as it says.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "../idx.hpp"
#include "../image.hpp"
#include "../net_file.hpp"
#include "../reference.hpp"
#include "files.hpp"

namespace s4::digits::test {
namespace {

class ShippedNetwork : public testing::TestWithParam<std::filesystem::path> {
 protected:
  void SetUp() override {
    auto net = read_net(GetParam());
    ASSERT_TRUE(net) << net.error();
    net_ = std::move(*net);
    auto reference = Reference::create(net_);
    ASSERT_TRUE(reference) << reference.error();
    reference_ = std::move(*reference);
    ASSERT_EQ(net_.inputs, kDigitPixels);
  }

  [[nodiscard]] int classify(const Digit& digit) const {
    return best_of(reference_.logits(to_input(digit, net_)));
  }

  Network net_;
  Reference reference_;
};

TEST_P(ShippedNetwork, ReadsEveryShippedPicture) {
  for (const auto& path : shipped_images()) {
    const auto image = read_png(path);
    ASSERT_TRUE(image) << image.error();
    const auto digit = to_digit(*image);
    ASSERT_TRUE(digit) << path << ": " << digit.error();
    EXPECT_EQ(classify(*digit), path.filename().string()[0] - '0') << path;
  }
}

TEST_P(ShippedNetwork, IsAsAccurateOnTheTestImagesAsItsFileSays) {
  if (!std::filesystem::exists(MNIST_FOLDER)) {
    GTEST_SKIP() << "the MNIST files are not at " MNIST_FOLDER
                    " (cmake -DDIGITS_MNIST=FOLDER names another place)";
  }
  const auto set = read_mnist(MNIST_FOLDER, "t10k");
  ASSERT_TRUE(set) << set.error();
  ASSERT_EQ(set->images.size(), net_.test_images);
  std::uint32_t correct = 0;
  for (std::size_t i = 0; i < set->images.size(); ++i) {
    correct += classify(set->images[i]) == set->labels[i] ? 1 : 0;
  }
  // Training wrote the count that its own reference found, in numpy: the two agree exactly.
  EXPECT_EQ(correct, net_.test_correct);
}

INSTANTIATE_TEST_SUITE_P(Digits, ShippedNetwork, testing::ValuesIn(shipped_networks()),
                         [](const auto& info) {
                           std::string name = info.param.stem().string();
                           std::ranges::replace_if(
                               name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

// MACs on nonzeros and accuracy, from the files alone.
std::map<std::string, Network> all_networks() {
  std::map<std::string, Network> networks;
  for (const auto& path : shipped_networks()) {
    if (auto net = read_net(path)) {
      networks.emplace(path.stem().string(), std::move(*net));
    }
  }
  return networks;
}

std::uint64_t macs(const Network& net) {
  std::uint64_t sum = 0;
  for (const Layer& layer : net.layers) {
    sum += layer.multiply_accumulates();
  }
  return sum;
}

TEST(ShippedNetworks, TheBaseIsThereAtFourDegreesWithTheSameWidths) {
  const auto networks = all_networks();
  for (const unsigned degree : {1u, 8u, 16u, 32u}) {
    const auto found = networks.find("base-" + std::to_string(degree) + "x");
    ASSERT_NE(found, networks.end()) << degree;
    EXPECT_EQ(found->second.name, found->first);
    EXPECT_EQ(found->second.layers[0].degree, degree);
    EXPECT_EQ(found->second.layers[1].degree, degree);
    EXPECT_EQ(found->second.layers[0].rows, networks.at("base-1x").layers[0].rows);
    EXPECT_EQ(found->second.layers[1].rows, networks.at("base-1x").layers[1].rows);
  }
}

TEST(ShippedNetworks, AWideSparseOneBeatsASmallDenseOneOfNoFewerMultiplyAccumulates) {
  const auto networks = all_networks();
  for (const auto& [sparse, dense] :
       {std::pair{"wide-32x", "small-1x"}, std::pair{"base-32x", "tiny-1x"}}) {
    ASSERT_TRUE(networks.contains(sparse) && networks.contains(dense)) << sparse << ", " << dense;
    EXPECT_LE(macs(networks.at(sparse)), macs(networks.at(dense))) << sparse;
    EXPECT_GT(networks.at(sparse).test_correct, networks.at(dense).test_correct) << sparse;
  }
}

TEST(ShippedImages, HoldEveryDigit) {
  std::array<int, 10> count{};
  for (const auto& path : shipped_images()) {
    const int digit = path.filename().string()[0] - '0';
    ASSERT_THAT(digit, testing::AllOf(testing::Ge(0), testing::Le(9))) << path;
    ++count[static_cast<std::size_t>(digit)];
  }
  EXPECT_THAT(count, testing::Each(testing::Ge(1)));
}

}  // namespace
}  // namespace s4::digits::test
