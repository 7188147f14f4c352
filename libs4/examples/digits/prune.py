# SPDX-License-Identifier: MIT
"""Balanced banks (s4/prune.py, from where it stands in the tree) and what they cost the card."""

import importlib.util
import pathlib

# By its file: neither an installed package s4 nor its compiled parts are needed for training.
_spec = importlib.util.spec_from_file_location(
    "s4_prune", pathlib.Path(__file__).resolve().parents[2] / "python" / "s4" / "prune.py")
_banks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_banks)

BANK = _banks.BANK
DEGREES = _banks.DEGREES
Schedule = _banks.Schedule
degree_of = _banks.degree_of
kept_per_bank = _banks.kept_per_bank
mask_of_largest = _banks.mask_of_largest
padded = _banks.padded


def multiply_accumulates(rows, k, degree):
    """What the card computes for one input vector: the stored entries."""
    return rows * padded(k) // degree


def weight_bytes(rows, k, degree, value_size=1):
    """Value plane and index plane on the card."""
    entries = multiply_accumulates(rows, k, degree)
    return entries * (value_size + (degree > 1))
