"""What goes out through a sink comes in through a reader, whatever the text."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from io_tables import write_table

from voc.io import read_table
from voc.io.formulas import neutral

TEXT = st.text(
    st.sampled_from(list("好评差，,\"\n\r\t;|\\' =+@😀👨‍👩‍👧\u200b\ufeff\u2028\x00\x0b\x85_x0041_"))
    | st.characters(codec="utf-8"),
    max_size=20,
)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
TIME = st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2199, 1, 1))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": TEXT, "text 2": st.none() | TEXT, "n": st.none() | st.integers(-(2**53), 2**53)}
    ),
    min_size=1,
    max_size=12,
)


def back(folder, ending: str, table: pa.Table, **options) -> pa.Table:
    path = folder.mktemp("trip") / f"o.{ending}"
    write_table(path, table, batch_rows=5, **options)
    return read_table(path)


def shown(value: object) -> str:
    return "" if value is None else str(value)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, ending=st.sampled_from(["csv", "tsv"]), bom=st.booleans())
def test_delimited(tmp_path_factory, rows, ending, bom):
    table = pa.Table.from_pylist(rows, schema=pa.schema({"text": "string", "text 2": "string", "n": "int64"}))
    found = back(tmp_path_factory, ending, table, bom=bom)
    assert found.to_pylist() == [{key: neutral(shown(value)) for key, value in row.items()} for row in rows]


@settings(max_examples=80, deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=8))
def test_one_column(tmp_path_factory, texts):
    table = pa.table({"text": texts})
    for ending in ("jsonl", "parquet"):
        assert back(tmp_path_factory, ending, table).column("text").to_pylist() == texts
    assert back(tmp_path_factory, "csv", table).column("text").to_pylist() == [
        neutral(text) for text in texts
    ]


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_xlsx(tmp_path_factory, rows):
    rows = [{**row, "text": "x" + row["text"].replace("\uffff", "").replace("\ufffe", "")} for row in rows]
    rows = [
        {**row, "text 2": (row["text 2"] or "").replace("\uffff", "").replace("\ufffe", "")} for row in rows
    ]
    table = pa.Table.from_pylist(rows, schema=pa.schema({"text": "string", "text 2": "string", "n": "int64"}))
    found = back(tmp_path_factory, "xlsx", table)
    assert found.to_pylist() == [{key: shown(value) for key, value in row.items()} for row in rows]


@settings(max_examples=120, deadline=None)
@given(
    rows=ROWS,
    floats=st.lists(FLOAT, min_size=12, max_size=12),
    flags=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_json_lines(tmp_path_factory, rows, floats, flags):
    rows = [{**row, "f": f, "b": b} for row, f, b in zip(rows, floats, flags, strict=False)]
    schema = pa.schema({"text": "string", "text 2": "string", "n": "int64", "f": "float64", "b": "bool"})
    found = back(tmp_path_factory, "jsonl", pa.Table.from_pylist(rows, schema=schema))
    assert [{**row, "n": row["n"] and int(row["n"])} for row in found.to_pylist()] == rows


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    times=st.lists(TIME, min_size=12, max_size=12),
    tags=st.lists(st.lists(TEXT, max_size=3), min_size=12, max_size=12),
)
def test_parquet(tmp_path_factory, rows, times, tags):
    rows = [{**row, "ts": ts, "tags": tag} for row, ts, tag in zip(rows, times, tags, strict=False)]
    schema = pa.schema(
        {
            "text": "string",
            "text 2": "string",
            "n": "int64",
            "ts": pa.timestamp("us"),
            "tags": pa.list_(pa.string()),
        }
    )
    assert back(tmp_path_factory, "parquet", pa.Table.from_pylist(rows, schema=schema)).to_pylist() == rows


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx", "parquet"])
def test_a_second_trip_changes_nothing(tmp_path, ending):
    table = pa.table({"编号": ["001", "2"], "内容": ['说"好"\n,', "👍🏽"], "分": ["5", "1"]})
    write_table(tmp_path / f"a.{ending}", table)
    write_table(tmp_path / f"b.{ending}", read_table(tmp_path / f"a.{ending}"))
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
