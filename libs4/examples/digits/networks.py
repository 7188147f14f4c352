# SPDX-License-Identifier: MIT
"""The networks that ship, and how each is trained."""

from dataclasses import dataclass, field

import prune


@dataclass(frozen=True)
class Network:
    name: str
    widths: tuple  # 784, hidden..., 10
    degrees: tuple  # one a layer
    epochs: int = 30
    batch: int = 256
    rate: float = 4e-3
    decay: float = 0.01
    dropout: float = 0.0
    clean: float = 0.3  # share of undistorted images
    distil: float = 0.7  # share of the teacher's answer in the target
    note: str = field(default="", compare=False)

    def shapes(self):
        """(rows, K, degree) of every layer."""
        return list(zip(self.widths[1:], self.widths, self.degrees))

    def multiply_accumulates(self):
        return sum(prune.multiply_accumulates(*shape) for shape in self.shapes())

    def weight_bytes(self, value_size=1):
        return sum(prune.weight_bytes(*shape, value_size) for shape in self.shapes())


BASE = (784, 512, 512, 10)

# Trained first; its answers on the pool are what the others learn from, beside the labels.
TEACHER = Network("teacher", (784, 1024, 1024, 10), (1, 1, 1), epochs=24, dropout=0.2, distil=0.0)

SHIPPED = (
    Network("base-1x", BASE, (1, 1, 1), dropout=0.1, note="the base, dense"),
    Network("base-8x", BASE, (8, 8, 1), note="the base, pruned"),
    Network("base-16x", BASE, (16, 16, 1), note="the base, pruned"),
    Network("base-32x", BASE, (32, 32, 1), note="the base, pruned"),
    # Two pairs: a small dense network and a wide sparse one that costs the card no more. base-32x
    # stands beside tiny-1x, wide-32x beside small-1x.
    Network("tiny-1x", (784, 32, 32, 10), (1, 1, 1), epochs=60, note="tiny and dense"),
    Network("small-1x", (784, 64, 64, 10), (1, 1, 1), epochs=60, note="small and dense"),
    Network("wide-32x", (784, 896, 832, 10), (32, 32, 1), note="wide and sparse"),
)


def by_name(name):
    for network in SHIPPED + (TEACHER,):
        if network.name == name:
            return network
    raise SystemExit(f"no network '{name}'; there are " + ", ".join(n.name for n in SHIPPED))
