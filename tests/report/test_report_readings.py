from __future__ import annotations

import re

import pytest
from xlsxwriter.workbook import Workbook

from voc.customers.actions import load_actions
from voc.io import FEEDBACK, ORDERS, Quarantine, open_table
from voc.report.readings import reading_text
from voc.report.strings import load_strings

ENGLISH = re.compile(r"[A-Za-z]{2,}")
NAMES = re.compile(r"UTF-8|UTF-16 LE|GB18030|JSON|'[^']*'|[\w/.-]+\.(csv|jsonl)|::")
"""What is called the same in Chinese, and names out of the input."""
LONG = "feedback_id,text\n" + "".join(f"a{n},包装破了，客服不理\n" for n in range(40))


def _csv(text, encoding="utf-8"):
    def write(folder):
        path = folder / "a.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def _lines(*lines):
    def write(folder):
        path = folder / "a.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        return path

    return write


def _two_files(folder):
    (folder / "a.csv").write_text("feedback_id,text,shop\na1,破了,总店\n", encoding="utf-8")
    (folder / "b.csv").write_text("feedback_id,text\nb1,很慢\n", encoding="utf-8-sig")
    return f"{folder}/*.csv"


def _workbook(folder):
    path = folder / "a.xlsx"
    book = Workbook(str(path))
    sheet = book.add_worksheet("评论")
    book.add_worksheet("空")
    for number, row in enumerate((["十月评论"], ["feedback_id", "text", "shop"], ["a1", "破了", "总店"])):
        sheet.write_row(number, 0, row)
    book.close()
    return path


def _orders(*cells):
    head = "order_id,customer_id,ts,amount\n"
    return _csv(head + "".join(f"o{n},c,{ts},{amount}\n" for n, (ts, amount) in enumerate(cells)))


INPUTS = {
    "utf-8": (_csv(LONG), FEEDBACK),
    "mark": (_csv(LONG, "utf-8-sig"), FEEDBACK),
    "gb18030": (_csv(LONG.encode("gb18030") + b"b1,\xff\xff\n"), FEEDBACK),
    "tabs": (_csv(LONG.replace(",", "\t")), FEEDBACK),
    "vertical bars": (_csv(LONG.replace(",", "|")), FEEDBACK),
    "semicolons": (_csv(LONG.replace(",", ";")), FEEDBACK),
    "one column": (_csv("text\n破了\n很慢\n"), None),
    "carriage returns": (_csv(LONG.replace("\n", "\r")), FEEDBACK),
    "cells": (_csv(LONG + "b1,破了,多了\nb2\n"), FEEDBACK),
    "stray marks": (_csv(LONG + 'b1,"破了"不行\n'), FEEDBACK),
    "headings": (_csv("feedback_id,text,,text\na1,破了,1,2\n"), FEEDBACK),
    "numbers only": (_csv("feedback_id,text,shop\na1,12,总店\na2,13,分店\n"), FEEDBACK),
    "json": (
        _lines(
            b'{"feedback_id": "a1", "text": "x"}',
            b"{",
            b"[1]",
            b'{"feedback_id": "a2", "text": "\\ud800"}',
            b'{"feedback_id": "a3", "text": "\xff"}',
        ),
        FEEDBACK,
    ),
    "two files": (_two_files, FEEDBACK),
    "workbook": (_workbook, FEEDBACK),
    "orders": (
        _orders(
            ("2024-01-02", "1"), ("2024-02-31", "1"), ("31/12/0001", "1"), ("03/04/2024", "1"),
            ("soon", "1"), ("2024-01-02", "much"), ("2024-01-02", "inf"), ("", "1"),
        ),
        ORDERS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", INPUTS)
def test_what_reading_told_is_chinese_in_a_chinese_report_and_as_it_was_in_an_english_one(kind, tmp_path):
    write, contract = INPUTS[kind]
    quarantine = Quarantine()
    with open_table(str(write(tmp_path)), contract=contract, quarantine=quarantine) as reader:
        assert list(reader.batches())
        told = [*reader.notes, *quarantine.reasons]
    chinese = {text: reading_text(text, load_strings("zh")) for text in told}
    assert told
    assert not {text: said for text, said in chinese.items() if ENGLISH.search(NAMES.sub("", said))}
    assert [reading_text(text, load_strings("en")) for text in told] == told


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("too many cells: 9 instead of 8", "单元格过多：有 9 个，应为 8 个"),
        ("encoding: GB18030, 8 undecodable bytes", "编码：GB18030，8 个字节无法解码"),
        ("1 row with stray quotation marks, taken as they stand", "1 行有不成对的引号，按原样读入"),
        ("2024: one.csv: not valid JSON", "2024: one.csv：不是合法的 JSON"),
        ("of another kind: as it stands", "of another kind: as it stands"),
    ],
)
def test_figures_and_file_names_are_kept(told, said):
    assert reading_text(told, load_strings("zh")) == said


def test_every_packed_suggestion_is_english_in_an_english_report():
    english = load_strings("en")
    for rule in load_actions():
        for said in (english.name("suggestions", rule.action), english.name("owners", rule.owner)):
            assert said.isascii()
