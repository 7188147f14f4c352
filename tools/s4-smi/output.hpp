// SPDX-License-Identifier: MIT
// The two forms in which s4-smi tells about cards.
#pragma once

#include <string>
#include <vector>

#include "card.hpp"

namespace s4::smi {

// For people: a box of two lines a card.
std::string table(const std::vector<Card>& cards);
// For programs: numbers are numbers, in units that their names say; what is not known is null.
std::string json(const std::vector<Card>& cards);
// One line a card: index, name, bus id, serial.
std::string brief(const std::vector<Card>& cards);

}  // namespace s4::smi
