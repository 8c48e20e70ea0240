"""A source, a sink and stages for the tests of the engine, importable by worker processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from voc.errors import ColumnError

CANARY = "13800138000"


@dataclass(frozen=True)
class Input:
    path: str
    bytes: int
    sha256: str


@dataclass
class Rows:
    """`rows` rows, made on the way, in batches of any size."""

    rows: int
    batch_rows: int = 100
    inputs: tuple[Input, ...] = (Input("made.csv", 1, "ab" * 32),)
    read: int = 0
    schema: pa.Schema = field(default_factory=lambda: pa.schema([("text", pa.string())]))

    @property
    def rows_known(self) -> int:
        return self.rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        for start in range(0, self.rows, self.batch_rows):
            numbers = range(start, min(start + self.batch_rows, self.rows))
            texts = [f"第{number}件，{CANARY}" for number in numbers]
            self.read += len(texts)
            yield pa.record_batch({"text": texts, "__row__": pa.array(numbers, pa.int64())})


@dataclass
class Kept:
    """Keeps everything in memory."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    state: str = "open"
    pause: float = 0.0

    def write(self, batch: pa.RecordBatch) -> None:
        time.sleep(self.pause)
        self.batches.append(batch)

    def close(self) -> None:
        self.state = "closed"

    def abort(self) -> None:
        self.state = "aborted"

    @property
    def table(self) -> pa.Table:
        return pa.Table.from_batches(self.batches).combine_chunks()


@dataclass(frozen=True)
class Measure:
    """Adds the length of the text; tells in a side file which chunk was done, and by which process."""

    side: Path | None = None
    seconds: float = 0.0
    version: int = 1
    die_at: int | None = None

    @property
    def name(self) -> str:
        return "measure.v1"

    def fingerprint(self) -> str:
        return f"{self.version}"

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        if "text" not in schema.names:
            raise ColumnError.missing("text", schema.names)
        return schema.append(pa.field("length", pa.int32(), metadata={b"unit": b"code points"}))

    def build(self):
        def measure(batch: pa.RecordBatch) -> pa.RecordBatch:
            rows = batch.column("__row__").to_pylist()
            if self.die_at in rows:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.seconds)
            lengths = pa.array([len(text) for text in batch.column("text").to_pylist()], pa.int32())
            schema = self.output_schema(batch.schema)
            result = pa.RecordBatch.from_arrays([*batch.columns, lengths], schema=schema)
            if self.side is not None:
                with self.side.open("a") as side:
                    side.write(f"{rows[0]} {len(rows)} {os.getpid()}\n")
            return result

        return measure


@dataclass(frozen=True)
class Failing:
    """Fails on some rows, quoting the text as careless libraries do."""

    rows: tuple[int, ...]
    at: str = "call"
    error: type[Exception] = ValueError

    @property
    def name(self) -> str:
        return "failing.v1"

    def fingerprint(self) -> str:
        return "failing"

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        if self.at == "schema":
            raise self.error(f"cannot take {CANARY}")
        return schema

    def build(self):
        if self.at == "build":
            raise self.error(f"cannot load {CANARY}")

        def fail(batch: pa.RecordBatch) -> pa.RecordBatch:
            quoted = batch.column("text").to_pylist()
            if set(self.rows) & set(batch.column("__row__").to_pylist()):
                raise self.error(f"cannot parse {quoted!r}")
            return batch

        return fail


@dataclass(frozen=True)
class Breaking:
    """Breaks its contract in one way or another."""

    how: str

    @property
    def name(self) -> str:
        return "breaking.v1"

    def fingerprint(self) -> str:
        return self.how

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        return schema.remove(schema.get_field_index("__row__")) if self.how == "row column" else schema

    def build(self):
        ways = {
            "fewer rows": lambda batch: batch.slice(1),
            "other type": lambda batch: batch.set_column(0, "text", pa.array([1] * batch.num_rows)),
            "other name": lambda batch: batch.rename_columns(["words", "__row__"]),
            "other order": lambda batch: batch.take(list(range(batch.num_rows))[::-1]),
        }
        return ways[self.how]


def alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds: float = 30.0) -> bool:
    """Wait for a condition; whether it came true."""
    end = time.monotonic() + seconds
    while not (done := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return done
