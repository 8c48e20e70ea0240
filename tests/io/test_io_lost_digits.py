"""Numbers that a spreadsheet shortened are counted, once, and not shown."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc.io import open_table


def lost(path) -> list[str]:
    with open_table(path, batch_rows=2) as reader:
        for _ in range(2):
            assert list(reader.batches())
        return [note for note in reader.notes if "scientific notation" in note]


@pytest.mark.parametrize("cell", ["1.23457E+19", "1.234567890123457e+19", "2E+11"])
def test_cells_are_counted_once_and_not_quoted(tmp_path, cell):
    path = tmp_path / "a.csv"
    path.write_text(f"编号,金额\n{cell},1\n{cell},1\n7,1\n{cell},1\n")
    [note] = lost(path)
    assert "'编号': 3 numbers" in note
    assert cell not in note


def test_floats_beyond_their_digits(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"编号": [1.2e19, 5.0, None], "金额": [1.5, 2.0, 3.0]}), path)
    [note] = lost(path)
    assert "'编号': 1 number " in note


@pytest.mark.parametrize("cell", ["20231101123456789012", "1.5E+05", "1e5", "1E12X", "E+19", "3.5"])
def test_whole_ids_and_amounts_are_fine(tmp_path, cell):
    path = tmp_path / "a.csv"
    path.write_text(f"编号\n{cell}\n")
    assert lost(path) == []
