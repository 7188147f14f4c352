// SPDX-License-Identifier: MIT
// Shows the S4 cards of this machine.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#include "output.hpp"

int main(int argc, char** argv) {
  using namespace s4::smi;
  CLI::App app{"Shows the S4 cards of this machine."};
  app.footer(
      "S4_VISIBLE_DEVICES chooses cards; S4_DEVICE=sim shows the simulated card.\n"
      "Exit status: 0, or 1 when there is no card or one of them cannot be used.");
  app.set_version_flag("--version", "s4-smi " S4_SMI_VERSION ", libs4 " + library_version());
  bool as_json = false;
  CLI::App* list = app.add_subcommand("list", "a line a card");
  list->add_flag("--json", as_json, "all that is known of each");
  CLI11_PARSE(app, argc, argv);

  const auto cards = gather();
  if (!cards) {
    fmt::print(stderr, "s4-smi: {}\n", cards.error().message);
    return 1;
  }
  fmt::print("{}", as_json ? json(*cards) : *list ? lines(*cards) : table(*cards));
  // A card that is there and cannot be used is shown, and is no success.
  return std::ranges::all_of(*cards, &Card::usable) ? 0 : 1;
}
