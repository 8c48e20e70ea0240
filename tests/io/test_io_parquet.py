from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from io_tables import entries, read_rows, write_table

from voc.errors import InputError
from voc.io import open_table, read_table, rows_known
from voc.types import MASKED_KEY, ROW_COLUMN


def test_types_and_the_mark_of_masked_text_survive(tmp_path):
    masked = pa.field("text", pa.string(), metadata={MASKED_KEY: b"policy"})
    tags = pa.list_(pa.struct([("tag", pa.string()), ("score", pa.float32())]))
    schema = pa.schema([masked, pa.field("tags", tags)])
    rows = pa.table([["好"], [[{"tag": "物流", "score": 0.5}]]], schema=schema)
    path = tmp_path / "a.parquet"
    write_table(path, rows)
    found = read_table(path)
    assert found.schema.field("text").metadata[MASKED_KEY] == b"policy"
    assert found.equals(rows)
    with open_table(path, columns={"comment": "text"}) as reader:
        assert reader.schema.field("comment").metadata[MASKED_KEY] == b"policy"
        assert reader.rows_known == rows_known(path) == 1


def test_batches_are_no_larger_than_asked(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": range(10_000)}), path, row_group_size=1_000)
    with open_table(path, batch_rows=300) as reader:
        batches = list(reader.batches())
    assert max(batch.num_rows for batch in batches) <= 300
    assert [n for batch in batches for n in batch.column(ROW_COLUMN).to_pylist()] == list(range(10_000))


def test_categories_of_pandas_become_strings(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"c": pa.array(["甲", "乙", "甲"]).dictionary_encode()}), path)
    found = read_table(path)
    assert found.schema.field("c").type == pa.string()
    assert found.column("c").to_pylist() == ["甲", "乙", "甲"]


def test_bytes_that_are_no_text_are_set_aside(tmp_path, aside):
    broken = pa.array([b"ok", b"\xff\xfe", None, b"\xed\xa0\xbd"], pa.binary()).view(pa.string())
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": broken}), path)
    assert [row["text"] for row in read_rows(path, quarantine=aside)] == ["ok", None]
    aside.close()
    assert [entry["row"] for entry in entries(aside.path)] == [1, 3]


@pytest.mark.parametrize("keep", [0, 3, 200])
def test_damaged_files(tmp_path, keep):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["13912345678"] * 99}), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert "13912345678" not in str(caught.value)


def test_row_numbers_of_an_earlier_run_are_replaced(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": [1, 2], ROW_COLUMN: [7, 9]}), path)
    assert read_rows(path) == [{"n": 1, ROW_COLUMN: 0}, {"n": 2, ROW_COLUMN: 1}]
