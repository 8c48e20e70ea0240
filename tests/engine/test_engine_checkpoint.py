from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from engine_parts import CANARY, Failing, Input, Kept, Measure, Rows

from voc.engine.local import RunStats, run
from voc.errors import OutputError, StageError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run" / "points"


def broken_off(folder: Path, workers: int = 1, **changes: object) -> int:
    """A run that fails on its way; gives the number of chunks that it left."""
    source = Rows(100, **changes)
    with pytest.raises(StageError):
        run(source, [Measure(), FailsOnce((65,))], Kept(), workers=workers, chunk_rows=10, checkpoint=folder)
    return len(list(folder.glob("*.arrow")))


class FailsOnce(Failing):
    """Fails until a variable of the environment says that it is mended."""

    def build(self):
        return super().build() if "MENDED" not in os.environ else lambda batch: batch


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch):
    return lambda: monkeypatch.setenv("MENDED", "1")


def again(
    folder: Path, source: Rows | None = None, workers: int = 1, **options: object
) -> tuple[RunStats, Kept]:
    sink = Kept()
    stages = options.pop("stages", [Measure(), FailsOnce((65,))])
    stats = run(
        source or Rows(100),
        stages,
        sink,
        workers=workers,
        **{"chunk_rows": 10, "checkpoint": folder, **options},
    )
    assert sink.table.column("__row__").to_pylist() == list(range(100))
    assert sink.table.equals(expected(), check_metadata=True)
    assert not folder.exists()
    return stats


def expected():
    sink = Kept()
    run(Rows(100), [Measure()], sink, workers=1)
    return sink.table


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("second", [1, 2])
def test_the_next_run_goes_on_where_the_first_stopped(folder: Path, mended, first: int, second: int) -> None:
    kept = broken_off(folder, first)
    assert kept >= 6
    mended()
    stats = again(folder, workers=second)
    assert stats.rows_resumed == kept * 10


def test_progress_and_observers_see_the_rows_that_were_done_before(folder: Path, mended) -> None:
    broken_off(folder)
    mended()
    seen: list[int] = []
    again(folder, observers=[lambda batch: seen.extend(batch.column("__row__").to_pylist())])
    assert seen == list(range(100))


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (Rows(100, inputs=(Input("made.csv", 1, "cd" * 32),)), {}),
        (Rows(100, inputs=(Input("other.csv", 1, "ab" * 32),)), {}),
        (None, {"chunk_rows": 20}),
        (None, {"stages": [Measure(version=2), FailsOnce((65,))]}),
    ],
    ids=["内容", "名称", "块", "设置"],
)
def test_what_another_run_left_is_not_used(folder: Path, mended, source, options) -> None:
    broken_off(folder)
    mended()
    stats = again(folder, source, **options)
    assert stats.rows_resumed == 0


def test_an_input_without_a_digest_keeps_no_checkpoint(folder: Path) -> None:
    assert broken_off(folder, inputs=(Input("db::reviews", 0, ""),)) == 0
    assert not folder.exists()


@pytest.mark.parametrize("damage", ["torn", "altered", "empty", "renamed"])
def test_a_damaged_chunk_is_done_again(folder: Path, mended, damage: str) -> None:
    kept = broken_off(folder)
    first, second = sorted(folder.glob("*.arrow"))[:2]
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    if damage == "torn":
        first.write_bytes(first.read_bytes()[:-20])
    elif damage == "altered":
        first.write_bytes(data)
    elif damage == "empty":
        first.write_bytes(b"")
    else:  # the second chunk, whole, in the place of the first
        second.replace(first.with_name("00000000" + second.name[8:]))
        first.unlink()
    mended()
    stats = again(folder)
    lost = 2 if damage == "renamed" else 1
    assert stats.rows_resumed == (kept - lost) * 10


def test_only_the_user_may_enter_and_only_results_are_kept(folder: Path) -> None:
    with pytest.raises(StageError):
        run(Rows(100), [Hide(), FailsOnce((65,))], Kept(), workers=2, chunk_rows=10, checkpoint=folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert len(files) > 5
    assert all(CANARY.encode() not in path.read_bytes() for path in files)


class Hide(Failing):
    """Stands for masking."""

    def __init__(self) -> None:
        super().__init__(())

    def build(self):
        import pyarrow as pa

        return lambda batch: batch.set_column(0, "text", pa.array(["***"] * batch.num_rows))


def test_a_folder_of_something_else_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_text("keep me")
    with pytest.raises(UsageError, match="is not a checkpoint folder"):
        run(Rows(10), [Measure()], Kept(), checkpoint=folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_two_runs_do_not_share_a_folder(folder: Path) -> None:
    def inner(_: object) -> None:
        with pytest.raises(OutputError, match="another run is at work"):
            run(Rows(10), [Measure()], Kept(), checkpoint=folder)
        tried.append(True)

    tried: list[bool] = []
    run(Rows(10), [Measure()], Kept(), workers=1, checkpoint=folder, observers=[inner])
    assert tried


def test_a_disk_without_room_costs_the_checkpoint_and_not_the_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import voc.engine.checkpoint as module

    real = module.write_bytes

    def full(path: Path, data: bytes, force: bool = False) -> None:
        if path.name.startswith("00000003"):
            raise OutputError("cannot be written (No space left on device)", where=str(path))
        real(path, data, force)

    monkeypatch.setattr(module, "write_bytes", full)
    sink = Kept()
    stats = run(Rows(100), [Measure()], sink, workers=2, chunk_rows=10, checkpoint=folder)
    assert stats.checkpoint_dropped
    assert sink.table.equals(expected(), check_metadata=True)
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sink = Kept()
    with pytest.raises(OutputError, match="the checkpoint folder cannot be used"):
        run(Rows(10), [Measure()], sink, checkpoint=tmp_path / "file" / "points")
    assert sink.state == "aborted"


def test_a_sink_that_fails_at_its_end_keeps_the_checkpoint(folder: Path) -> None:
    class Full(Kept):
        def close(self) -> None:
            raise OutputError("full")

    with pytest.raises(OutputError):
        run(Rows(100), [Measure()], Full(), workers=1, chunk_rows=10, checkpoint=folder)
    assert len(list(folder.glob("*.arrow"))) == 10
    stats = run(Rows(100), [replace(Measure())], Kept(), workers=1, chunk_rows=10, checkpoint=folder)
    assert stats.rows_resumed == 100
