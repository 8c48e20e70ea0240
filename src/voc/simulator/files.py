"""Writes the files as a company has them, spoilt rows and all. A file appears whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from voc.errors import OutputError
from voc.simulator.defects import BadRow, Duplicate, Spoilt
from voc.simulator.people import Person
from voc.simulator.records import ChatRow, OrderRow, ReviewRow, TicketRow
from voc.simulator.world import People

__all__ = [
    "chats_bytes",
    "customers_bytes",
    "orders_bytes",
    "place",
    "reviews_bytes",
    "tickets_bytes",
]

REVIEWS, TICKETS, CHATS = "reviews.csv", "tickets.xlsx", "chats.jsonl"
ORDERS, CUSTOMERS, TRUTH = "orders.parquet", "customers.csv", "truth.json"
_CREATED = datetime(2025, 7, 1)
"""Creation date in the metadata of tickets.xlsx, so that the bytes do not depend on the clock."""


def place(path: Path, data: bytes) -> None:
    """Write `data` to a temporary file beside `path`, then rename it. Raises OutputError."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror})", where=str(path)) from None


def _csv_row(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def reviews_bytes(rows: Sequence[ReviewRow], spoilt: Spoilt) -> tuple[bytes, list[BadRow], list[Duplicate]]:
    """Return reviews.csv in GB18030, with its bad rows and copies.

    An undecodable row has two bytes 0xFF between two characters of its text: no GB18030 character begins
    with them, and no neighbour is touched. A row with a cell too many has an unquoted comma in its text.
    A copy stands a few rows after its original.
    """
    head = ("评价编号", "客户编号", "评价时间", "渠道", "商品", "评分", "昵称", "评价内容")
    lines = [_csv_row(head).encode("gb18030")]
    bad: list[BadRow] = []
    copies: list[Duplicate] = []
    waiting: list[tuple[int, int, str, bytes]] = []
    for index, row in enumerate(rows):
        number = len(lines) - 1
        cells = [row.id, row.customer_id, f"{row.time:%Y/%m/%d %H:%M:%S}", row.channel, row.product]
        cells += [str(row.rating), row.nickname, row.written.text]
        if index in spoilt.extra_cell:
            middle = len(cells[-1]) // 2
            cells[-1:] = [cells[-1][:middle], cells[-1][middle:]]
            bad.append(BadRow(REVIEWS, number, row.id, "extra_cell"))
        line = _csv_row(cells).encode("gb18030")
        if index in spoilt.undecodable:
            head_part = _csv_row([*cells[:-1], ""]).encode("gb18030").rstrip(b"\r\n")
            quoted = 1 if line[len(head_part) : len(head_part) + 1] == b'"' else 0
            at = (
                len(head_part)
                + quoted
                + len(cells[-1][: len(cells[-1]) // 3].replace('"', '""').encode("gb18030"))
            )
            line = line[:at] + b"\xff\xff" + line[at:]
            bad.append(BadRow(REVIEWS, number, row.id, "undecodable"))
        lines.append(line)
        if index in spoilt.copied:
            waiting.append((index + 1 + index % 7, number, row.id, line))
        waiting = _put_copies(waiting, index, lines, copies, last=index == len(rows) - 1)
    return b"".join(lines), bad, copies


def _put_copies(
    waiting: list[tuple[int, int, str, bytes]],
    index: int,
    lines: list[bytes],
    copies: list[Duplicate],
    *,
    last: bool,
) -> list[tuple[int, int, str, bytes]]:
    """Write the copies whose turn it is; return those still waiting."""
    left = []
    for item in waiting:
        due, number, identifier, line = item
        if due <= index or last:
            copies.append(Duplicate(REVIEWS, len(lines) - 1, number, identifier))
            lines.append(line)
        else:
            left.append(item)
    return left


def tickets_bytes(rows: Sequence[TicketRow], spoilt: Spoilt) -> tuple[bytes, list[BadRow]]:
    """Return tickets.xlsx. Times are date cells; impossible ones (30 February, month 13) are text."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": "工单导出", "created": _CREATED})
    sheet = book.add_worksheet("工单")
    dates = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.set_column(2, 2, 20)
    sheet.set_column(7, 7, 80)
    sheet.write_row(
        0, 0, ("工单号", "客户编号", "创建时间", "渠道", "商品", "联系人", "联系电话", "问题描述")
    )
    bad = []
    for number, row in enumerate(rows):
        line = number + 1
        sheet.write_string(line, 0, row.id)
        sheet.write_string(line, 1, row.customer_id)
        if number in spoilt.impossible_date:
            sheet.write_string(line, 2, _impossible(row.time, number))
            bad.append(BadRow(TICKETS, number, row.id, "impossible_date"))
        else:
            sheet.write_datetime(line, 2, row.time, dates)
        texts = (row.channel, row.product, row.contact, row.phone, row.written.text)
        for column, text in enumerate(texts, start=3):
            sheet.write_string(line, column, text)
    book.close()
    return out.getvalue(), bad


def _impossible(time: datetime, number: int) -> str:
    day = ("02-30", "13-05", "04-31", "00-12")[number % 4]
    return f"{time.year}-{day} {time:%H:%M:%S}"


def chats_bytes(rows: Sequence[ChatRow], spoilt: Spoilt) -> tuple[bytes, list[BadRow]]:
    """Return chats.jsonl. A broken line ends in the middle of its object."""
    lines, bad = [], []
    for number, row in enumerate(rows):
        line = json.dumps(
            {
                "session_id": row.session_id,
                "message_id": row.id,
                "customer_id": row.customer_id,
                "ts": row.time.isoformat(),
                "channel": row.channel,
                "product": row.product,
                "speaker": row.speaker,
                "text": row.written.text,
            },
            ensure_ascii=False,
        )
        if number in spoilt.broken_json:
            line = line[: len(line) * 3 // 4]
            bad.append(BadRow(CHATS, number, row.id, "broken_json"))
        lines.append(line)
    return "".join(line + "\n" for line in lines).encode("utf-8"), bad


def orders_bytes(rows: Sequence[OrderRow]) -> tuple[bytes, list[BadRow]]:
    """Return orders.parquet and the rows that lack a customer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "order_id": pa.array([row.order_id for row in rows], pa.string()),
            "customer_id": pa.array([row.customer_id for row in rows], pa.string()),
            "ts": pa.array([row.time for row in rows], pa.timestamp("us")),
            "amount": pa.array([row.amount for row in rows], pa.float64()),
            "channel": pa.array([row.channel for row in rows], pa.string()),
            "product": pa.array([row.product for row in rows], pa.string()),
        }
    )
    out: Any = pa.BufferOutputStream()
    pq.write_table(table, out)
    bad = [
        BadRow(ORDERS, number, row.order_id, "missing_customer")
        for number, row in enumerate(rows)
        if row.customer_id is None
    ]
    return out.getvalue().to_pybytes(), bad


def customers_bytes(people: Sequence[Person], left: dict[str, datetime], names: People) -> bytes:
    """Return customers.csv, UTF-8 with a byte order mark; `left` holds when accounts were closed."""
    head = (
        "客户编号",
        "姓名",
        "手机号",
        "身份证号",
        "邮箱",
        "注册时间",
        "地区",
        "性别",
        "年龄段",
        "注销时间",
    )
    lines = [_csv_row(head)]
    for person in people:
        gone = left.get(person.customer_id)
        lines.append(
            _csv_row(
                (
                    person.customer_id,
                    person.name,
                    person.mobile,
                    person.resident_id,
                    person.email,
                    f"{person.registered:%Y-%m-%d %H:%M:%S}",
                    person.place,
                    "女" if person.female else "男",
                    _age_band(person.age, names),
                    f"{gone:%Y-%m-%d %H:%M:%S}" if gone else "",
                )
            )
        )
    return "".join(lines).encode("utf-8-sig")


def _age_band(age: int, names: People) -> str:
    low, high, _ = next(band for band in names.age_bands if band[0] <= age <= band[1])
    return f"{low}-{high}岁"
