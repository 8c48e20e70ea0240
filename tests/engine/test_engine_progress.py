from __future__ import annotations

import io

from engine_parts import Kept, Measure, Rows

from voc.engine.local import run
from voc.engine.progress import PlainProgress, SilentProgress


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told(stream: io.StringIO, seconds: float, steps: int, rows: int = 100, total: int | None = 5000) -> str:
    clock = Clock()
    progress = PlainProgress(stream, clock=clock)
    progress.start("mask", total)
    for _ in range(steps):
        clock.now += seconds
        progress.advance(rows)
    progress.stop()
    progress.stop()
    return stream.getvalue()


def test_a_log_gets_a_line_every_ten_seconds_and_a_sum() -> None:
    assert told(io.StringIO(), 1.0, 25).splitlines() == [
        "mask: 1,000 of 5,000 rows, 100 rows/s, 0:40 left",
        "mask: 2,000 of 5,000 rows, 100 rows/s, 0:30 left",
        "mask: 2,500 rows, 100 rows/s, 25.0 s",
    ]


def test_a_terminal_gets_one_line_a_few_times_a_second() -> None:
    text = told(Screen(), 0.01, 100)
    assert text.count("\r") == 5
    assert text.count("\n") == 1
    assert text.rsplit("\r", 1)[1].rstrip() == "mask: 10,000 rows, 10,000 rows/s, 1.0 s"


def test_a_shorter_line_covers_a_longer_one() -> None:
    *_, before, last = told(Screen(), 1.0, 3).split("\r")
    assert len(last.rstrip("\n")) >= len(before.rstrip())


def test_time_left_needs_the_number_of_rows() -> None:
    assert "left" not in told(io.StringIO(), 20.0, 2, total=None)


def test_long_times_have_hours() -> None:
    assert "1:20:00 left" in told(io.StringIO(), 100.0, 1, rows=100, total=4900)


def test_a_run_tells_its_label_and_every_row() -> None:
    stream = io.StringIO()
    run(
        Rows(100),
        [Measure()],
        Kept(),
        workers=2,
        chunk_rows=10,
        progress=PlainProgress(stream, 0.0),
        label="量",
    )
    lines = stream.getvalue().splitlines()
    assert len(lines) == 11
    assert all(line.startswith("量: ") for line in lines)
    assert lines[-1].startswith("量: 100 rows")


def test_silence() -> None:
    run(Rows(10), [Measure()], Kept(), progress=SilentProgress())
