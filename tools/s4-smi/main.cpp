// SPDX-License-Identifier: MIT
// s4-smi: which S4 cards there are and how they are. docs/sdk.md, "s4-smi".
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "output.hpp"

int main(int argc, char** argv) {
  using namespace s4::smi;
  CLI::App app{
      "Shows the S4 cards of this machine. S4_VISIBLE_DEVICES chooses among them; with "
      "S4_DEVICE=sim the simulated card is shown."};
  app.set_version_flag("--version",
                       fmt::format("s4-smi {}.{}.{}", S4_LIBRARY_VERSION_MAJOR,
                                   S4_LIBRARY_VERSION_MINOR, S4_LIBRARY_VERSION_PATCH));
  bool as_json = false;
  CLI::App* list = app.add_subcommand("list", "One line a card");
  list->add_flag("--json", as_json, "Everything that is known, as JSON");
  CLI11_PARSE(app, argc, argv);

  auto cards = read_cards();
  if (!cards) {
    fmt::print(stderr, "s4-smi: {}\n", cards.error().message);
    return 1;
  }
  const std::string text = !list->parsed() ? table(*cards) : as_json ? json(*cards) : brief(*cards);
  std::fputs(text.c_str(), stdout);
  // A card that is there and cannot be read is shown, and is no success.
  const bool all_good = std::all_of(cards->begin(), cards->end(), [](const Card& card) {
    return card.info.state == s4::Code::kSuccess;
  });
  return all_good ? 0 : 1;
}
