// SPDX-License-Identifier: MIT
// Cards as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cards.hpp"

namespace s4::smi {

// S4_LIBRARY_VERSION and the like: "0.1.0".
std::string library_version();
std::string firmware_version(uint32_t version);

// A box a card, for people.
std::string table(std::span<const Card> cards);

// A line a card: "0: S4, 0000:01:00.0, serial S4-1, 20480 MiB".
std::string lines(std::span<const Card> cards);

// {"cards": [...]}: numbers are numbers, in the unit that their name ends in; what is not known is
// null.
std::string json(std::span<const Card> cards);

}  // namespace s4::smi
