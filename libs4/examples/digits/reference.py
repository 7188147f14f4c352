# SPDX-License-Identifier: MIT
"""The INT8 network exactly as the card computes it (docs/hardware.md, arithmetic)."""

import numpy as np

INT32 = np.iinfo(np.int32)


def layer_output(layer, x):
    """`x`: int8 [n][K]. int8 [n][rows], or float32 for a layer without an output scale.

    The sum of products is exact: |sum| <= 65,536 * 2^14 < 2^53, so float64 holds every partial sum
    and BLAS may add in any order.
    """
    acc = (x.astype(np.float64) @ layer.weights.T.astype(np.float64)).astype(np.int64)
    acc = np.clip(acc + layer.bias, INT32.min, INT32.max)  # the bias add saturates
    y = acc.astype(np.float32) * layer.scale  # both round to nearest even
    if layer.relu:
        y = np.maximum(y, np.float32(0))
    if layer.output_scale == 0:
        return y
    return np.clip(np.rint(y), -128, 127).astype(np.int8)


def logits(layers, x):
    """float32 logits [n][10] of INT8 inputs [n][784]."""
    for layer in layers:
        x = layer_output(layer, x)
    return x


def classify(layers, x, batch=1000):
    """The digit of every input; the lowest of equal logits wins."""
    return np.concatenate([logits(layers, x[i:i + batch]).argmax(axis=1)
                           for i in range(0, len(x), batch)])


def round_to_bf16(x):
    """float32 to the nearest BF16 (ties to even), kept as float32. Finite values only."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return bits.view(np.float32)


def classify_bf16(layers, x):
    """BF16 weights and activations, float32 sums: in BLAS' order, not the card's (for accuracy)."""
    for i, (weights, _, bias, _) in enumerate(layers):
        x = round_to_bf16(x) @ round_to_bf16(weights).T + bias
        if i < len(layers) - 1:
            x = np.maximum(x, 0)
    return x.argmax(axis=1)
