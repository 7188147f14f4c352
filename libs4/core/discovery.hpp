// SPDX-License-Identifier: MIT
// Which cards there are, which of them this process may see, and what a name means.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "s4/result.hpp"
#include "transport/transport.hpp"

namespace s4::core {

// A card that was found, opened as far as that is possible.
struct Found {
  std::string node;  // empty with the simulated card
  std::string bus_id;
  std::string serial;                               // empty when it cannot be opened
  std::unique_ptr<transport::Transport> transport;  // null: see problem
  Error problem;
};

// The card's identity, size and versions, or how asking failed.
Result<drm_s4_query_info> query_info(transport::Transport& transport, const char* stage);

// The visible cards: those of the driver in the order of their bus ids, cut down and ordered by
// S4_VISIBLE_DEVICES; or the simulated one, when S4_DEVICE names it. Never empty.
Result<std::vector<Found>> find_cards();

// Opens what `name` means; with null what S4_DEVICE says, else the first visible card. `index` is
// the card's place among the visible ones.
Result<std::unique_ptr<transport::Transport>> open_card(const char* name, unsigned* index);

// The same with the cards given: `visible` is S4_VISIBLE_DEVICES or null. For tests.
Result<std::vector<Found>> select_visible(std::vector<Found> cards, const char* visible);
Result<size_t> select_named(const std::vector<Found>& cards, const std::string& name);

}  // namespace s4::core
