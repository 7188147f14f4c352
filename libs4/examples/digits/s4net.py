# SPDX-License-Identifier: MIT
"""Reads and writes NAME.s4net, the file of a quantised network. Layout: net_file.hpp.

Each weight blob inside it is what include/s4/abi/s4_weights.h describes, so that the SDK uploads
it as it stands.
"""

import struct

import numpy as np

import prune
from data import PIXEL_STRIDE
from quantise import INPUT_SCALE, IntLayer

MAGIC = 0x544E3453  # "S4NT"
VERSION = 1
HEADER = struct.Struct("<IHHII24sfIIII4x")
LAYER = struct.Struct("<IIIBBBBfIIII28x")
ALIGN = 64

BLOB_MAGIC = 0x42573453  # "S4WB"
BLOB = struct.Struct("<IHHIIIBB2xQQQQQI60x")
TYPE_INT8 = 1
TYPE_FLOAT32 = 3


def _crc_table():
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> 1) ^ np.where(table & 1, np.uint32(0x82F63B78), np.uint32(0))
    return table.tolist()


_CRC = _crc_table()


def crc32c(data):
    """CRC-32C (Castagnoli), reflected, as RFC 3720."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _align(data):
    data.extend(bytes(-len(data) % ALIGN))


def pack_blob(layer):
    """The S4 weight blob of one layer."""
    rows, k = layer.weights.shape
    k_padded = prune.padded(k)
    weights = np.zeros((rows, k_padded), np.int8)
    weights[:, :k] = layer.weights
    entries = prune.BANK // layer.degree
    if layer.degree == 1:
        values, indices = weights, np.zeros(0, np.uint8)
    else:
        mask = np.zeros((rows, k_padded), bool)
        mask[:, :k] = layer.mask
        banks = mask.reshape(-1, prune.BANK)
        short = entries - banks.sum(axis=1)
        if short.min() < 0:
            raise ValueError("a bank holds more entries than its degree allows")
        for bank in np.nonzero(short)[0]:  # padding columns fill what a short last bank lacks
            banks[bank, np.nonzero(~banks[bank])[0][:short[bank]]] = True
        indices = np.nonzero(banks)[1].astype(np.uint8)
        values = weights.reshape(-1, prune.BANK)[banks]
    body = bytearray(BLOB.size)
    values_offset = len(body)
    body += values.tobytes()
    _align(body)
    indices_offset = len(body) if indices.size else 0
    body += indices.tobytes()
    _align(body)

    def header(crc):
        return BLOB.pack(BLOB_MAGIC, 1, BLOB.size, rows, k, k_padded, layer.degree, TYPE_INT8,
                         values_offset, values.size, indices_offset, indices.size, len(body), crc)

    body[:BLOB.size] = header(0)
    body[:BLOB.size] = header(crc32c(body))
    return bytes(body)


def unpack_blob(blob):
    """(weights int8 [rows][K], mask bool [rows][K])."""
    (magic, _, _, rows, k, k_padded, degree, kind, values_offset, values_bytes, indices_offset,
     _, total, crc) = BLOB.unpack_from(blob)
    unsigned = bytearray(blob)
    unsigned[64:68] = bytes(4)
    if magic != BLOB_MAGIC or kind != TYPE_INT8 or total != len(blob) or crc32c(unsigned) != crc:
        raise ValueError("not an INT8 weight blob, or damaged")
    values = np.frombuffer(blob, np.int8, values_bytes, values_offset)
    if degree == 1:
        return values.reshape(rows, k_padded)[:, :k], np.ones((rows, k), bool)
    indices = np.frombuffer(blob, np.uint8, values_bytes, indices_offset)
    shape = (rows * k_padded // prune.BANK, prune.BANK // degree)
    weights = np.zeros((shape[0], prune.BANK), np.int8)
    mask = np.zeros(weights.shape, bool)
    np.put_along_axis(weights, indices.reshape(shape), values.reshape(shape), axis=1)
    np.put_along_axis(mask, indices.reshape(shape), True, axis=1)
    return weights.reshape(rows, k_padded)[:, :k], mask.reshape(rows, k_padded)[:, :k]


def write(path, name, layers, test_images, test_correct):
    body = bytearray(HEADER.size)
    body += bytes(LAYER.size * len(layers))
    records = []
    for layer in layers:
        rows, k = layer.weights.shape
        _align(body)
        bias_offset = len(body)
        body += layer.bias.astype("<i4").tobytes()
        scale_offset = len(body)
        body += layer.scale.astype("<f4").tobytes()
        _align(body)
        blob = pack_blob(layer)
        records.append(LAYER.pack(
            rows, k, prune.padded(k), layer.degree, TYPE_INT8,
            TYPE_INT8 if layer.output_scale else TYPE_FLOAT32, int(layer.relu),
            layer.output_scale, bias_offset, scale_offset, len(body), len(blob)))
        body += blob
    for i, record in enumerate(records):
        start = HEADER.size + i * LAYER.size
        body[start:start + LAYER.size] = record

    def header(crc):
        return HEADER.pack(MAGIC, VERSION, len(layers), len(body), crc, name.encode(),
                           INPUT_SCALE, layers[0].weights.shape[1], PIXEL_STRIDE, test_images,
                           test_correct)

    body[:HEADER.size] = header(0)
    body[:HEADER.size] = header(crc32c(body))
    path.write_bytes(body)


def read(path):
    """(name, layers, test_images, test_correct)."""
    body = bytearray(path.read_bytes())
    magic, version, count, size, crc, name, _, _, stride, images, correct = HEADER.unpack_from(body)
    data = bytes(body)
    body[12:16] = bytes(4)
    if magic != MAGIC or version != VERSION or size != len(body) or crc32c(body) != crc \
            or stride != PIXEL_STRIDE:
        raise SystemExit(f"{path}: not a network file of version {VERSION}, or damaged")
    layers = []
    for i in range(count):
        (rows, _, _, degree, _, _, relu, output_scale, bias_offset, scale_offset, blob_offset,
         blob_bytes) = LAYER.unpack_from(data, HEADER.size + i * LAYER.size)
        weights, mask = unpack_blob(data[blob_offset:blob_offset + blob_bytes])
        layers.append(IntLayer(weights, mask, np.frombuffer(data, "<i4", rows, bias_offset),
                               np.frombuffer(data, "<f4", rows, scale_offset), degree, bool(relu),
                               output_scale))
    return name.rstrip(b"\0").decode(), layers, images, correct
