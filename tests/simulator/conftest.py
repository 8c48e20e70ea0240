"""One sample company of the default size, written once for all tests of the simulator."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from voc.simulator import CompanyFiles, write_company


@dataclass(frozen=True)
class Written:
    files: CompanyFiles
    truth: dict[str, Any]

    def feedback(self, file: str) -> list[dict[str, Any]]:
        return [entry for entry in self.truth["feedback"] if entry["file"] == file]

    def bad_rows(self, reason: str) -> list[dict[str, Any]]:
        return [row for row in self.truth["bad_rows"] if row["reason"] == reason]

    def review_lines(self) -> list[bytes]:
        """Data rows of reviews.csv as bytes."""
        return self.files.reviews.read_bytes().split(b"\r\n")[1:-1]

    def texts(self) -> dict[tuple[str, int], str]:
        """Every text that can be read, by file and row."""
        bad = {(row["file"], row["row"]) for row in self.truth["bad_rows"]}
        bad = {place for place in bad if place[0] != "tickets.xlsx"}  # their date is wrong, not their text
        found: dict[tuple[str, int], str] = {}
        for number, line in enumerate(self.review_lines()):
            if ("reviews.csv", number) not in bad:
                found["reviews.csv", number] = next(csv.reader([line.decode("gb18030")]))[7]
        for number, row in enumerate(self.ticket_rows()):
            found["tickets.xlsx", number] = str(row[7])
        for number, text in enumerate(self.files.chats.read_text(encoding="utf-8").split("\n")[:-1]):
            if ("chats.jsonl", number) not in bad:
                found["chats.jsonl", number] = json.loads(text)["text"]
        return found

    def ticket_rows(self) -> list[list[Any]]:
        from python_calamine import CalamineWorkbook

        return CalamineWorkbook.from_path(self.files.tickets).get_sheet_by_index(0).to_python()[1:]

    def customers(self) -> list[dict[str, str]]:
        text = self.files.customers.read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))


def write(folder: Path, **options: int) -> Written:
    files = write_company(folder, **options)
    return Written(files, json.loads(files.truth.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="session")
def write_small():
    return write
