"""Incremental runs: rows that are as they were are not worked on again, and nobody sees it in the result."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from engine_parts import CANARY, Failing, Kept, Measure, Rows

from voc.engine import reuse as reuse_module
from voc.engine.local import RunStats, run
from voc.engine.reuse import RowReuse
from voc.engine.row_digests import RowDigests
from voc.errors import OutputError, StageError, UsageError

KEY = b"k" * 32


@dataclass
class Texts(Rows):
    """Given texts, in batches of ten."""

    texts: tuple[str | None, ...] = ()

    def batches(self):
        for start in range(0, len(self.texts), 10):
            part = list(self.texts[start : start + 10])
            numbers = pa.array(range(start, start + len(part)), pa.int64())
            yield pa.record_batch({"text": pa.array(part, pa.string()), "__row__": numbers})


@dataclass(frozen=True)
class Veiled(Measure):
    """Like a masking stage: the text of the result is not that of the input."""

    def build(self):
        measure = super().build()

        def veil(batch: pa.RecordBatch) -> pa.RecordBatch:
            done = measure(batch)
            texts = [text.replace(CANARY, "<手机号>") for text in done.column("text").to_pylist()]
            return done.set_column(0, done.schema.field(0), pa.array(texts, pa.string()))

        return veil


def texts(count: int, seed: int = 0) -> list[str]:
    rng = Random(seed)
    return [f"第{rng.randrange(10**6)}件，{CANARY}，{'好' * rng.randrange(30)}" for _ in range(count)]


def incremental(
    folder: Path, rows: list[str], *, stage: Measure | None = None, key: bytes = KEY, workers: int = 1
) -> tuple[RunStats, pa.Table]:
    sink = Kept()
    stats = run(
        Texts(len(rows), texts=tuple(rows)),
        [stage or Veiled()],
        sink,
        workers=workers,
        chunk_rows=7,
        reuse=RowReuse(folder, key),
    )
    return stats, sink.table


def full(rows: list[str]) -> pa.Table:
    sink = Kept()
    run(Texts(len(rows), texts=tuple(rows)), [Veiled()], sink, workers=1, chunk_rows=7)
    return sink.table


def test_only_new_and_changed_rows_are_worked_on(tmp_path: Path):
    rows = texts(100)
    side = tmp_path / "side"
    incremental(tmp_path / "kept", rows, stage=Veiled(side))
    side.unlink()
    changed = [*rows[:50], "新" + CANARY, *rows[51:], "又新"]
    stats, table = incremental(tmp_path / "kept", changed, stage=Veiled(side))
    assert stats.rows_reused == 99
    assert sum(int(line.split()[1]) for line in side.read_text().splitlines()) == 2
    assert table.equals(full(changed), check_metadata=True)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_any_change_gives_what_a_full_run_gives(tmp_path: Path, monkeypatch, workers: int, seed: int):
    monkeypatch.setattr(reuse_module, "_RUN_ROWS", 20)  # several sorted runs
    rng = Random(seed)
    rows = texts(60, seed)
    for turn in range(4):
        _, table = incremental(tmp_path / "kept", rows, workers=workers)
        assert table.equals(full(rows), check_metadata=True)
        rows = rng.sample(rows, rng.randrange(1, len(rows))) + texts(rng.randrange(30), 100 * seed + turn)
        rows += rng.choices(rows, k=5)  # repeats
        rng.shuffle(rows)


def test_rows_that_vanished_are_forgotten(tmp_path: Path):
    rows = texts(40)
    incremental(tmp_path / "kept", rows)
    incremental(tmp_path / "kept", rows[:10])
    stats, _ = incremental(tmp_path / "kept", rows)
    assert stats.rows_reused == 10
    assert len(list((tmp_path / "kept").glob("*.arrow"))) == 1


@pytest.mark.parametrize("change", ["stage", "key", "version"])
def test_results_of_other_settings_are_not_taken(tmp_path: Path, monkeypatch, change: str):
    rows = texts(20)
    incremental(tmp_path / "kept", rows)
    if change == "version":
        monkeypatch.setattr("voc.__version__", "99")
    stage = Veiled(version=2) if change == "stage" else None
    stats, _ = incremental(tmp_path / "kept", rows, stage=stage, key=b"x" * 32 if change == "key" else KEY)
    assert stats.rows_reused == 0
    assert incremental(tmp_path / "kept", rows, stage=stage, key=b"x" * 32 if change == "key" else KEY)[
        0
    ].rows_reused == (20)


def test_a_run_that_fails_leaves_the_last_results_in_their_place(tmp_path: Path):
    rows = texts(30)
    incremental(tmp_path / "kept", rows)
    before = sorted(path.name for path in (tmp_path / "kept").iterdir())
    with pytest.raises(StageError):
        run(
            Texts(31, texts=(*rows, "新")),
            [Veiled(), Failing((30,))],
            Kept(),
            workers=1,
            reuse=RowReuse(tmp_path / "kept", KEY),
        )
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == before
    assert incremental(tmp_path / "kept", rows)[0].rows_reused == 30


@pytest.mark.parametrize("damage", ["torn", "gone", "key"])
def test_damaged_results_are_made_again(tmp_path: Path, damage: str):
    rows = texts(30)
    incremental(tmp_path / "kept", rows)
    [store] = (tmp_path / "kept").glob("*.arrow")
    if damage == "torn":
        os.truncate(store, store.stat().st_size - 8)
    elif damage == "gone":
        next((tmp_path / "kept").glob("*.npy")).unlink()
    else:
        (tmp_path / "kept" / "key.json").write_text("{")
    stats, table = incremental(tmp_path / "kept", rows)
    assert stats.rows_reused == 0
    assert table.equals(full(rows))
    assert incremental(tmp_path / "kept", rows)[0].rows_reused == 30


def test_it_goes_together_with_checkpoints(tmp_path: Path, monkeypatch):
    rows = texts(40)
    incremental(tmp_path / "kept", rows[:20])
    source = Texts(40, texts=tuple(rows))
    options = {"workers": 1, "chunk_rows": 7, "checkpoint": tmp_path / "points"}
    spec = RowReuse(tmp_path / "kept", KEY)
    with pytest.raises(StageError):
        run(source, [Veiled(), Failing((30,))], Kept(), reuse=spec, **options)
    monkeypatch.setattr(Failing, "build", lambda _: lambda batch: batch)
    sink = Kept()
    stats = run(source, [Veiled(), Failing((30,))], sink, reuse=spec, **options)
    assert stats.rows_resumed == 28
    assert sink.table.equals(full(rows), check_metadata=True)
    assert run(source, [Veiled(), Failing((30,))], Kept(), reuse=spec, **options).rows_reused == 40


def test_only_its_user_may_look_and_there_is_no_raw_text(tmp_path: Path):
    incremental(tmp_path / "kept", texts(30))
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    for path in (tmp_path / "kept").iterdir():
        assert CANARY.encode() not in path.read_bytes()
    assert "k" * 8 not in repr(RowReuse(tmp_path, KEY))


def test_a_folder_of_something_else_is_refused_and_two_runs_at_once_too(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("x")
    with pytest.raises(UsageError):
        incremental(tmp_path / "mine", texts(3))

    class Second(Kept):
        def write(self, batch: pa.RecordBatch) -> None:
            with pytest.raises(OutputError, match="another run"):
                incremental(tmp_path / "kept", texts(3))
            super().write(batch)

    spec = RowReuse(tmp_path / "kept", KEY)
    run(Texts(3, texts=tuple(texts(3))), [Veiled()], Second(), workers=1, reuse=spec)


def test_rows_that_differ_have_different_digests():
    digests = RowDigests(KEY)
    table = pa.record_batch(
        {
            "a": ["x", "xy", None, "", "1:x", "x"],
            "b": ["yz", "z", "", None, "", "yz"],
            "n": pa.array([1, 1, 1, 1, 1, 2]),
        }
    )
    found = digests(table)
    assert len({tuple(row) for row in found.tolist()}) == 6
    moved = table.take(pa.array([3, 0])).append_column("__row__", pa.array([8, 9]))
    assert digests(moved).tolist() == [found.tolist()[3], found.tolist()[0]]
    assert RowDigests(b"y" * 32)(table).tolist() != found.tolist()
