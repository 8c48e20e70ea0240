"""Makes the table that `bench.py` measures on: as many rows as wanted, no two alike, always the same.

The texts come from a table of the user's or from voc's simulator. Each row takes a text, turns its clauses
round or leaves one out, and now and then adds a sentence with made-up personal information.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from voc.io import Quarantine, open_table, read_table
from voc.simulator import write_company
from voc.simulator.identifiers import bank_card, digits

__all__ = ["write_texts"]

_BATCH = 8192
_CLAUSE = re.compile(r"[^，。！？；,!?;]+[，。！？；,!?;]*")
_CHANNELS = ("天猫", "京东", "抖音", "门店")
_TAILS = ("，第{}次买了", "，{}天到的", "，一共{}件", "，等了{}小时", "，给{}分")
_BEGIN = datetime(2024, 1, 1)
_SCHEMA = pa.schema(
    [
        ("feedback_id", pa.string()),
        ("customer_id", pa.string()),
        ("ts", pa.timestamp("us")),
        ("channel", pa.string()),
        ("text", pa.string()),
    ]
)

_PERSONAL: tuple[Callable[[Random], str], ...] = (
    lambda rng: f"，电话1{rng.choice('3578')}{digits(9, rng)}，麻烦联系我",
    lambda rng: f"，加我微信wx{digits(7, rng)}说",
    lambda rng: f"，邮箱user{digits(4, rng)}@example.com",
    lambda rng: f"，钱退到{bank_card(rng)}这张卡",
    lambda rng: (
        f"，收货人王{rng.choice('建国丽华芳伟')}，住和平路{rng.randint(1, 300)}号{rng.randint(1, 30)}栋"
    ),
)


def write_texts(out: Path, rows: int, *, texts: str | None, column: str, personal: float, seed: int) -> None:
    """Write a Parquet table of `rows` feedback rows.

    Parameters
    ----------
    out
        The table.
    rows
        How many.
    texts
        Table to take texts from; None takes those of the simulator.
    column
        Its column of text.
    personal
        Share of rows that get a sentence with personal information.
    seed
        Same arguments and seed, same bytes.
    """
    base = _from_table(texts, column) if texts else _from_simulator(rows, seed)
    with pq.ParquetWriter(out, _SCHEMA) as writer:
        for batch in _batches(base, rows, personal, Random(seed)):
            writer.write_batch(batch)


def _from_table(location: str, column: str) -> list[str]:
    with open_table(location) as reader:
        texts = [text for batch in reader.batches() for text in batch.column(column).to_pylist() if text]
    if not texts:
        raise SystemExit(f"no texts in the column {column!r}")
    return texts


def _from_simulator(rows: int, seed: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        files = write_company(Path(folder), customers=min(max(rows // 2, 100), 10_000), seed=seed)
        with Quarantine() as quarantine:
            table = read_table(files.reviews, quarantine=quarantine)
        return [text for text in table.column("评价内容").to_pylist() if text]


def _batches(base: list[str], rows: int, personal: float, rng: Random) -> Iterator[pa.RecordBatch]:
    order = rng.sample(range(len(base)), len(base))
    for start in range(0, rows, _BATCH):
        numbers = range(start, min(start + _BATCH, rows))
        columns = [
            [f"F{number:08}" for number in numbers],
            [f"C{rng.randrange(max(rows // 4, 1)):07}" for _ in numbers],
            [_BEGIN + timedelta(minutes=rng.randrange(780_000)) for _ in numbers],
            [rng.choice(_CHANNELS) for _ in numbers],
            [_varied(base[order[number % len(base)]], personal, rng) for number in numbers],
        ]
        arrays = [pa.array(values, field.type) for values, field in zip(columns, _SCHEMA, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)


def _varied(text: str, personal: float, rng: Random) -> str:
    clauses = _CLAUSE.findall(text)
    if len(clauses) > 2:
        turn = rng.randrange(len(clauses))
        clauses = clauses[turn:] + clauses[:turn]
        if rng.random() < 0.3:
            clauses.pop()
        text = "".join(clauses)
    text += rng.choice(_TAILS).format(rng.randint(1, 999))
    return text + rng.choice(_PERSONAL)(rng) if rng.random() < personal else text
