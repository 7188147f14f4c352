# SPDX-License-Identifier: MIT
"""Accuracy over multiply-accumulates as an SVG picture."""

import math

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 690, 24, 320
DENSE, SPARSE, INK, GRID = "#b3541e", "#1e6fb3", "#333333", "#dddddd"


def _scale(low, high, start, end):
    return lambda v: start + (v - low) / (high - low) * (end - start)


def draw(rows):
    """`rows`: what export.py measured, dicts with network and int8 (percent)."""
    macs = [row["network"].multiply_accumulates() for row in rows]
    worst = math.floor(min(row["int8"] for row in rows) * 4 - 0.4) / 4
    best = math.ceil(max(row["int8"] for row in rows) * 4 + 0.4) / 4
    at_x = _scale(math.log10(min(macs) * 0.8), math.log10(max(macs) * 1.3), LEFT, RIGHT)
    at_y = _scale(worst, best, BOTTOM, TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           f'font-family="sans-serif" font-size="13" fill="{INK}">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for i in range(round((best - worst) * 4) + 1):
        value = worst + i / 4
        out.append(f'<path d="M{LEFT} {at_y(value):.1f}H{RIGHT}" stroke="{GRID}"/>'
                   f'<text x="{LEFT - 8}" y="{at_y(value) + 4:.1f}" text-anchor="end">'
                   f'{value:.2f}</text>')
    for value in (20_000, 30_000, 50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000):
        x = at_x(math.log10(value))
        if LEFT <= x <= RIGHT:
            out.append(f'<path d="M{x:.1f} {TOP}V{BOTTOM}" stroke="{GRID}"/><text x="{x:.1f}" '
                       f'y="{BOTTOM + 18}" text-anchor="middle">{value // 1000}k</text>')
    out.append(f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 22}" text-anchor="middle">'
               'multiply-accumulates on stored weights, one image (log scale)</text>')
    out.append(f'<text x="18" y="{(TOP + BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 '
               f'18 {(TOP + BOTTOM) / 2})">MNIST test accuracy, INT8, %</text>')
    for color, sparse in ((DENSE, False), (SPARSE, True)):
        points = sorted((row["network"].multiply_accumulates(), row["int8"], row["network"].name)
                        for row in rows if (max(row["network"].degrees) > 1) == sparse)
        line = " ".join(f"{at_x(math.log10(m)):.1f},{at_y(a):.1f}" for m, a, _ in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        previous = -math.inf
        for m, a, name in points:
            x, y = at_x(math.log10(m)), at_y(a)
            crowded = x - previous < 60  # its label would meet that of the point before
            previous = x
            offset = -10 if sparse != crowded else 20
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}"/><text x="{x:.1f}" '
                       f'y="{y + offset:.1f}" text-anchor="middle" fill="{color}">{name}</text>')
    for i, (color, text) in enumerate(((SPARSE, "pruned to balanced banks"), (DENSE, "dense"))):
        y = BOTTOM - 40 + 20 * i
        out.append(f'<circle cx="{RIGHT - 190}" cy="{y - 4}" r="5" fill="{color}"/>'
                   f'<text x="{RIGHT - 178}" y="{y}" fill="{color}">{text}</text>')
    return "\n".join(out + ["</svg>", ""])
