// SPDX-License-Identifier: MIT
// Reads handwritten digits on an S4 card with networks of several degrees of sparsity.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "experiment.hpp"
#include "report.hpp"

namespace s4::digits {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string device;  // empty: what S4_DEVICE says, else the first card
  fs::path weights;
  fs::path images;
  std::vector<fs::path> image;
  std::vector<std::string> network = {"base-1x",  "base-8x",  "base-16x",
                                      "base-32x", "small-1x", "wide-32x"};
  fs::path mnist;
  bool json = false;
  Experiment experiment;
};

// Beside the program when installed, else in the source tree.
fs::path shipped(const char* folder) {
  std::error_code error;
  const fs::path installed =
      fs::read_symlink("/proc/self/exe", error).parent_path().parent_path() / "share/s4/digits";
  return (fs::exists(installed, error) ? installed : fs::path(DIGITS_FOLDER)) / folder;
}

Result<void> read_pictures(const Arguments& arguments, std::vector<Picture>& pictures) {
  if (!arguments.images.empty() || arguments.image.empty()) {
    auto folder = read_folder(arguments.images.empty() ? shipped("images") : arguments.images);
    if (!folder)
      return std::move(folder).error();
    pictures = *std::move(folder);
  }
  for (const fs::path& file : arguments.image) {
    auto picture = read_picture(file);
    if (!picture)
      return std::move(picture).error();
    pictures.push_back(*std::move(picture));
  }
  return {};
}

Result<std::string> run(Arguments& arguments, bool& good) {
  Experiment& experiment = arguments.experiment;
  if (auto read = read_pictures(arguments, experiment.pictures); !read)
    return std::move(read).error();
  if (!arguments.mnist.empty()) {
    auto mnist = read_mnist(arguments.mnist, "t10k");
    if (!mnist)
      return Error{Code::kInvalidArgument, 0, {}, "read", mnist.error()};
    experiment.mnist = *std::move(mnist);
  }
  auto device = arguments.device.empty() ? Device::open() : Device::open(arguments.device);
  if (!device)
    return std::move(device).error();
  auto info = device->info();
  if (!info)
    return std::move(info).error();

  std::vector<Measured> networks;
  for (const std::string& name : arguments.network) {
    auto net = read_net(arguments.weights / (name + ".s4net"));
    if (!net)
      return Error{Code::kInvalidArgument, 0, {}, "read", net.error()};
    auto measured = measure(*device, experiment, *std::move(net));
    if (!measured)
      return std::move(measured).error();
    const Score marks = score(*measured, experiment.pictures);
    good = good && marks.right == marks.known && measured->mismatches.value_or(0) == 0;
    networks.push_back(*std::move(measured));
  }
  return arguments.json ? report_json(*info, experiment, networks)
                        : report_text(*info, experiment, networks);
}

int main(int argc, char** argv) {
  Arguments arguments;
  arguments.weights = shipped("weights");
  CLI::App app{"Reads handwritten digits on an S4 card."};
  app.footer(
      "Exit status: 0, 1 if something failed, 2 if a shipped picture was read wrongly or --check\n"
      "found a difference. S4_DEVICE=sim runs it without a card.");
  Classifier::Options& options = arguments.experiment.classifier;
  const std::map<std::string, s4_core_mode> modes = {{"one", S4_CORE_MODE_ONE},
                                                     {"split", S4_CORE_MODE_SPLIT},
                                                     {"broadcast", S4_CORE_MODE_BROADCAST}};
  app.add_option("--device", arguments.device, "index, serial number, bus id, node, or sim");
  app.add_option("--weights", arguments.weights, "folder of the networks (NAME.s4net)");
  app.add_option("--images", arguments.images, "folder of PNG files named for what they show");
  app.add_option("--image", arguments.image, "a PNG with one digit (may be repeated)");
  app.add_option("--network", arguments.network, "a network (may be repeated)");
  app.add_option("--mnist", arguments.mnist, "folder of the MNIST files: measures the accuracy");
  app.add_option("--batch", options.batch, "digits in a job")->check(CLI::Range(1, 100'000));
  app.add_option("--core-mode", options.core_mode, "one, split or broadcast")
      ->transform(CLI::CheckedTransformer(modes))
      ->type_name("MODE");
  app.add_flag("--check", arguments.experiment.check, "compares with the host, bit for bit");
  app.add_flag("--json", arguments.json, "one JSON object");
  CLI11_PARSE(app, argc, argv);

  bool good = true;
  const auto text = run(arguments, good);
  if (!text) {
    fmt::print(stderr, "s4-digits: {}\n", text.error().text());
    return 1;
  }
  fmt::print("{}", *text);
  return good ? 0 : 2;
}

}  // namespace
}  // namespace s4::digits

int main(int argc, char** argv) {
  return s4::digits::main(argc, argv);
}
