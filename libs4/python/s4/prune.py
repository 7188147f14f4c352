# SPDX-License-Identifier: MIT
"""Pruning to balanced banks with numpy alone, for training in any framework.

In every row of a weight matrix [rows = outputs][k], every bank of 64 consecutive k keeps at most
64/degree weights; a short last bank has the same allowance. A convolution's kernel is the matrix
[out][kh * kw * in].

    schedule = Schedule(steps=2000, degrees=(1, 2, 4, 8, 16, 32), hold=500)
    for step in range(schedule.total):
        mask = schedule.mask(step, weights)  # numpy array of the framework's tensor
        ... forward and backward with apply_mask(weights, mask), update of weights ...
"""

import numpy as np

BANK = 64
DEGREES = (1, 2, 4, 8, 16, 32)


def padded(k):
    """k as the card stores it: up to the next multiple of 64."""
    return (k + BANK - 1) // BANK * BANK


def _check(weights):
    weights = np.asarray(weights)
    if weights.ndim != 2 or weights.size == 0:
        raise ValueError(f"weights have shape {weights.shape}; give a matrix [rows][k]")
    return weights


def _check_degree(degree):
    if degree not in DEGREES:
        raise ValueError(f"degree is {degree}; give one of {DEGREES}")
    return degree


def mask_of_largest(weights, keep):
    """Mask, bool [rows][k], of the `keep` (1..64) largest magnitudes of every bank of every row.

    `weights`: [rows][k], finite. Columns of padding come last in the choice. Ties go to the lower
    column, so equal inputs give equal masks.
    """
    weights = _check(weights)
    rows, k = weights.shape
    if not 1 <= keep <= BANK:
        raise ValueError(f"keep is {keep}; give 1 to {BANK} entries a bank")
    if not np.isfinite(weights).all():
        raise ValueError("a weight is not a finite number")
    if keep == BANK:
        return np.ones((rows, k), bool)
    magnitude = np.full((rows, padded(k)), -1, weights.dtype)
    magnitude[:, :k] = np.abs(weights)
    banks = magnitude.reshape(rows, -1, BANK)
    best = np.argsort(-banks, axis=2, kind="stable")[:, :, :keep]
    mask = np.zeros(banks.shape, bool)
    np.put_along_axis(mask, best, True, axis=2)
    return mask.reshape(rows, -1)[:, :k]


def mask_by_magnitude(weights, degree):
    """Mask, bool [rows][k], with which `weights` [rows][k] pack at `degree`."""
    return mask_of_largest(weights, BANK // _check_degree(degree))


def apply_mask(weights, mask):
    """A copy of `weights` [rows][k], of the same type, with zero where `mask` [rows][k] is false."""
    weights, mask = _check(weights), np.asarray(mask)
    if weights.shape != mask.shape:
        raise ValueError(f"weights have shape {weights.shape}, the mask {mask.shape}")
    return np.where(mask != 0, weights, weights.dtype.type(0))


def degree_of(weights):
    """The highest degree at which `weights` (or a mask) [rows][k] packs without losing anything."""
    weights = _check(weights)
    rows, k = weights.shape
    used = np.zeros((rows, padded(k)), bool)
    used[:, :k] = weights != 0
    fullest = int(used.reshape(rows, -1, BANK).sum(axis=2).max())
    return max(degree for degree in DEGREES if fullest <= BANK // degree)


def kept_per_bank(degree, progress):
    """Entries of a bank at a point of the ramp: cubic from 64 at 0 down to 64/degree at 1.

    The curve of M. Zhu and S. Gupta, "To prune, or not to prune" (2017): fast while there is much
    to spare, slow at the end.
    """
    final = 1 / degree
    progress = min(max(progress, 0.0), 1.0)
    density = final + (1 - final) * (1 - progress) ** 3
    return max(BANK // degree, int(np.ceil(BANK * density - 1e-9)))


class Schedule:
    """Gradual pruning: how many entries of every bank are kept at a step of training.

    `steps`: of the cubic ramp from 64 entries a bank to 64/degrees[-1].
    `degrees`: rising; the first is where the ramp starts (1: dense), each further one is a stage.
    `hold`: steps for which the ramp stands still at each stage but the first, for the network to
    recover; its end is where accuracy should be measured and weights kept, at steps `stage_ends`.

    Immutable, so that layers and threads may share one; it never looks at a framework's tensors but
    through numpy.
    """

    def __init__(self, steps, degrees=DEGREES, hold=0):
        degrees = tuple(_check_degree(degree) for degree in degrees)
        if len(degrees) < 2 or any(a >= b for a, b in zip(degrees, degrees[1:])):
            raise ValueError(f"degrees are {degrees}; give two or more that rise")
        if steps < 1 or hold < 0:
            raise ValueError(f"steps is {steps} and hold {hold}; give at least 1 and 0")
        self.steps, self.degrees, self.hold = int(steps), degrees, int(hold)
        # The place on the ramp at which each stage is reached.
        self._reached = [next(at for at in range(self.steps + 1) if self._ramp(at) <= BANK // d)
                         for d in degrees[1:]]

    def _ramp(self, at):
        return min(BANK // self.degrees[0], kept_per_bank(self.degrees[-1], at / self.steps))

    @property
    def total(self):
        """Steps until the last stage's end; from then on the last mask's number holds."""
        return self.steps + self.hold * len(self._reached) + 1

    @property
    def stage_ends(self):
        """{degree: the last step of its hold} for every stage but the first."""
        return {degree: at + self.hold * (i + 1)
                for i, (degree, at) in enumerate(zip(self.degrees[1:], self._reached))}

    def place(self, step):
        """(place on the ramp 0..steps, steps into the hold or None while on the ramp)."""
        for i, at in enumerate(self._reached):
            begin = at + self.hold * i
            if step < begin:
                return max(step - self.hold * i, 0), None
            if step <= begin + self.hold:
                return at, step - begin
        return self.steps, self.hold

    def keep(self, step):
        """Entries of a bank at `step`; never rises."""
        return self._ramp(self.place(step)[0])

    def degree(self, step):
        """The highest degree of `degrees` at which weights masked at `step` pack."""
        keep = self.keep(step)
        return max((d for d in self.degrees if keep <= BANK // d), default=self.degrees[0])

    def mask(self, step, weights):
        """Mask, bool [rows][k], of dense `weights` [rows][k] at `step`, by magnitude.

        Take it anew from the dense weights every few steps, so that a weight can come back.
        """
        return mask_of_largest(weights, self.keep(step))
