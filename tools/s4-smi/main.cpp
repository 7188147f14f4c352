// SPDX-License-Identifier: MIT
// Shows the S4 cards of this machine.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>

#include "output.hpp"

int main(int argc, char** argv) {
  using namespace s4::smi;
  CLI::App app{"Shows the S4 cards of this machine."};
  app.footer("S4_VISIBLE_DEVICES chooses cards; S4_DEVICE=sim shows the simulated card.");
  app.set_version_flag("--version", "s4-smi " S4_SMI_VERSION ", libs4 " + library_version());
  bool as_json = false;
  CLI::App* list = app.add_subcommand("list", "a line a card");
  list->add_flag("--json", as_json, "all that is known of each, as a JSON array");
  CLI11_PARSE(app, argc, argv);

  const auto cards = gather();
  if (!cards) {
    fmt::print(stderr, "s4-smi: {}\n", cards.error().message);
    return 1;
  }
  fmt::print("{}", as_json ? json(*cards) : *list ? lines(*cards) : table(*cards));
  return 0;
}
