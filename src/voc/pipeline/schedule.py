"""The order in which steps run, and which of them run at the same time.

A step waits for those that write what it reads. Of the steps that may start, the one with the longest chain
of others behind it comes first. An error is that of the first step in the order of the plan, and all steps
before it are finished, as if they had run one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from voc.engine.algebra import one_thread
from voc.engine.calls import Answer, CallPool
from voc.engine.interrupts import stoppable
from voc.engine.local import available_cores
from voc.errors import VocError
from voc.pipeline.steps import Ledger, Step, StepResult

__all__ = ["LEAST_BYTES", "StepOutcome", "run_steps"]

LEAST_BYTES: Final = 4 << 20
"""What tables must hold for further processes to be worth their start."""


@dataclass(frozen=True)
class StepOutcome:
    """One step of a finished run."""

    name: str
    result: StepResult
    skipped: bool
    seconds: float


def run_steps(
    plan: Sequence[Step],
    ledger: Ledger,
    *,
    workers: int | None,
    force: bool,
    tell: Callable[[StepOutcome], None],
) -> tuple[StepOutcome, ...]:
    """Run steps that are not up to date, record them, and return what came of each, in the order of the plan.

    Parameters
    ----------
    plan
        Steps after those that they hang on.
    workers
        Processes to use at the same time; as many as there are cores when not given.
    force
        Run steps that are up to date as well.
    tell
        Called when a step is done.

    Raises
    ------
    VocError
        What a step says, or that its process was killed.
    """
    run = _Run(plan, ledger, force, tell)
    count = available_cores() if workers is None else workers
    for number, step in enumerate(plan):
        if count > 1 and step.apart and _worth_processes(plan[number:]):
            run.together(count)
            break
        run.here(number)
    return tuple(outcome for _, outcome in sorted(run.done.items()))


class _Run:
    def __init__(
        self, plan: Sequence[Step], ledger: Ledger, force: bool, tell: Callable[[StepOutcome], None]
    ) -> None:
        self.done: dict[int, StepOutcome] = {}
        self._plan = plan
        self._ledger = ledger
        self._force = force
        self._tell = tell

    def here(self, number: int) -> None:
        """Run a step in this process."""
        began = time.perf_counter()
        if not self._stands(number, began):
            step = self._plan[number]
            if step.apart:
                with one_thread():
                    result = step.action()
            else:
                result = step.action()
            self._finish(number, result, began)

    def together(self, processes: int) -> None:
        """Run the remaining steps in other processes, as many at a time."""
        needs = _needs(self._plan)
        urgency = _urgency(needs)
        failures: dict[int, VocError] = {}
        began: dict[int, float] = {}
        modules = [name for step in self._plan if step.apart for name in _modules_of(step)]
        with stoppable(), CallPool(processes, modules) as pool:
            while True:
                end = min(failures, default=len(self._plan))  # steps from here on are of no use any more
                ready = [
                    n
                    for n in range(end)
                    if n not in self.done and n not in began and needs[n] <= self.done.keys()
                ]
                if ready and pool.free:
                    number = max(ready, key=lambda n: (urgency[n], -n))
                    began[number] = time.perf_counter()
                    if self._stands(number, began[number]):
                        del began[number]
                    else:
                        pool.submit(number, self._plan[number].name, self._plan[number].action)
                    continue
                if not any(number < end for number in began):
                    break
                for answer in pool.answers():
                    self._take(answer, began.pop(answer.number), failures)
            if failures:
                raise failures[end]

    def _take(self, answer: Answer, began: float, failures: dict[int, VocError]) -> None:
        if isinstance(answer.value, VocError):
            failures[answer.number] = answer.value
        else:
            self._finish(answer.number, answer.value, began)

    def _stands(self, number: int, began: float) -> bool:
        """Take over the result of an earlier run, if it stands."""
        step = self._plan[number]
        earlier = None if self._force else self._ledger.earlier(step)
        if earlier is None:
            return False
        self._tell_of(number, StepOutcome(step.name, earlier, True, time.perf_counter() - began))
        return True

    def _finish(self, number: int, result: StepResult, began: float) -> None:
        step = self._plan[number]
        self._ledger.record(step, result)
        self._tell_of(number, StepOutcome(step.name, result, False, time.perf_counter() - began))

    def _tell_of(self, number: int, outcome: StepOutcome) -> None:
        self.done[number] = outcome
        self._tell(outcome)


def _needs(plan: Sequence[Step]) -> list[set[int]]:
    """Number of the steps before each one that write what it reads."""
    writers: dict[object, int] = {}
    needs = []
    for number, step in enumerate(plan):
        needs.append({writers[path] for path in step.reads if path in writers})
        writers.update(dict.fromkeys(step.writes, number))
    return needs


def _urgency(needs: Sequence[set[int]]) -> list[int]:
    """Length of the longest chain of steps that begins with each one."""
    length = [1] * len(needs)
    for number in reversed(range(len(needs))):
        for before in needs[number]:
            length[before] = max(length[before], length[number] + 1)
    return length


def _modules_of(step: Step) -> Iterator[str]:
    action = step.action
    while isinstance(action, partial):
        action = action.func
    if module := getattr(action, "__module__", None):
        yield module


def _worth_processes(steps: Sequence[Step]) -> bool:
    tables = {path for step in steps for path in step.reads}
    return sum(path.stat().st_size for path in tables if path.is_file()) >= LEAST_BYTES
