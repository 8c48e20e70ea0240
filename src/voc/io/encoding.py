"""Which encoding a file is in, decided once over the whole file in bounded memory.

Order: byte order mark; UTF-16 without one (by where its zero bytes stand); strict UTF-8; GB18030, which
contains GBK and GB2312; charset-normalizer as the last resort. When no encoding decodes everything, the one
with the fewest bad places is taken. UTF-8 is so strict that text which is mostly valid UTF-8 is UTF-8, even
where another encoding reads nonsense out of it without complaint.

Bad bytes become marks: lone surrogates, which no text holds, one for each bad byte. A mark never takes a
following byte with it, so a broken character cannot swallow a delimiter or a line end.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from voc.how_many import how_many

__all__ = ["ERRORS", "MARK", "Encoding", "sniff_encoding"]

ERRORS = "voc-mark"
"""Name of the codecs error handler that turns each bad byte into a mark."""

MARK = re.compile("[\udc00-\udcff]")
"""Finds marks in decoded text."""

_BLOCK = 1 << 20
_SLICE = 1 << 16
_HIGH = bytes(range(0x80, 0x100))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_LABELS = {"utf-8": "UTF-8", "gb18030": "GB18030", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE"}
_STILL_UTF8 = 1 / 3  # share of bad among the bytes above 127; GB18030 text read as UTF-8 has 0.7 and more
_POOR = 0.05  # share of bad above which GB18030 is doubted and charset-normalizer is asked
_ENOUGH = 64  # bytes above 127 from which a guess at other encodings is worth anything
_PLAIN = bytes([9, 10, 13, *range(32, 127)])
_LINE_SAFE = re.compile(
    r"(ascii|big5|big5hkscs|cp\d+|euc_jp|euc_jis_2004|euc_kr|iso8859_\d+|johab|koi8_\w|latin_1|mac_\w+|ptcp154|"
    r"shift_jis|shift_jisx0213|shift_jis_2004|tis_620|kz1048|hp_roman8)"
)


@dataclass(frozen=True)
class Encoding:
    """How a file is decoded."""

    codec: str
    """Name of the Python codec."""
    label: str
    """Name for people."""
    bom_bytes: int
    """Length of the byte order mark, which is no data."""
    bad: int
    """Number of bytes that cannot be decoded (code units in UTF-16)."""
    size: int
    """Size of the file in bytes."""
    sha256: str
    """Digest of the file in hex."""

    @property
    def wide(self) -> bool:
        """True when a line end is two bytes."""
        return self.codec.startswith("utf-16")

    @property
    def note(self) -> str:
        """One line for the user."""
        text = f"encoding: {self.label}" + (" with byte order mark" if self.bom_bytes else "")
        return f"{text}, {how_many(self.bad, 'undecodable byte')}" if self.bad else text


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    step = 2 if error.encoding.replace("-", "").replace("_", "").startswith("utf16") else 1
    return chr(0xDC00 + error.object[error.start]), min(error.start + step, len(error.object))


codecs.register_error(ERRORS, _mark)


def sniff_encoding(stream: BinaryIO) -> Encoding:
    """Read a file to its end, as often as needed, and say how it is encoded.

    Parameters
    ----------
    stream
        A seekable stream of bytes.
    """
    bom, codec = _bom(stream)
    first = _Census(bom)
    _scan(stream, bom, first)
    if codec in ("utf-16-le", "utf-16-be"):
        return first.encoding(codec, _count_bad(stream, bom, codec))
    for wide in first.likely_wide():
        bad = _count_bad(stream, bom, wide)
        if bad <= max(1, first.size // 100):
            return first.encoding(wide, bad)
    if first.mostly_utf8:
        return first.encoding("utf-8", first.bad)
    bad = _count_bad(stream, bom, "gb18030")
    doubtful = first.high >= _ENOUGH and bad > first.high * _POOR
    if doubtful and (other := _last_resort(stream, bom, bad)):
        return first.encoding(*other)
    if first.hopeless or bad < first.bad:
        return first.encoding("gb18030", bad)
    return first.encoding("utf-8", first.bad)


class _Census:
    """What one pass over the file finds: digest, UTF-8 validity, zero bytes by position."""

    def __init__(self, bom: int) -> None:
        self.bom = bom
        self.size = 0
        self.high = 0
        self.bad = 0
        self._digest = hashlib.sha256()
        self._decoder = codecs.getincrementaldecoder("utf-8")(ERRORS)
        self.hopeless = False
        self._judged = 0
        self._zeros = 0
        self._newlines = 0
        self._ascii_units = [0, 0]
        self._newline_units = [0, 0]

    def hash(self, block: bytes) -> None:
        self.size += len(block)
        self._digest.update(block)

    def add(self, block: bytes, *, last: bool) -> None:
        self.high += _high(block)
        self._utf8(block, last)
        self._newlines += block.count(b"\n")
        if b"\x00" in block:
            self._wide(block)

    @property
    def mostly_utf8(self) -> bool:
        return self.bad <= self._judged * _STILL_UTF8

    def likely_wide(self) -> list[str]:
        """UTF-16 in either order, when the zero bytes stand where plain characters of it have them.

        What reads as UTF-8 may hold a few zero bytes of its own; it is UTF-16 only when most of it is plain
        characters, each with its zero byte.
        """
        return [
            codec
            for order, codec in enumerate(("utf-16-le", "utf-16-be"))
            if self._zeros and self._is_wide(order)
        ]

    def _is_wide(self, order: int) -> bool:
        plain = self._ascii_units[order]
        if plain < 0.9 * self._zeros:
            return False
        if plain >= 4 and plain * 4 >= self.size:
            return True
        return not self.mostly_utf8 and self._newline_units[order] * 20 >= max(self._newlines, 1)

    def encoding(self, codec: str, bad: int) -> Encoding:
        label = _LABELS.get(codec, codec)
        bom = self.bom if codec in _LABELS else 0
        return Encoding(codec, label, bom, bad, self.size, self._digest.hexdigest())

    def _utf8(self, block: bytes, last: bool) -> None:
        for at in range(0, len(block), _SLICE):
            if self.hopeless:
                return
            piece = block[at : at + _SLICE]
            text = self._decoder.decode(piece, last and at + _SLICE >= len(block))
            self._judged += _high(piece)
            self.bad += _marks(text)
            self.hopeless = self._judged > _SLICE // 2 and not self.mostly_utf8

    def _wide(self, block: bytes) -> None:
        import numpy as np

        even = len(block) // 2 * 2
        units = np.frombuffer(block[:even], np.uint8).reshape(-1, 2)
        plain = np.zeros(256, bool)
        plain[list(_PLAIN)] = True
        self._zeros += block.count(0)
        for order, (low, high) in enumerate(((0, 1), (1, 0))):
            zero = units[:, high] == 0
            self._ascii_units[order] += int((zero & plain[units[:, low]]).sum())
            self._newline_units[order] += int((zero & (units[:, low] == 10)).sum())


def _bom(stream: BinaryIO) -> tuple[int, str | None]:
    stream.seek(0)
    head = stream.read(4)
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return len(mark), codec
    return 0, None


def _scan(stream: BinaryIO, bom: int, census: _Census) -> None:
    stream.seek(0)
    census.hash(stream.read(bom))
    block = stream.read(_BLOCK)
    while block:
        following = stream.read(_BLOCK)
        census.hash(block)
        census.add(block, last=not following)
        block = following


def _count_bad(stream: BinaryIO, bom: int, codec: str, *, limit: int | None = None) -> int:
    decoder = codecs.getincrementaldecoder(codec)(ERRORS)
    stream.seek(bom)
    bad = 0
    while block := stream.read(_BLOCK):
        bad += _marks(decoder.decode(block))
        if limit is not None and bad > limit:
            return bad
    return bad + _marks(decoder.decode(b"", True))


def _high(block: bytes) -> int:
    return len(block) - len(block.translate(None, _HIGH))


def _marks(text: str) -> int:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return len(MARK.findall(text))
    return 0


def _last_resort(stream: BinaryIO, bom: int, bad: int) -> tuple[str, int] | None:
    """Ask charset-normalizer about the lines that are not plain ASCII."""
    from charset_normalizer import from_bytes

    found = from_bytes(_sample(stream, bom)).best()
    if found is None or not _LINE_SAFE.fullmatch(found.encoding):
        return None
    other = _count_bad(stream, bom, found.encoding, limit=bad)
    return (found.encoding, other) if other < bad else None


def _sample(stream: BinaryIO, bom: int, size: int = 1 << 16) -> bytes:
    stream.seek(bom)
    sample = bytearray()
    while len(sample) < size and (line := stream.readline(_BLOCK)):
        if not line.isascii():
            sample += line[: size - len(sample)]
    return bytes(sample)
