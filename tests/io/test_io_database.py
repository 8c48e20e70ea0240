from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from io_tables import read_rows, write_table
from postgres_server import free_port, server  # noqa: F401 - a fixture

from voc.errors import InputError, OutputError, OutputExistsError
from voc.io import ORDERS, expand, open_sink, open_table, read_table
from voc.types import ROW_COLUMN

TABLE = pa.table(
    {
        "id": ["1", "2", "3"],
        "text": ['他说"好"\t\n\\N,', "", None],
        "n": pa.array([1, None, 2**40], pa.int64()),
        "score": [0.5, None, 1e300],
        "ts": pa.array(
            [dt.datetime(2024, 1, 31, 8, 5, 9, 7), None, dt.datetime(1999, 1, 1)], pa.timestamp("us")
        ),
        "ok": [True, False, None],
        ROW_COLUMN: [0, 1, 2],
    }
)


def interrupted(url: str) -> None:
    with open_sink(url, TABLE.schema) as sink:
        sink.write(TABLE.to_batches()[0])
        raise KeyboardInterrupt


@pytest.fixture(params=["duckdb", "postgresql"])
def database(request, tmp_path) -> str:
    """URL of a database, up to the table."""
    if request.param == "duckdb":
        return f"duckdb://{tmp_path}/voc.duckdb"
    return str(request.getfixturevalue("server"))


def test_a_table_goes_out_and_comes_back(database):
    url = f"{database}::trip"
    write_table(url, TABLE, batch_rows=2)
    rows = read_rows(url, batch_rows=2)
    assert rows == TABLE.to_pylist()
    with open_table(url) as reader:
        assert reader.rows_known == 3
        assert reader.inputs[0].sha256 == ""
    assert expand(url) is None


def test_an_existing_table_is_kept_unless_forced(database):
    url = f"{database}::kept"
    write_table(url, TABLE)
    with pytest.raises(OutputExistsError):
        open_sink(url, TABLE.schema)
    sink = open_sink(url, TABLE.schema, force=True)
    sink.write(TABLE.to_batches()[0].slice(0, 1))
    sink.abort()
    assert len(read_rows(url)) == 3
    write_table(url, TABLE.slice(0, 1), force=True)
    assert len(read_rows(url)) == 1


def test_an_abort_leaves_no_table(database):
    with pytest.raises(KeyboardInterrupt):
        interrupted(f"{database}::gone")
    with pytest.raises(InputError) as caught:
        open_table(f"{database}::gone")
    assert "voc_partial" not in str(caught.value)


def test_a_wrong_table_gets_the_nearest_name(database):
    write_table(f"{database}::feedback", TABLE)
    with pytest.raises(InputError, match="did you mean 'feedback'"):
        open_table(f"{database}::feedbak")


def test_a_table_without_rows(database):
    write_table(f"{database}::none", TABLE.slice(0, 0))
    assert read_table(f"{database}::none").schema.names == TABLE.column_names[:-1]


def test_contracts_hold_for_databases(database):
    rows = pa.table({"客户": [7], "单号": [8], "时间": ["2024年1月31日"], "金额": ["￥5"]})
    write_table(f"{database}::orders", rows)
    columns = {"customer_id": "客户", "order_id": "单号", "ts": "时间", "amount": "金额"}
    found = read_table(f"{database}::orders", columns=columns, contract=ORDERS)
    assert found.to_pylist() == [
        {"customer_id": "7", "order_id": "8", "ts": dt.datetime(2024, 1, 31), "amount": 5.0}
    ]


def test_many_rows_keep_their_order(database):
    rows = pa.table({"n": list(range(20_000)), "text": [f"第{n}条" for n in range(20_000)]})
    write_table(f"{database}::many", rows, batch_rows=3000)
    with open_table(f"{database}::many", batch_rows=1000) as reader:
        batches = list(reader.batches())
    assert max(batch.num_rows for batch in batches) <= 1000
    assert [n for batch in batches for n in batch.column("n").to_pylist()] == list(range(20_000))


def test_tags_survive(database):
    tags = pa.table({"tags": [[{"tag": "慢\0", "start": 1}], [], None]})
    notes = write_table(f"{database}::tags", tags)
    found = read_table(f"{database}::tags").column("tags").to_pylist()
    if database.startswith("duckdb"):
        assert found == tags.column("tags").to_pylist()
    else:
        assert found[1:] == ["[]", None]
        assert found[0] == '[{"tag": "慢\ufffd", "start": 1}]'
        assert "NUL" in notes[0]


def test_nul_characters_in_postgresql(server):  # noqa: F811
    notes = write_table(f"{server}::nul", pa.table({"text": ["a\0b"]}))
    assert notes == ["1 cell had NUL characters, replaced by U+FFFD"]
    assert read_table(f"{server}::nul").to_pylist() == [{"text": "a\ufffdb"}]


def test_tables_in_a_schema(server):  # noqa: F811
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create schema crm")
    write_table(f"{server}::crm.feedback", TABLE)
    assert len(read_rows(f"{server}::crm.feedback")) == 3
    with pytest.raises(InputError):
        open_table(f"{server}::feedback_of_nobody")


def test_a_server_that_is_not_there_is_told_without_the_password():
    url = f"postgresql://ann:secret@127.0.0.1:{free_port()}/db::t"
    pytest.importorskip("psycopg")
    for opener in (lambda: open_table(url), lambda: open_sink(url, TABLE.schema)):
        with pytest.raises((InputError, OutputError), match="cannot connect") as caught:
            opener()
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_duckdb_files_that_are_missing_or_none(tmp_path):
    (tmp_path / "shop.duckdb").write_bytes(b"not a database" * 999)
    with pytest.raises(InputError, match=r"did you mean .*shop\.duckdb"):
        open_table(f"duckdb://{tmp_path}/shp.duckdb::t")
    with pytest.raises(InputError, match="cannot be opened"):
        open_table(f"duckdb://{tmp_path}/shop.duckdb::t")


def test_an_abort_removes_a_new_duckdb_file(tmp_path):
    sink = open_sink(f"duckdb://{tmp_path}/new.duckdb::t", TABLE.schema)
    sink.abort()
    assert list(tmp_path.iterdir()) == []
