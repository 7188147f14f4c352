// SPDX-License-Identifier: MIT
#include "idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

namespace s4::digits {
namespace {

using Error = tl::unexpected<std::string>;

constexpr std::uint32_t kMaxImages = 100000;

struct GzClose {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

// An idx file of bytes open for reading; zlib passes a plain file through.
class IdxFile {
 public:
  static tl::expected<IdxFile, std::string> open(const std::filesystem::path& plain) {
    std::filesystem::path packed = plain;
    packed += ".gz";
    for (const auto& path : {packed, plain}) {
      if (gzFile file = gzopen(path.c_str(), "rb"); file != nullptr) {
        return IdxFile(path, file);
      }
    }
    return Error(plain.string() + "[.gz] cannot be opened: is this the folder of the MNIST files?");
  }

  tl::expected<void, std::string> read(std::span<std::uint8_t> bytes) {
    const int got = gzread(file_.get(), bytes.data(), static_cast<unsigned>(bytes.size()));
    if (got < 0 || static_cast<std::size_t>(got) != bytes.size()) {
      return Error(path_.string() + ": truncated or damaged");
    }
    return {};
  }

  // Reads the header and checks the magic; the dimensions in order.
  template <std::size_t N>
  tl::expected<std::array<std::uint32_t, N>, std::string> read_shape() {
    std::array<std::uint8_t, 4 * (N + 1)> header;
    if (auto done = read(header); !done) {
      return Error(done.error());
    }
    const auto word = [&](std::size_t i) {
      return std::uint32_t{header[4 * i]} << 24 | std::uint32_t{header[4 * i + 1]} << 16 |
             std::uint32_t{header[4 * i + 2]} << 8 | header[4 * i + 3];
    };
    std::array<std::uint32_t, N> shape;
    for (std::size_t i = 0; i < N; ++i) {
      shape[i] = word(i + 1);
    }
    if (word(0) != (0x800 | N) || shape[0] > kMaxImages) {  // 8: elements are bytes
      return Error(path_.string() + ": not an idx file of the expected kind");
    }
    return shape;
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  IdxFile(std::filesystem::path path, gzFile file) : path_(std::move(path)), file_(file) {}

  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, GzClose> file_;
};

tl::expected<std::vector<Digit>, std::string> read_images(const std::filesystem::path& path) {
  auto file = IdxFile::open(path);
  if (!file) {
    return Error(file.error());
  }
  const auto shape = file->read_shape<3>();
  if (!shape) {
    return Error(shape.error());
  }
  if ((*shape)[1] != kDigitSide || (*shape)[2] != kDigitSide) {
    return Error(file->path().string() + ": its images are not 28 x 28");
  }
  std::vector<Digit> images((*shape)[0]);
  for (Digit& image : images) {
    if (auto done = file->read(image); !done) {
      return Error(done.error());
    }
  }
  return images;
}

tl::expected<std::vector<std::uint8_t>, std::string> read_labels(
    const std::filesystem::path& path) {
  auto file = IdxFile::open(path);
  if (!file) {
    return Error(file.error());
  }
  const auto shape = file->read_shape<1>();
  if (!shape) {
    return Error(shape.error());
  }
  std::vector<std::uint8_t> labels((*shape)[0]);
  if (auto done = file->read(labels); !done) {
    return Error(done.error());
  }
  if (std::ranges::any_of(labels, [](std::uint8_t label) { return label > 9; })) {
    return Error(file->path().string() + ": a label is not a digit");
  }
  return labels;
}

}  // namespace

tl::expected<LabelledDigits, std::string> read_mnist(const std::filesystem::path& folder,
                                                     const std::string& set) {
  auto images = read_images(folder / (set + "-images-idx3-ubyte"));
  if (!images) {
    return Error(images.error());
  }
  auto labels = read_labels(folder / (set + "-labels-idx1-ubyte"));
  if (!labels) {
    return Error(labels.error());
  }
  if (images->size() != labels->size()) {
    return Error(folder.string() + ": as many labels as images are needed");
  }
  return LabelledDigits{std::move(*images), std::move(*labels)};
}

}  // namespace s4::digits
