"""Digests by which rows are known again. They are keyed: without the key, a digest confirms no guess."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["RowDigests"]


class RowDigests:
    """Keyed BLAKE2b (RFC 7693), 128 bits, over all cells of a row but its number.

    Two different rows have the same digest with a chance of 2⁻¹²⁸ a pair.

    Parameters
    ----------
    key
        32 to 64 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._base = hashlib.blake2b(digest_size=16, key=key, person=b"voc rows")

    def __call__(self, batch: pa.RecordBatch) -> NDArray[np.uint64]:
        """Return the digests of a batch, shape (rows, 2)."""
        columns = [
            _cells(column)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            if name != ROW_COLUMN
        ]
        found = bytearray()
        for cells in zip(*columns, strict=True):
            work = self._base.copy()
            work.update(b"".join(cells))
            found += work.digest()
        return np.frombuffer(bytes(found), "<u8").reshape(-1, 2)


def _cells(column: pa.Array) -> list[bytes]:
    """Each cell behind its length, so that no two rows are written alike."""
    import pyarrow as pa

    if pa.types.is_temporal(column.type) and column.type.bit_width == 64:
        column = column.cast(pa.int64())
    if pa.types.is_string(column.type):
        values = column.cast(pa.binary()).to_pylist()
    else:
        values = [None if value is None else repr(value).encode() for value in column.to_pylist()]
    return [b"-" if value is None else b"%d:%b" % (len(value), value) for value in values]
