#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws the images in images/: digits as a pen would, not taken from MNIST.

Each digit is one or two strokes through a few control points. The seed gives every image its own
jitter of the points, slant, pen width and pressure; the strokes are smooth curves of anti-aliased
discs. Nothing is selected: the pictures are what the seed gives.
"""

import argparse
import pathlib

import numpy as np

import png

# Control points in a box of width 1 and height 1.4, y downwards; strokes of one digit in order.
STROKES = {
    "0": [[(.55, .02), (.16, .22), (.04, .72), (.2, 1.24), (.52, 1.38), (.86, 1.2), (.97, .7),
           (.84, .2), (.5, .02)]],
    "1": [[(.28, .3), (.42, .18), (.56, .02), (.55, .5), (.53, 1.0), (.52, 1.4)]],
    "2": [[(.08, .34), (.22, .08), (.56, .02), (.84, .22), (.78, .56), (.46, .94), (.06, 1.34)],
          [(.06, 1.34), (.4, 1.33), (.96, 1.34)]],
    "2-loop": [[(.1, .32), (.3, .06), (.64, .04), (.84, .28), (.7, .66), (.4, 1.04), (.16, 1.3),
                (.06, 1.18), (.2, 1.06), (.46, 1.2), (.7, 1.34), (.98, 1.22)]],
    "3": [[(.1, .16), (.4, .02), (.76, .1), (.82, .36), (.62, .6), (.36, .66)],
          [(.36, .66), (.74, .76), (.92, 1.04), (.72, 1.32), (.36, 1.39), (.06, 1.22)]],
    "4": [[(.6, .02), (.36, .44), (.04, .94)], [(.04, .94), (.46, .93), (.98, .9)],
          [(.74, .48), (.72, .92), (.7, 1.4)]],
    "5": [[(.88, .05), (.54, .06), (.22, .07)], [(.22, .07), (.18, .32), (.14, .6)],
          [(.14, .6), (.46, .5), (.82, .66), (.9, 1.0), (.66, 1.32), (.3, 1.38), (.04, 1.24)]],
    "6": [[(.76, .02), (.42, .2), (.14, .64), (.08, 1.06), (.3, 1.36), (.66, 1.36), (.86, 1.1),
           (.7, .82), (.38, .78), (.12, 1.0)]],
    "7": [[(.06, .08), (.48, .07), (.92, .05)], [(.92, .05), (.7, .5), (.5, .92), (.38, 1.4)]],
    "7-bar": [[(.06, .1), (.5, .07), (.92, .06)], [(.92, .06), (.68, .54), (.5, .94), (.4, 1.4)],
              [(.28, .74), (.58, .72), (.88, .7)]],
    "8": [[(.78, .2), (.46, .02), (.16, .22), (.3, .52), (.62, .72), (.86, 1.04), (.62, 1.36),
           (.28, 1.34), (.1, 1.06), (.34, .74), (.68, .5), (.8, .2)]],
    "9": [[(.84, .24), (.52, .03), (.16, .2), (.14, .52), (.42, .7), (.74, .54), (.85, .22)],
          [(.85, .22), (.82, .66), (.72, 1.06), (.6, 1.4)]],
}

# Height of the picture in pixels and whether it is a dark pen on light paper.
PICTURES = {
    "0": (28, False), "1": (64, False), "2": (100, True), "2-loop": (160, True), "3": (200, False),
    "4": (128, True), "5": (80, False), "6": (140, True), "7": (48, False), "7-bar": (180, True),
    "8": (120, False), "9": (96, True),
}

OVERSAMPLE = 4


def curve(points, steps=60):
    """Catmull-Rom spline through the points."""
    p = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:]):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t ** 2 +
                            (3 * b - 3 * c + d - a) * t ** 3))
    return np.vstack(parts + [points[-1:]])


def hand(strokes, rng):
    """The strokes as one hand would draw them: slant, stretch and a jitter of every point."""
    slant, turn = rng.uniform(-0.05, 0.22), rng.uniform(-0.07, 0.07)
    stretch = rng.uniform(0.85, 1.1)
    result, end = [], None
    for stroke in strokes:
        points = np.array(stroke, np.float64)
        jitter = rng.normal(0, 0.016, points.shape)
        if end is not None and np.allclose(points[0], end[0]):
            jitter[0] = end[1]  # a stroke that goes on where the last ended, does so
        end = (points[-1], jitter[-1])
        points = points + jitter
        x = (points[:, 0] - 0.5) * stretch - slant * (points[:, 1] - 0.7)
        y = points[:, 1] - 0.7
        result.append(np.stack([x * np.cos(turn) - y * np.sin(turn),
                                x * np.sin(turn) + y * np.cos(turn)], 1))
    return result


def draw(name, rng):
    """The picture as bytes [height][width]."""
    size, dark_pen = PICTURES[name]
    strokes = [curve(stroke) for stroke in hand(STROKES[name], rng)]
    fine = size * OVERSAMPLE
    unit = fine * rng.uniform(0.5, 0.58)  # length of 1 in pixels of the fine canvas
    width = unit * rng.uniform(0.065, 0.095)  # radius of the pen
    offset = fine / 2 + unit * rng.uniform(-0.04, 0.04, 2)
    ink = np.zeros((fine, fine), np.float32)
    y, x = np.mgrid[:fine, :fine]
    for stroke in strokes:
        pressure = 1 + 0.16 * np.sin(np.linspace(0, rng.uniform(2, 5), len(stroke)))
        for (at_x, at_y), radius in zip(stroke * unit + offset, pressure * width):
            box = (slice(max(0, int(at_y - radius - 2)), int(at_y + radius + 3)),
                   slice(max(0, int(at_x - radius - 2)), int(at_x + radius + 3)))
            distance = np.hypot(x[box] - at_x, y[box] - at_y)
            np.maximum(ink[box], np.clip(radius + 0.5 - distance, 0, 1), out=ink[box])
    ink = ink.reshape(size, OVERSAMPLE, size, OVERSAMPLE).mean(axis=(1, 3))
    paper, pen = (rng.uniform(235, 255), rng.uniform(10, 50)) if dark_pen else (0, 255)
    return np.rint(paper + (pen - paper) * ink).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path(__file__).parent / "images")
    parser.add_argument("--seed", type=int, default=4)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(STROKES):
        png.write_gray(args.out / f"{name}.png", draw(name, np.random.default_rng([args.seed, i])))


if __name__ == "__main__":
    main()
