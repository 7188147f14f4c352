#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""s4/prune.py: masks, degrees and the schedule."""
import importlib.util
import os
import pathlib
import random
import unittest

import numpy as np

FILE = pathlib.Path(__file__).resolve().parents[2] / "libs4" / "python" / "s4" / "prune.py"
spec = importlib.util.spec_from_file_location("s4_prune", FILE)
prune = importlib.util.module_from_spec(spec)
spec.loader.exec_module(prune)

SEED = int(os.environ.get("S4_TEST_SEED", random.randrange(2 ** 32)))
print(f"seed {SEED}", flush=True)


def banks(mask):
    """Entries kept, [rows][banks]."""
    rows, k = mask.shape
    full = np.zeros((rows, prune.padded(k)), int)
    full[:, :k] = mask
    return full.reshape(rows, -1, 64).sum(axis=2)


class Masks(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(SEED)

    def test_every_bank_keeps_exactly_its_share(self):
        for k in (64, 128, 200, 784):
            weights = self.rng.normal(size=(5, k)).astype(np.float32)
            for degree in prune.DEGREES:
                mask = prune.mask_by_magnitude(weights, degree)
                kept = banks(mask)
                last = min(64 // degree, k % 64 or 64)
                self.assertTrue((kept[:, :-1] == 64 // degree).all())
                self.assertTrue((kept[:, -1] == last).all())

    def test_what_stays_is_no_smaller_than_what_goes(self):
        weights = self.rng.normal(size=(7, 192)).astype(np.float32)
        mask = prune.mask_by_magnitude(weights, 8)
        size = np.abs(weights).reshape(-1, 64)
        kept = mask.reshape(-1, 64)
        self.assertTrue((np.where(kept, size, np.inf).min(axis=1) >=
                         np.where(kept, -np.inf, size).max(axis=1)).all())

    def test_ties_go_to_the_lower_column(self):
        mask = prune.mask_by_magnitude(np.ones((1, 64)), 16)
        self.assertEqual(np.nonzero(mask[0])[0].tolist(), [0, 1, 2, 3])

    def test_apply_mask_keeps_type_and_source(self):
        weights = self.rng.normal(size=(3, 70)).astype(np.float16)
        before = weights.copy()
        pruned = prune.apply_mask(weights, prune.mask_by_magnitude(weights, 4))
        self.assertEqual(pruned.dtype, np.float16)
        self.assertTrue((weights == before).all())
        self.assertTrue(((pruned == weights) | (pruned == 0)).all())

    def test_degree_of_a_pruned_matrix_is_what_it_was_pruned_to(self):
        weights = self.rng.normal(size=(4, 130)).astype(np.float32)
        weights[weights == 0] = 1
        for degree in prune.DEGREES:
            pruned = prune.apply_mask(weights, prune.mask_by_magnitude(weights, degree))
            self.assertEqual(prune.degree_of(pruned), degree)
            again = prune.apply_mask(pruned, prune.mask_by_magnitude(pruned, degree))
            self.assertTrue((again == pruned).all())

    def test_one_weight_too_many_lowers_the_degree(self):
        weights = np.zeros((2, 128))
        weights[1, 64:66] = 1
        self.assertEqual(prune.degree_of(weights), 32)
        weights[1, 100] = 1
        self.assertEqual(prune.degree_of(weights), 16)

    def test_what_cannot_be_is_refused(self):
        with self.assertRaises(ValueError):
            prune.mask_by_magnitude(np.ones((2, 64)), 3)
        with self.assertRaises(ValueError):
            prune.mask_by_magnitude(np.ones(64), 2)
        with self.assertRaises(ValueError):
            prune.mask_by_magnitude(np.full((1, 64), np.nan), 2)
        with self.assertRaises(ValueError):
            prune.apply_mask(np.ones((2, 64)), np.ones((2, 63)))
        for degrees in ((1,), (1, 2, 2), (4, 2), (1, 3)):
            with self.assertRaises(ValueError):
                prune.Schedule(10, degrees)


class Schedules(unittest.TestCase):
    def test_goes_from_dense_to_the_last_degree_and_never_back(self):
        for hold in (0, 7):
            schedule = prune.Schedule(100, hold=hold)
            kept = [schedule.keep(step) for step in range(schedule.total + 10)]
            self.assertEqual(kept[0], 64)
            self.assertEqual(kept[-1], 2)
            self.assertTrue(all(a >= b for a, b in zip(kept, kept[1:])))
            self.assertEqual(kept[schedule.total - 1], 2)

    def test_is_cubic_without_holds(self):
        schedule = prune.Schedule(1000)
        for step in (0, 100, 500, 900, 1000):
            density = 1 / 32 + (31 / 32) * (1 - step / 1000) ** 3
            self.assertEqual(schedule.keep(step), max(2, int(np.ceil(64 * density - 1e-9))))

    def test_holds_at_every_stage_for_as_long_as_asked(self):
        schedule = prune.Schedule(400, degrees=(1, 4, 16, 32), hold=25)
        ends = schedule.stage_ends
        self.assertEqual(list(ends), [4, 16, 32])
        for degree, end in ends.items():
            self.assertEqual([schedule.keep(step) for step in range(end - 25, end + 1)],
                             [64 // degree] * 26)
            self.assertEqual(schedule.degree(end), degree)
        self.assertEqual(ends[32], schedule.total - 1)

    def test_may_start_at_a_pruned_network(self):
        schedule = prune.Schedule(50, degrees=(8, 32))
        self.assertEqual(schedule.keep(0), 8)
        self.assertEqual(schedule.degree(0), 8)
        self.assertEqual(schedule.keep(schedule.total), 2)

    def test_weights_masked_at_a_step_pack_at_its_degree(self):
        rng = np.random.default_rng(SEED)
        weights = rng.normal(size=(3, 256))
        schedule = prune.Schedule(60, hold=5)
        for step in range(schedule.total):
            mask = schedule.mask(step, weights)
            self.assertTrue((banks(mask) == schedule.keep(step)).all())
            self.assertGreaterEqual(prune.degree_of(prune.apply_mask(weights, mask)),
                                    schedule.degree(step))


if __name__ == "__main__":
    unittest.main()
