# SPDX-License-Identifier: MIT
# The arithmetic of the card is exact: no contraction, no fast-math, anywhere (docs/hardware.md).
add_compile_options(-Wall -Wextra -Werror -ffp-contract=off)
