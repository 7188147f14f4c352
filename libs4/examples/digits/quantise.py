# SPDX-License-Identifier: MIT
"""Float network to the card's INT8 network: symmetric, a scale a row, a scale a tensor."""

from dataclasses import dataclass

import numpy as np

INPUT_SCALE = np.float32(1 / 127)  # pixel 255 is 127 steps is 1.0


@dataclass
class IntLayer:
    """One layer as the card gets it. `scale` takes the int32 sum to steps of the output."""

    weights: np.ndarray  # int8 [rows][K]
    mask: np.ndarray  # bool [rows][K]: the stored entries
    bias: np.ndarray  # int32 [rows]
    scale: np.ndarray  # float32 [rows]
    degree: int
    relu: bool
    output_scale: float  # real value of one INT8 step; 0: the output is float32 and real already


def _round(x):
    return np.rint(x)  # half to even, as the card


def _row_scales(weights):
    """The step of every row that loses least (mean square) among 12 clippings of the largest."""
    largest = np.abs(weights).max(axis=1)
    largest[largest == 0] = 1
    best, best_error = None, None
    for part in np.linspace(0.78, 1, 12):
        scale = (largest * part / 127).astype(np.float32)
        q = np.clip(_round(weights / scale[:, None]), -127, 127)
        error = np.square(q * scale[:, None] - weights).sum(axis=1)
        if best is None:
            best, best_error = scale, error
        else:
            better = error <= best_error
            best = np.where(better, scale, best)
            best_error = np.where(better, error, best_error)
    return best


def _tensor_scale(values):
    """The step of an activation tensor (values >= 0) that loses least."""
    largest = values.max()
    parts = np.linspace(0.3, 1, 36)
    errors = []
    for part in parts:
        scale = np.float32(largest * part / 127)
        q = np.clip(_round(values / scale), 0, 127)
        errors.append(np.square(q * scale - values).sum(dtype=np.float64))
    return np.float32(largest * parts[int(np.argmin(errors))] / 127)


def quantise(layers, calibration):
    """`layers`: [(weights, mask, bias, degree)] in float; `calibration`: float inputs [n][784]."""
    x, input_scale, result = calibration, INPUT_SCALE, []
    for i, (weights, mask, bias, degree) in enumerate(layers):
        last = i == len(layers) - 1
        row_scale = _row_scales(weights)
        x = x @ weights.T + bias
        output_scale = np.float32(0)
        step = np.float64(input_scale) * row_scale
        if not last:
            np.maximum(x, 0, out=x)
            output_scale = _tensor_scale(x)
        result.append(IntLayer(
            weights=np.clip(_round(weights / row_scale[:, None]), -127, 127).astype(np.int8),
            mask=mask,
            bias=_round(bias / step).astype(np.int32),
            scale=(step if last else step / output_scale).astype(np.float32),
            degree=degree, relu=not last, output_scale=float(output_scale)))
        input_scale = output_scale
    return result
