// SPDX-License-Identifier: MIT
// The shipped networks on the simulated card: the same bits as the host's reference.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "../experiment.hpp"
#include "files.hpp"

namespace s4::digits::test {
namespace {

using Path = std::filesystem::path;

std::string name_of(const Path& path) {
  std::string name = path.stem().string();
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

class NetworkOnCard : public testing::TestWithParam<Path> {
 protected:
  void SetUp() override {
    auto pictures = read_folder(shipped_images().front().parent_path());
    ASSERT_TRUE(pictures) << pictures.error().message;
    experiment_.pictures = *std::move(pictures);
    experiment_.check = true;
  }

  void measure_now(Measured& out) const {
    auto device = Device::open("sim:memory=1G");
    ASSERT_TRUE(device) << device.error().message;
    auto net = read_net(GetParam());
    ASSERT_TRUE(net) << net.error();
    auto measured = measure(*device, experiment_, *std::move(net));
    ASSERT_TRUE(measured) << measured.error().text();
    out = *std::move(measured);
  }

  void expect_all_right() const {
    Measured measured;
    ASSERT_NO_FATAL_FAILURE(measure_now(measured));
    EXPECT_EQ(measured.mismatches, 0U) << "digits whose logits differ from the host's";
    const Score marks = score(measured, experiment_.pictures);
    EXPECT_EQ(marks.known, shipped_images().size());
    EXPECT_EQ(marks.right, marks.known);
    EXPECT_GT(measured.card_alone.count(), 0);
    EXPECT_GT(measured.card_ns, 0);
  }

  Experiment experiment_;
};

TEST_P(NetworkOnCard, ReadsEveryPictureAsTheHostDoesInEveryCoreMode) {
  experiment_.classifier.batch = 100;
  for (const auto mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    SCOPED_TRACE(static_cast<int>(mode));
    experiment_.classifier.core_mode = mode;
    expect_all_right();
  }
}

TEST_P(NetworkOnCard, ReadsThemInBatchesOfOneAndWithARest) {
  for (const uint32_t batch : {1U, 5U}) {
    SCOPED_TRACE(batch);
    experiment_.classifier.batch = batch;
    expect_all_right();
  }
}

TEST_P(NetworkOnCard, IsAsAccurateOnTheTestImagesAsItsFileSays) {
  if (!std::filesystem::exists(MNIST_FOLDER)) {
    GTEST_SKIP() << "the MNIST files are not at " MNIST_FOLDER
                    " (cmake -DDIGITS_MNIST=FOLDER names another place)";
  }
  auto set = read_mnist(MNIST_FOLDER, "t10k");
  ASSERT_TRUE(set) << set.error();
  experiment_.mnist = *std::move(set);
  experiment_.check = false;  // the host's own count is another test's
  Measured measured;
  ASSERT_NO_FATAL_FAILURE(measure_now(measured));
  EXPECT_EQ(measured.mnist_images, measured.net.test_images);
  EXPECT_EQ(measured.mnist_right, measured.net.test_correct);
}

INSTANTIATE_TEST_SUITE_P(Digits, NetworkOnCard, testing::ValuesIn(shipped_networks()),
                         [](const auto& info) { return name_of(info.param); });

TEST(Classifier, KeepsABatchThatExceedsTheOnChipMemoryInCardMemory) {
  const Path folder = shipped_networks().front().parent_path();
  auto net = read_net(folder / "tiny-1x.s4net");
  ASSERT_TRUE(net) << net.error();
  auto device = Device::open("sim:memory=1G");
  ASSERT_TRUE(device) << device.error().message;
  const auto info = device->info();
  ASSERT_TRUE(info);
  Experiment experiment;
  experiment.pictures = read_folder(shipped_images().front().parent_path()).value();
  experiment.check = true;
  experiment.classifier.batch = info->sram_bytes / net->inputs + 1;
  auto measured = measure(*device, experiment, *std::move(net));
  ASSERT_TRUE(measured) << measured.error().text();
  EXPECT_EQ(measured->mismatches, 0U);
}

TEST(Classifier, SendsFewerWeightsTheSparserANetworkIs) {
  const Path folder = shipped_networks().front().parent_path();
  auto device = Device::open("sim:memory=1G");
  ASSERT_TRUE(device) << device.error().message;
  uint64_t before = UINT64_MAX;
  for (const char* name : {"base-1x", "base-8x", "base-16x", "base-32x"}) {
    auto net = read_net(folder / (std::string(name) + ".s4net"));
    ASSERT_TRUE(net) << net.error();
    auto classifier = Classifier::create(*device, *net);
    ASSERT_TRUE(classifier) << classifier.error().text();
    EXPECT_LT(classifier->weight_bytes(), before) << name;
    before = classifier->weight_bytes();
  }
}

// The program itself, with its exit statuses.
class Program : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "digits.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Runs it on the simulated card; its output is in output_ afterwards.
  int run(const std::string& options) {
    const Path out = folder_ / "out";
    const std::string line = std::string("S4_DEVICE=sim " S4_DIGITS_PROGRAM " --batch 10 ") +
                             options + " >" + out.string() + " 2>&1";
    const int status = std::system(line.c_str());
    const Bytes bytes = read_file(out);
    output_.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  Path folder_;
  std::string output_;
};

TEST_F(Program, SaysWhenAPictureWasReadWrongly) {
  const Path images = shipped_images().front().parent_path();
  std::filesystem::copy(images / "3.png", folder_ / "8-not.png");
  EXPECT_EQ(run("--network base-32x --images " + folder_.string()), 2);
  EXPECT_THAT(output_, testing::HasSubstr("0 of 1"));
  EXPECT_THAT(output_, testing::ContainsRegex("8-not.png +! 3"));
}

TEST_F(Program, ReadsAPictureOfTheUsersAlone) {
  const Path images = shipped_images().front().parent_path();
  EXPECT_EQ(run("--check --network wide-32x --image " + (images / "7-bar.png").string()), 0);
  EXPECT_THAT(output_, testing::ContainsRegex("7-bar.png +7 "));
  EXPECT_THAT(output_, testing::HasSubstr("bit for bit"));
  EXPECT_THAT(output_, testing::Not(testing::HasSubstr("0.png")));
}

TEST_F(Program, NamesWhatItCannotRead) {
  EXPECT_EQ(run("--network no-such"), 1);
  EXPECT_THAT(output_, testing::HasSubstr("no-such.s4net"));
  std::ofstream(folder_ / "1.png") << "no picture";
  EXPECT_EQ(run("--images " + folder_.string()), 1);
  EXPECT_THAT(output_, testing::HasSubstr("1.png"));
  EXPECT_EQ(run("--device no-such-card"), 1);
  EXPECT_THAT(output_, testing::HasSubstr("S4_DEVICE=sim"));
}

}  // namespace
}  // namespace s4::digits::test
