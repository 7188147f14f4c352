# SPDX-License-Identifier: MIT
"""Writes 8-bit grayscale PNG files."""

import struct
import zlib


def _chunk(kind, body):
    return (struct.pack(">I", len(body)) + kind + body +
            struct.pack(">I", zlib.crc32(kind + body)))


def write_gray(path, image):
    """`image`: bytes [height][width]."""
    height, width = image.shape
    rows = b"".join(b"\0" + image[y].tobytes() for y in range(height))
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" +
                  _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
                  _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b""))
