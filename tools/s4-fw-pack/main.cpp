// SPDX-License-Identifier: MIT
// s4-fw-pack: makes, shows and checks signed firmware images. docs/firmware.md, "Image".
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "s4-fw-pack/elf.hpp"
#include "s4-fw-pack/file.hpp"
#include "s4-fw-pack/image.hpp"
#include "s4-fw-pack/keys.hpp"
#include "s4/abi/s4_limits.h"

namespace {

using namespace s4::fwpack;

struct Options {
  std::string elf, key, pub, version, output, file;
  bool force = false;
};

Bytes to_bytes(const std::string& text) {
  return Bytes(text.begin(), text.end());
}

// The public key given as --pub, or the public half of --key.
Result<PublicKey> public_key(const Options& options) {
  if (!options.pub.empty())
    return load_key(options.pub);
  const auto seed = load_key(options.key);
  if (!seed)
    return failure(seed.error());
  const auto keys = key_pair(*seed);
  if (!keys)
    return failure(keys.error());
  return keys->pub;
}

Result<void> pack(const Options& options) {
  const auto version = parse_version(options.version);
  if (!version)
    return failure(version.error());
  const auto seed = load_key(options.key);
  if (!seed)
    return failure(seed.error());
  const auto file = read_file(options.elf);
  if (!file)
    return failure(file.error());
  const auto payload = flatten_elf(*file);
  if (!payload)
    return failure(fmt::format("{}: {}", options.elf, payload.error()));
  const auto image = make_image(*payload, *version, *seed);
  if (!image)
    return failure(image.error());
  return write_file(options.output, *image);
}

void print_header(const s4_fw_header& header) {
  fmt::print("version  {}\n", version_text(header.fw_version));
  fmt::print("abi      {}.{}\n", header.abi_version >> 16, header.abi_version & 0xffff);
  fmt::print("payload  {} bytes at {:#010x}, entry {:#010x}\n", header.payload_size,
             header.load_addr, header.entry);
  fmt::print("sha256   ");
  for (const uint8_t byte : header.hash)
    fmt::print("{:02x}", byte);
  fmt::print("\n");
}

Result<void> show(const Options& options) {
  const auto file = read_file(options.file);
  if (!file)
    return failure(file.error());
  const auto header = parse_image(*file);
  if (!header)
    return failure(fmt::format("{}: {}", options.file, header.error()));
  print_header(*header);
  fmt::print("hash     {}\n", hash_matches(*file) ? "matches the payload" : "DOES NOT MATCH");
  return {};
}

Result<void> verify(const Options& options) {
  const auto key = public_key(options);
  if (!key)
    return failure(key.error());
  const auto file = read_file(options.file);
  if (!file)
    return failure(file.error());
  const auto header = verify_image(*file, *key);
  if (!header)
    return failure(fmt::format("{}: {}", options.file, header.error()));
  fmt::print("{}: version {}, signature good\n", options.file, version_text(header->fw_version));
  return {};
}

Result<void> keygen(const Options& options) {
  const std::string secret = options.output + ".key", pub = options.output + ".pub";
  if (!options.force && (read_file(secret) || read_file(pub))) {
    return failure(fmt::format("{} or {} exists already: --force overwrites them", secret, pub));
  }
  const auto seed = random_seed();
  if (!seed)
    return failure(seed.error());
  const auto keys = key_pair(*seed);
  if (!keys)
    return failure(keys.error());
  const auto done = write_file(
      secret, to_bytes(key_text(*seed, "S4 firmware signing key (Ed25519 seed): keep secret")),
      true);
  if (!done)
    return done;
  return write_file(pub, to_bytes(key_text(keys->pub, "S4 firmware verification key (Ed25519)")));
}

Result<void> header(const Options& options) {
  const auto key = public_key(options);
  if (!key)
    return failure(key.error());
  fmt::print("{}", rom_header(*key));
  return {};
}

void add_key_options(CLI::App* command, Options& options) {
  auto* group = command->add_option_group("key", "one of these");
  group->add_option("--pub", options.pub, "Public key file")->check(CLI::ExistingFile);
  group->add_option("--key", options.key, "Signing key file")->check(CLI::ExistingFile);
  group->require_option(1);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes, shows and checks signed S4 firmware images.", "s4-fw-pack"};
  app.require_subcommand(1);
  Options options;

  auto* pack_cmd = app.add_subcommand("pack", "Make a signed image of a linked ELF");
  pack_cmd->add_option("--elf", options.elf, "The firmware")->required()->check(CLI::ExistingFile);
  pack_cmd->add_option("--key", options.key, "Signing key")->required()->check(CLI::ExistingFile);
  pack_cmd->add_option("--version", options.version, "Firmware version, X.Y.Z")->required();
  pack_cmd->add_option("-o,--output", options.output, "Image to write")->required();

  auto* show_cmd = app.add_subcommand("show", "Print an image's header");
  show_cmd->add_option("file", options.file, "Image")->required();

  auto* verify_cmd = app.add_subcommand("verify", "Check an image as the boot ROM does");
  verify_cmd->add_option("file", options.file, "Image")->required();
  add_key_options(verify_cmd, options);

  auto* keygen_cmd = app.add_subcommand("keygen", "Make a key pair: NAME.key and NAME.pub");
  keygen_cmd->add_option("name", options.output, "Name without suffix")->required();
  keygen_cmd->add_flag("--force", options.force, "Overwrite existing files");

  auto* header_cmd = app.add_subcommand("header", "Print the boot ROM's header of a key");
  add_key_options(header_cmd, options);

  CLI11_PARSE(app, argc, argv);

  const auto done = *pack_cmd     ? pack(options)
                    : *show_cmd   ? show(options)
                    : *verify_cmd ? verify(options)
                    : *keygen_cmd ? keygen(options)
                                  : header(options);
  if (!done) {
    fmt::print(stderr, "s4-fw-pack: {}\n", done.error());
    return 1;
  }
  return 0;
}
