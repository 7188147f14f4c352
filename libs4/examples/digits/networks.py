# SPDX-License-Identifier: MIT
"""The networks that ship, and how each is trained."""

from dataclasses import dataclass, field

import prune


@dataclass(frozen=True)
class Network:
    name: str
    widths: tuple  # 784, hidden..., 10
    degrees: tuple  # one a layer
    epochs: int = 24
    batch: int = 256
    rate: float = 1.5e-3
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

TEACHER = Network("teacher", (784, 1024, 1024, 10), (1, 1, 1), epochs=20, dropout=0.25, distil=0.0)

SHIPPED = (
    Network("base-1x", BASE, (1, 1, 1), dropout=0.15, note="the dense base"),
    Network("base-8x", BASE, (8, 8, 1), note="the base, pruned"),
    Network("base-16x", BASE, (16, 16, 1), note="the base, pruned"),
    Network("base-32x", BASE, (32, 32, 1), note="the base, pruned"),
    Network("small-1x", (784, 64, 64, 10), (1, 1, 1), note="small and dense"),
    Network("wide-32x", (784, 960, 960, 10), (32, 32, 32), note="wide and sparse"),
)


def by_name(name):
    for network in SHIPPED + (TEACHER,):
        if network.name == name:
            return network
    raise SystemExit(f"no network '{name}'; there are " + ", ".join(n.name for n in SHIPPED))
