from __future__ import annotations

import os
from pathlib import Path

import pytest
from io_tables import entries

from voc.errors import OutputError, OutputExistsError
from voc.io import Quarantine, write_bytes


def test_a_file_appears_when_something_was_set_aside(tmp_path):
    path = tmp_path / "deep" / "bad.jsonl"
    with Quarantine(path) as quarantine:
        quarantine.add("a.csv", 3, "not a date", "ts", 10, 20)
        quarantine.add("a.csv", 5, "too few cells")
        assert not path.exists()
        assert not path.parent.exists()
    assert entries(path) == [
        {
            "source": "a.csv",
            "row": 3,
            "column": "ts",
            "reason": "not a date",
            "byte_start": 10,
            "byte_length": 20,
        },
        {"source": "a.csv", "row": 5, "reason": "too few cells"},
    ]
    assert quarantine.count == 2
    assert quarantine.reasons == {"not a date": 1, "too few cells": 1}


def test_no_file_when_every_row_is_fine(tmp_path):
    with Quarantine(tmp_path / "deep" / "bad.jsonl"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_run_set_aside_is_replaced_or_removed(tmp_path):
    path = tmp_path / "bad.jsonl"
    for _ in range(2):
        with Quarantine(path) as quarantine:
            quarantine.add("a.csv", 3, "x")
    assert len(entries(path)) == 1
    with Quarantine(path):
        pass
    assert not path.exists()


def test_a_file_of_somebody_else_is_not_removed(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"mine": 1}\n')
    with Quarantine(path):
        pass
    assert path.exists()


def failing_run(path: Path) -> None:
    with Quarantine(path) as quarantine:
        quarantine.add("a.csv", 3, "x")
        raise RuntimeError


def test_a_run_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(RuntimeError):
        failing_run(tmp_path / "bad.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_counting_without_a_file():
    for quarantine in (Quarantine(), Quarantine(os.devnull)):
        quarantine.add("a.csv", 1, "x")
        quarantine.close()
        assert quarantine.count == 1
    assert not Path(os.devnull).is_file()


def test_many_rows(tmp_path):
    with Quarantine(tmp_path / "bad.jsonl") as quarantine:
        for row in range(30_000):
            quarantine.add("a.csv", row, "too few cells: 1 instead of 9", byte_start=row * 9, byte_length=9)
    assert [entry["row"] for entry in entries(tmp_path / "bad.jsonl")] == list(range(30_000))


def test_small_files_are_written_whole(tmp_path):
    path = tmp_path / "a.json"
    write_bytes(path, b"1")
    with pytest.raises(OutputExistsError):
        write_bytes(path, b"2")
    write_bytes(path, b"3", force=True)
    assert path.read_bytes() == b"3"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    with pytest.raises(OutputError):
        write_bytes(tmp_path / "no" / "a.json", b"1")
