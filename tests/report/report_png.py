"""Reads and writes the 8-bit PNG files of a headless browser, with the standard library and numpy."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, place = [], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return chunks


def read_png(path: Path) -> NDArray[np.uint8]:
    """Pixels, shape (height, width, 3 or 4)."""
    chunks = _chunks(path.read_bytes())
    width, height, depth, color = struct.unpack(">IIBB", chunks[0][1][:10])
    assert depth == 8
    channels = {2: 3, 6: 4}[color]
    raw = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    lines = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * channels)
    pixels = np.zeros((height + 1, width, channels), np.int32)
    for i in range(height):
        line = lines[i, 1:].reshape(width, channels).astype(np.int32)
        pixels[i + 1] = _unfilter(int(lines[i, 0]), line, pixels[i])
    return pixels[1:].astype(np.uint8)


def _unfilter(kind: int, line: NDArray[np.int32], above: NDArray[np.int32]) -> NDArray[np.int32]:
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, axis=0) % 256
    if kind == 2:
        return (line + above) % 256
    out = line.tolist()
    up = above.tolist()
    left = upper_left = [0] * len(out[0])
    for x, pixel in enumerate(out):
        for c in range(len(pixel)):
            a, b, d = left[c], up[x][c], upper_left[c]
            if kind == 3:
                guess = (a + b) // 2
            else:
                p = a + b - d
                pa, pb, pc = abs(p - a), abs(p - b), abs(p - d)
                guess = a if pa <= pb and pa <= pc else (b if pb <= pc else d)
            pixel[c] = (pixel[c] + guess) % 256
        left, upper_left = pixel, up[x]
    return np.array(out, np.int32)


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write pixels, shape (height, width, 3 or 4)."""
    height, width, channels = pixels.shape
    raw = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    path.write_bytes(data)
