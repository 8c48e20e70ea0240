"""Workers that are killed, Ctrl-C, and a parent that dies: real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from engine_parts import CANARY, Kept, Measure, Rows, alive, wait_until

from voc.engine.local import run
from voc.errors import WorkerDiedError

HERE = Path(__file__).parent


class Job:
    """The engine as a program of its own."""

    def __init__(self, folder: Path) -> None:
        self.out, self.side, self.checkpoint = folder / "out.parquet", folder / "side", folder / "points"
        self.process: subprocess.Popen[str] | None = None

    def start(self, workers: int = 2, seconds: float = 0.15) -> subprocess.Popen[str]:
        script = str(HERE / "engine_script.py")
        self.process = subprocess.Popen(
            [sys.executable, script, *map(str, [self.out, self.side, self.checkpoint, workers, seconds])],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # a shell makes its background jobs deaf to Ctrl-C; undo that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        return self.process

    def processed(self) -> list[list[int]]:
        """First row, rows and process of every chunk that was worked on."""
        lines = self.side.read_text().splitlines() if self.side.exists() else []
        return [[int(word) for word in line.split()] for line in lines]

    def workers(self) -> set[int]:
        return {line[2] for line in self.processed()}

    def left_over(self) -> set[str]:
        return {path.name for path in self.out.parent.iterdir()} - {"side", "points"}


@pytest.fixture
def job(tmp_path: Path):
    job = Job(tmp_path)
    yield job
    if job.process is not None:
        job.process.kill()
        job.process.communicate()


def resumes(job: Job, workers: int) -> None:
    """The next run goes on after the chunks on disk, and the output is as if nothing had happened."""
    kept = len(list(job.checkpoint.glob("*.arrow")))
    before = len(job.processed())
    assert kept > 0
    process = job.start(workers, seconds=0)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert out.split() == ["2000", str(kept * 50)]
    assert len(job.processed()) - before == 40 - kept
    table = pq.read_table(job.out)
    sink = Kept()
    run(Rows(2000), [Measure()], sink, workers=1)
    assert table.equals(sink.table.drop(["__row__"]))
    assert not job.checkpoint.exists()


@pytest.mark.parametrize(
    ("workers", "number", "send"),
    [(1, signal.SIGINT, os.kill), (2, signal.SIGINT, os.killpg), (2, signal.SIGTERM, os.kill)],
    ids=["一个进程", "两个进程", "SIGTERM"],
)
def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(
    job: Job, workers: int, number: signal.Signals, send: Callable[[int, int], None]
) -> None:
    process = job.start(workers)
    assert wait_until(lambda: len(job.processed()) > 5)
    send(process.pid, number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped; no output was written" in error
    assert "Traceback" not in error
    assert CANARY not in error
    assert job.left_over() == set()
    assert wait_until(lambda: not any(alive(pid) for pid in job.workers()))
    resumes(job, workers=3 - workers)


def test_a_killed_worker_is_told_with_signal_and_rows(job: Job) -> None:
    process = job.start()
    assert wait_until(lambda: len(job.workers()) == 2 and len(job.processed()) > 5)
    os.kill(job.processed()[-1][2], signal.SIGKILL)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "a worker process was killed by SIGKILL" in error
    assert "rows " in error
    assert "Traceback" not in error
    assert CANARY not in error
    assert job.left_over() == set()
    assert wait_until(lambda: not any(alive(pid) for pid in job.workers()))
    resumes(job, workers=2)


def test_no_worker_outlives_a_parent_that_was_killed(job: Job) -> None:
    process = job.start()
    assert wait_until(lambda: len(job.workers()) == 2 and len(job.processed()) > 5)
    process.kill()
    process.communicate()
    assert wait_until(lambda: not any(alive(pid) for pid in job.workers()))
    assert wait_until(lambda: not _of_session(process.pid))
    assert not job.out.exists()
    resumes(job, workers=2)


def _of_session(session: int) -> list[int]:
    """Processes of a session, fork server and resource tracker included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and alive(int(entry.name)):
            try:
                if os.getsid(int(entry.name)) == session:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def test_rows_in_the_hands_of_a_killed_worker_are_told(capfd: pytest.CaptureFixture[str]) -> None:
    sink = Kept()
    with pytest.raises(WorkerDiedError, match=r"rows 20 to 29.*killed by SIGKILL") as caught:
        run(Rows(60), [Measure(die_at=25, seconds=0.01)], sink, workers=2, chunk_rows=10)
    assert caught.value.exit_code == 3
    assert sink.state == "aborted"
    assert capfd.readouterr() == ("", "")
