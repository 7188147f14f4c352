# SPDX-License-Identifier: MIT
"""Balanced banks: in every row, every bank of 64 consecutive columns keeps the same number."""

import numpy as np

BANK = 64
DEGREES = (1, 2, 4, 8, 16, 32)


def padded(k):
    """K as the card stores it: up to the next multiple of 64."""
    return (k + BANK - 1) // BANK * BANK


def mask_of_largest(weights, keep):
    """Mask [rows][K] that keeps the `keep` largest magnitudes of every bank of every row.

    Columns of padding come last in the choice. Ties go to the lower column, so equal inputs give
    equal masks.
    """
    rows, k = weights.shape
    if keep >= BANK:
        return np.ones((rows, k), bool)
    magnitude = np.full((rows, padded(k)), -1, np.float32)
    magnitude[:, :k] = np.abs(weights)
    banks = magnitude.reshape(rows, -1, BANK)
    best = np.argsort(-banks, axis=2, kind="stable")[:, :, :keep]
    mask = np.zeros(banks.shape, bool)
    np.put_along_axis(mask, best, True, axis=2)
    return mask.reshape(rows, -1)[:, :k]


def kept_per_bank(degree, progress):
    """Entries of a bank at a point of the ramp: cubic from 64 at 0 down to 64/degree at 1."""
    final = 1 / degree
    progress = min(max(progress, 0.0), 1.0)
    density = final + (1 - final) * (1 - progress) ** 3
    return max(BANK // degree, int(np.ceil(BANK * density - 1e-9)))


def multiply_accumulates(rows, k, degree):
    """What the card computes for one input vector: the stored entries."""
    return rows * padded(k) // degree


def weight_bytes(rows, k, degree, value_size=1):
    """Value plane and index plane on the card."""
    entries = multiply_accumulates(rows, k, degree)
    return entries * (value_size + (degree > 1))
