"""Steps at the same time give what they give one after the other: results, errors, and an end on Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from schedule_parts import break_down, die, fail, step, write

from voc.errors import GateError, VocError, WorkerDiedError
from voc.pipeline import schedule
from voc.pipeline.schedule import StepOutcome, run_steps
from voc.pipeline.steps import Ledger, Step


@pytest.fixture(autouse=True)
def _worth_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LEAST_BYTES", 0)


def take(folder: Path, plan: list[Step], workers: int) -> tuple[StepOutcome, ...]:
    return run_steps(plan, Ledger(folder), workers=workers, force=False, tell=lambda _: None)


def diamond(folder: Path) -> list[Step]:
    plan = [("a", ()), ("b", ("a",)), ("c", ("a",)), ("alone", ()), ("d", ("b", "c"))]
    return [step(folder, name, reads) for name, reads in plan]


def pids(folder: Path) -> set[int]:
    lines = (folder / "pids").read_text().splitlines() if (folder / "pids").exists() else []
    return {int(line.split()[1]) for line in lines}


def test_results_and_ledger_are_those_of_one_worker(tmp_path: Path) -> None:
    found = {}
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        outcomes = take(folder, diamond(folder), workers)
        ledger = (folder / ".voc" / "steps.json").read_bytes()
        found[workers] = (
            [(o.name, o.result, o.skipped) for o in outcomes],
            (folder / "d").read_bytes(),
            ledger,
        )
        assert (os.getpid() in pids(folder)) == (workers == 1)
    assert found[1] == found[2]
    assert all(outcome.skipped for outcome in take(folder, diamond(folder), 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_error_of_the_plan_is_told_and_the_steps_before_it_stand(
    tmp_path: Path, workers: int
) -> None:
    plan = [
        step(tmp_path, "slow", (), partial(write, tmp_path, "slow", (), 0.5)),
        step(tmp_path, "wrong", (), partial(fail, 0.3)),
        step(tmp_path, "broken", (), break_down),
        step(tmp_path, "behind", ("wrong",)),
    ]
    with pytest.raises(GateError) as caught:
        take(tmp_path, plan, workers)
    assert str(caught.value) == "join of a and b: 3 of 10 fit\nhint: look"
    assert caught.value.exit_code == 1
    assert set(Ledger(tmp_path).results()) == {"slow"}


def test_a_foreign_exception_is_told_by_type_and_place(tmp_path: Path) -> None:
    with pytest.raises(
        VocError, match=r"unexpected ValueError at schedule_parts\.py:\d+ in break_down"
    ) as caught:
        take(tmp_path, [step(tmp_path, "a", (), break_down)], 2)
    assert "138" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_killed_process_is_told_with_its_step(tmp_path: Path) -> None:
    with pytest.raises(WorkerDiedError, match="a: a worker process was killed by SIGKILL") as caught:
        take(tmp_path, [step(tmp_path, "a", (), die)], 2)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_step_outlives_a_run_that_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("schedule_parts.py")), str(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert wait_until(lambda: len(pids(tmp_path)) == 2)
        send = os.killpg if number is signal.SIGINT else os.kill  # a terminal tells all of them
        send(process.pid, number)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == (-9 if number is signal.SIGKILL else 130)
    assert "Traceback" not in error
    assert wait_until(lambda: not any(alive(pid) for pid in pids(tmp_path)))
    assert not (tmp_path / "a").exists()


def wait_until(met: object, seconds: float = 90.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if met():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
