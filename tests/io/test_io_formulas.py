"""Cells that would run in a spreadsheet are harmless in what voc writes."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from io_tables import write_table

from voc.io.formulas import neutral

HOSTILE = [
    '=HYPERLINK("http://x.example","点我")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
]
HARMLESS = ["-5", "+86", "-1.5", "差评=真的", "5%", "", "1-2"]


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_delimited_files_hold_no_formula(tmp_path: Path, ending: str) -> None:
    write_table(tmp_path / f"o.{ending}", pa.table({"text": HOSTILE + HARMLESS, "=n": [1] * 14}))
    with (tmp_path / f"o.{ending}").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t" if ending == "tsv" else ","))
    assert rows[0] == ["text", "'=n"]
    assert [row[0] for row in rows[1:]] == [f"'{cell}" for cell in HOSTILE] + HARMLESS


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    write_table(tmp_path / "o.csv", pa.table({"amount": [-1.5, 2.0], "n": [-3, 4]}))
    assert (tmp_path / "o.csv").read_text().splitlines()[1:] == ["-1.5,-3", "2.0,4"]


def test_a_workbook_holds_text_that_stays_text(tmp_path: Path) -> None:
    texts = [text for text in HOSTILE if "\r" not in text]
    write_table(tmp_path / "o.xlsx", pa.table({"text": texts}))
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx").active
    for text, (cell,) in zip(texts, sheet.iter_rows(min_row=2), strict=True):
        assert cell.data_type == "s"
        assert cell.value == text
        assert cell.quotePrefix


@given(st.text())
def test_one_apostrophe_less_always_gives_the_cell_back(text: str) -> None:
    cell = neutral(text)
    assert text in (cell, cell.removeprefix("'"))
    assert not cell.startswith(("=", "@", "\t", "\r"))
