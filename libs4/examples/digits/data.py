# SPDX-License-Identifier: MIT
"""MNIST idx files, the training/validation split and the pool of distorted training images."""

import gzip
import pathlib

import numpy as np

SIDE = 28
PIXELS = SIDE * SIDE
# Held out of the 60,000 training images for every choice that is made by looking at results; the
# 10,000 test images are only ever reported.
VALIDATION = 5000
# Column c of the first layer reads pixel (c * PIXEL_STRIDE) mod 784. In reading order a bank of 64
# columns would be two and a third lines of the picture, the first and last of them almost always
# black, and every neuron has to spend its share of weights on each; with this stride (coprime to
# 784, 64 * 13 = 832) each bank is a coarse grid over the whole picture.
PIXEL_STRIDE = 13


def _read_idx(path, magic, ndim):
    """One idx file, gzip or not, as an array of bytes."""
    plain = pathlib.Path(path)
    packed = plain.with_name(plain.name + ".gz")
    if packed.exists():
        raw = gzip.decompress(packed.read_bytes())
    elif plain.exists():
        raw = plain.read_bytes()
    else:
        raise SystemExit(f"{plain}[.gz] is missing: --data must name the folder of the MNIST files")
    header = np.frombuffer(raw, ">u4", 1 + ndim)
    if header[0] != magic:
        raise SystemExit(f"{plain}: not an idx file of bytes with {ndim} dimensions")
    shape = tuple(int(n) for n in header[1:])
    body = np.frombuffer(raw, np.uint8, offset=4 * (1 + ndim))
    if body.size != np.prod(shape):
        raise SystemExit(f"{plain}: {body.size} bytes of data, the header says {np.prod(shape)}")
    return body.reshape(shape)


def load(folder, which):
    """Images as bytes [n][784] and labels [n]; which is "train" or "t10k"."""
    folder = pathlib.Path(folder)
    images = _read_idx(folder / f"{which}-images-idx3-ubyte", 0x803, 3)
    labels = _read_idx(folder / f"{which}-labels-idx1-ubyte", 0x801, 1)
    if len(images) != len(labels) or images.shape[1:] != (SIDE, SIDE):
        raise SystemExit(f"{folder}: images and labels of {which} do not belong together")
    return images.reshape(len(images), PIXELS), labels.astype(np.int64)


def split(images, labels, seed):
    """(training, validation), each (images, labels); the same for every network of a seed."""
    order = np.random.default_rng([seed, 0x5717]).permutation(len(images))
    held, kept = order[:VALIDATION], order[VALIDATION:]
    return (images[kept], labels[kept]), (images[held], labels[held])


_ORDER = np.arange(PIXELS) * PIXEL_STRIDE % PIXELS
_STEPS = ((np.arange(256) * 254 + 255) // 510).astype(np.int8)


def quantise_pixels(pixels):
    """Bytes 0..255 [n][784] to the card's INT8 activations 0..127 in the order of its columns.

    The value is round(pixel * 127 / 255). No value lies half-way (254 * pixel is even, 255 odd), so
    the rounding needs no rule.
    """
    return _STEPS[pixels[:, _ORDER]]


def _upsampler(grid):
    """[28][grid] matrix that interpolates a coarse field along one axis (raised cosine)."""
    at = np.linspace(0, grid - 1, SIDE, dtype=np.float32)[:, None]
    distance = np.clip(np.abs(at - np.arange(grid, dtype=np.float32)), 0, 1)
    return (0.5 + 0.5 * np.cos(np.pi * distance)).astype(np.float32)


def distort(images, rng):
    """A distorted copy of [n][784] bytes: rotation, scale, shear, shift, elastic, stroke width."""
    n = len(images)

    def uniform(limit):
        return rng.uniform(-limit, limit, n).astype(np.float32)[:, None, None]

    angle = uniform(np.deg2rad(14))
    scale_x, scale_y = 1 + uniform(0.16), 1 + uniform(0.16)
    shear, shift_x, shift_y = uniform(0.2), uniform(2.2), uniform(2.2)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) - (SIDE - 1) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    from_x = (cos * x + (sin + shear) * y) * scale_x + shift_x
    from_y = (-sin * x + cos * y) * scale_y + shift_y
    up = _upsampler(6)
    for source in (from_x, from_y):
        source += up @ rng.normal(0, 0.8, (n, 6, 6)).astype(np.float32) @ up.T
        source += (SIDE - 1) / 2 + 2  # into the frame that has a border of two black pixels
        np.clip(source, 0, SIDE + 2.999, source)

    frame = np.zeros((n, SIDE + 4, SIDE + 4), np.float32)
    frame[:, 2:-2, 2:-2] = images.reshape(n, SIDE, SIDE)
    _change_stroke_width(frame, rng)
    left, top = from_x.astype(np.int32), from_y.astype(np.int32)
    from_x -= left
    from_y -= top
    at = (np.arange(n, dtype=np.int32)[:, None, None] * (SIDE + 4) + top) * (SIDE + 4) + left
    flat = frame.ravel()
    upper = flat[at] * (1 - from_x) + flat[at + 1] * from_x
    at += SIDE + 4
    lower = flat[at] * (1 - from_x) + flat[at + 1] * from_x
    result = upper * (1 - from_y) + lower * from_y
    return np.rint(np.clip(result, 0, 255)).astype(np.uint8).reshape(n, PIXELS)


def _change_stroke_width(frame, rng):
    """Thickens a quarter of the images and thins an eighth, each by a random part of a pixel."""
    chosen = rng.permutation(len(frame))
    for part, limit in ((chosen[: len(frame) // 4], np.maximum),
                        (chosen[-(len(frame) // 8):], np.minimum)):
        some = frame[part]
        whole = some.copy()
        for shift, axis in ((1, 1), (-1, 1), (1, 2), (-1, 2)):
            limit(whole, np.roll(some, shift, axis), out=whole)
        amount = rng.uniform(0, 0.9, len(part)).astype(np.float32)[:, None, None]
        frame[part] = some + amount * (whole - some)


def distorted_pool(images, copies, seed):
    """[copies][n][784] bytes; copy 0 is the images as they are."""
    pool = np.empty((copies,) + images.shape, np.uint8)
    pool[0] = images
    for copy in range(1, copies):
        rng = np.random.default_rng([seed, 0xD157, copy])
        for start in range(0, len(images), 5000):
            part = slice(start, start + 5000)
            pool[copy, part] = distort(images[part], rng)
    return pool
