"""A bounded DuckDB: what is larger than the bound comes out right, leaves nothing, and tells a full disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest

from voc.errors import OutputError
from voc.io import spilling
from voc.io.spilling import spilling_duckdb


def test_a_table_larger_than_the_bound_is_sorted_and_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(spilling, "_LEAST_MB", 64)
    monkeypatch.setattr(spilling, "_MB_PER_THREAD", 8)
    with spilling_duckdb() as connection:
        connection.raw_sql(
            "CREATE TEMP TABLE t AS SELECT i, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS word "
            "FROM range(2000000) r(i)"
        )
        spilled = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        (found,) = connection.raw_sql("SELECT count(DISTINCT word) FROM t").fetchone()
    assert spilled > 10_000_000
    assert found == 2_000_000
    assert list(tmp_path.iterdir()) == []


def test_no_room_to_spill_is_told_without_what_duckdb_says() -> None:
    with pytest.raises(OutputError, match="no room for temporary tables") as caught, spilling_duckdb():
        raise duckdb.OutOfMemoryException("13900139000")
    assert "TMPDIR" in str(caught.value.hint)
    assert "13900139000" not in str(caught.value)
    assert caught.value.__suppress_context__
