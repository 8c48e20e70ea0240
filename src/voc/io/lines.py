"""Decoded lines of a file that still know where their bytes are.

The file is cut at line ends before it is decoded, so a line's place in bytes is exact in every encoding,
whatever stands in the line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from voc.io.encoding import ERRORS, MARK, Encoding

__all__ = ["NEWLINE_STAND_INS", "Block", "LineWindow", "Overrun", "read_blocks"]

_BLOCK = 1 << 20
_LONE_CR = re.compile(r"\r(?!\r*(?:\n|\Z))")
NEWLINE_STAND_INS = {chr(0xDFFF): "\r", chr(0xDFFE): "\n"}
"""Stand for the line-end character that ends no line in this file; csv would refuse it in a cell."""


class Overrun(Exception):  # noqa: N818  (a signal between two loops, not an error that a user sees)
    """More characters were pulled for one batch than it may hold."""


@dataclass(frozen=True)
class Block:
    """A piece of the file that ends at a line end."""

    start: int
    """First byte in the file."""
    data: bytes
    lines: list[str]
    """Each with its line end."""
    codec: str
    newline: str
    marked: bool
    """True when some byte could not be decoded."""
    replaced: bool
    """True when a newline stand-in was put in."""

    def spans(self) -> list[tuple[int, int]]:
        """First byte and length of each line, line end included."""
        if self.codec.startswith("utf-16"):
            lengths = [len(line.encode("utf-16-le", "surrogatepass")) for line in self.lines]
        else:
            end = self.newline.encode()
            pieces = self.data.split(end)
            lengths = [len(piece) + len(end) for piece in pieces[:-1]]
            lengths += [len(pieces[-1])] if pieces[-1] else []
        spans = []
        at = self.start
        for length in lengths:
            spans.append((at, length))
            at += length
        return spans


def read_blocks(stream: BinaryIO, encoding: Encoding, newline: str = "\n") -> Iterator[Block]:
    """Yield a file in decoded blocks of about a mebibyte, each ending at a line end.

    Parameters
    ----------
    newline
        What ends a line: `\\n` (also after `\\r`), or `\\r` in files from old Macs.
    """
    stream.seek(encoding.bom_bytes)
    start = encoding.bom_bytes
    for data in _pieces(stream, newline.encode(encoding.codec), wide=encoding.wide):
        yield _decode(data, start, encoding, newline)
        start += len(data)


def _pieces(stream: BinaryIO, end: bytes, *, wide: bool) -> Iterator[bytes]:
    held: list[bytes] = []
    while block := stream.read(_BLOCK):
        cut = _last_end(block, end, wide=wide)
        if cut == 0:
            held.append(block)
            continue
        yield b"".join([*held, block[:cut]])
        held = [block[cut:]] if cut < len(block) else []
    if held:
        yield b"".join(held)


def _last_end(block: bytes, end: bytes, *, wide: bool) -> int:
    """One past the last line end in the block, or 0. Blocks begin at even offsets: units stay aligned."""
    at = block.rfind(end)
    while wide and at > 0 and at % 2:
        at = block.rfind(end, 0, at + len(end) - 1)
    return at + len(end) if at >= 0 and not (wide and at % 2) else 0


def _decode(data: bytes, start: int, encoding: Encoding, newline: str) -> Block:
    text = data.decode(encoding.codec, ERRORS)
    marked = bool(encoding.bad) and MARK.search(text) is not None
    plain = text
    if newline == "\r":
        text = text.replace("\n", "\udffe")
    elif text.count("\r") != text.count("\r\n"):
        text = _LONE_CR.sub("\udfff", text)
    lines = list(io.StringIO(text, newline=newline))
    return Block(start, data, lines, encoding.codec, newline, marked, text is not plain and text != plain)


class LineWindow:
    """The lines not yet consumed, pulled block by block as they are asked for.

    Parameters
    ----------
    blocks
        From `read_blocks`.
    limit
        Characters that one batch may pull before `Overrun` is raised. At least one block is always pulled.
    """

    def __init__(self, blocks: Iterator[Block], limit: int) -> None:
        self._blocks = blocks
        self._held: list[Block] = []
        self._first = 0
        self._limit = limit
        self._pulled = 0

    def rewind(self) -> Iterator[str]:
        """Iterate over the lines from the present position, pulling blocks as needed."""
        return chain.from_iterable(self._feed())

    def begin_batch(self) -> None:
        """Start counting pulled characters anew."""
        self._pulled = 0

    def _feed(self) -> Iterator[list[str]]:
        for number, block in enumerate(list(self._held)):
            yield block.lines[self._first :] if number == 0 and self._first else block.lines
        while (block := self._pull()) is not None:  # type: ignore[assignment]
            yield block.lines

    def _pull(self) -> Block | None:
        if self._pulled > self._limit:
            raise Overrun
        block = next(self._blocks, None)
        if block is not None:
            self._held.append(block)
            self._pulled += len(block.data)
        return block

    @property
    def marked(self) -> bool:
        """True when some held block has bytes that could not be decoded."""
        return any(block.marked for block in self._held)

    def lines(self) -> list[str]:
        """All lines held from the present position on."""
        return list(islice(chain.from_iterable(b.lines for b in self._held), self._first, None))

    def more(self) -> list[str] | None:
        """Pull another block and return its lines, or None at the end of the file."""
        block = self._pull()
        return None if block is None else block.lines

    def extent(self, count: int) -> Extent:
        """Say where the next `count` lines are, which must have been pulled."""
        blocks = []
        left = self._first + count
        for block in self._held:
            blocks.append(block)
            left -= len(block.lines)
            if left <= 0:
                break
        return Extent(blocks, self._first, count)

    def consume(self, count: int) -> None:
        """Move the position past the next `count` lines, which must have been pulled."""
        self._first += count
        while self._held and self._first >= len(self._held[0].lines):
            self._first -= len(self._held.pop(0).lines)


@dataclass(frozen=True)
class Extent:
    """Lines that were consumed together."""

    blocks: list[Block]
    first: int
    count: int

    @property
    def marked(self) -> bool:
        """True when a byte near these lines could not be decoded."""
        return any(block.marked for block in self.blocks)

    @property
    def replaced(self) -> bool:
        """True when newline stand-ins may be in these lines."""
        return any(block.replaced for block in self.blocks)

    def lines(self) -> list[str]:
        """Return the lines."""
        every = chain.from_iterable(block.lines for block in self.blocks)
        return list(islice(every, self.first, self.first + self.count))

    def spans(self) -> list[tuple[int, int]]:
        """First byte and length of each line."""
        every = chain.from_iterable(block.spans() for block in self.blocks)
        return list(islice(every, self.first, self.first + self.count))
