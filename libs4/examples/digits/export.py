#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Quantises the trained networks, measures them and writes weights/NAME.s4net.

Prints the table of README.md. With --chart it draws accuracy over multiply-accumulates as well.
"""

import argparse
import pathlib

import numpy as np

import chart
import data
import mlp
import networks
import quantise
import reference
import s4net
import train

CALIBRATION = 4000  # training images


def load_float(path, network):
    """[(weights, mask, bias, degree)] of a network that train.py wrote."""
    if not path.exists():
        raise SystemExit(f"{path} is missing: run train.py with the same --work first")
    stored = np.load(path)
    return [(stored[f"weights{i}"], stored[f"mask{i}"], stored[f"bias{i}"], degree)
            for i, degree in enumerate(network.degrees)]


def percent(found, labels):
    return 100 * np.mean(found == labels)


def export(network, layers, calibration, test, folder):
    """Writes the file, reads it back and returns one row of the table."""
    pixels, labels = test
    steps = data.quantise_pixels(pixels)
    path = folder / f"{network.name}.s4net"
    int_layers = quantise.quantise(layers, calibration)
    correct = int(np.sum(reference.classify(int_layers, steps) == labels))
    s4net.write(path, network.name, int_layers, len(labels), correct)
    _, stored, _, _ = s4net.read(path)
    if np.any(reference.classify(stored, steps) != reference.classify(int_layers, steps)):
        raise SystemExit(f"{path} does not hold what was written")
    x = train.pixels_to_float(pixels)
    folded = [(weights, bias) for weights, _, bias, _ in layers]
    return {
        "network": network,
        "float": percent(mlp.forward(folded, x).argmax(axis=1), labels),
        "bf16": percent(reference.classify_bf16(layers, x), labels),
        "int8": 100 * correct / len(labels),
        "file": path.stat().st_size,
    }


def table(rows):
    titles = ("network", "widths", "degrees", "MACs", "weight bytes", "file bytes", "float", "BF16",
              "INT8")
    lines = ["| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    for row in rows:
        net = row["network"]
        cells = (f"`{net.name}`", "-".join(map(str, net.widths)), "/".join(map(str, net.degrees)),
                 f"{net.multiply_accumulates():,}", f"{net.weight_bytes():,}", f"{row['file']:,}",
                 f"{row['float']:.2f}", f"{row['bf16']:.2f}", f"**{row['int8']:.2f}**")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).parent
    parser.add_argument("--data", required=True, help="folder with the four MNIST idx files")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="train.py's folder")
    parser.add_argument("--out", type=pathlib.Path, default=here / "weights")
    parser.add_argument("--chart", type=pathlib.Path, help="SVG file to draw")
    parser.add_argument("names", nargs="*", help="networks to export (default: all that ship)")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    images, _ = data.load(args.data, "train")
    calibration = train.pixels_to_float(images[:CALIBRATION])
    test = data.load(args.data, "t10k")
    chosen = [networks.by_name(name) for name in args.names] or networks.SHIPPED
    rows = [export(network, load_float(args.work / f"{network.name}.npz", network), calibration,
                   test, args.out) for network in chosen]
    print(table(rows))
    if args.chart:
        args.chart.write_text(chart.draw(rows))


if __name__ == "__main__":
    main()
