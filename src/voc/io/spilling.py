"""DuckDB in memory, with a bound: what does not fit goes to disk instead of growing with the rows."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from voc.errors import OutputError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["spilling_duckdb"]

_THREADS: Final = 8
_MB_PER_THREAD: Final = 64
_LEAST_MB: Final = 128


@contextlib.contextmanager
def spilling_duckdb() -> Iterator[Backend]:
    """Give a connection that holds at most 64 MB a thread (128 MB in all at least) in memory.

    What it spills goes to a folder for its user only, which is removed at the end of the block.

    Raises
    ------
    OutputError
        When the disk of the folder for temporary files has no room for what is spilled.
    """
    import duckdb
    import ibis

    threads = min(os.cpu_count() or 1, _THREADS)
    limit = max(_LEAST_MB, _MB_PER_THREAD * threads)
    with tempfile.TemporaryDirectory(prefix="voc-", ignore_cleanup_errors=True) as folder:
        connection = ibis.duckdb.connect(threads=threads, memory_limit=f"{limit}MB", temp_directory=folder)
        try:
            yield connection
        except duckdb.OutOfMemoryException:  # DuckDB takes no more of a disk than is free
            hint = "free some space there, or name another folder in TMPDIR"
            where = tempfile.gettempdir()
            raise OutputError("no room for temporary tables", where=where, hint=hint) from None
        finally:
            connection.disconnect()
