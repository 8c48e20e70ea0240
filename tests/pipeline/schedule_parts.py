"""Steps for tests of the schedule; other processes import them from here."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from voc.errors import GateError, VocError
from voc.pipeline import schedule
from voc.pipeline.steps import Ledger, Step, StepResult


def write(folder: Path, name: str, reads: Sequence[str], seconds: float = 0.0) -> StepResult:
    """Write the name and what was read."""
    with (folder / "pids").open("a") as pids:
        pids.write(f"{name} {os.getpid()}\n")
    time.sleep(seconds)
    before = "".join((folder / other).read_text() for other in reads)
    (folder / name).write_text(f"{name}({before})")
    return StepResult(
        rows_in=len(reads), rows_out=1, quarantined=2, notes=(f"note of {name}",), facts={"n": 1}
    )


def fail(seconds: float = 0.0) -> StepResult:
    time.sleep(seconds)
    raise GateError("3 of 10 fit", where="join of a and b", hint="look")


def break_down() -> StepResult:
    raise ValueError("张三 13800138000")


def die() -> StepResult:
    os.kill(os.getpid(), 9)
    return StepResult()


def step(
    folder: Path, name: str, reads: Sequence[str] = (), action: Callable[[], StepResult] | None = None
) -> Step:
    action = action or partial(write, folder, name, reads)
    return Step(name, tuple(folder / other for other in reads), (folder / name,), {}, action)


def main(folder: str) -> int:
    """Run two long steps at the same time, for tests that stop them from outside."""
    place = Path(folder)
    schedule.LEAST_BYTES = 0  # type: ignore[misc]
    plan = [step(place, name, (), partial(write, place, name, (), 60.0)) for name in ("a", "b")]
    try:
        schedule.run_steps(plan, Ledger(place), workers=2, force=False, tell=lambda _: None)
    except KeyboardInterrupt:
        return 130
    except VocError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
