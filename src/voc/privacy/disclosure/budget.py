"""The ledger of privacy budget: every release is written down before its noise is drawn, and none beyond the
budget is let through.

One JSON line a release, in a file that only grows; a lock keeps two releases apart. Sequential composition:
the epsilons of one ledger add up (Dwork & Roth, The Algorithmic Foundations of Differential Privacy, 2014,
theorem 3.16).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from voc.errors import GateError, InputError, OutputError, UsageError

__all__ = ["BudgetLedger", "Release"]


@dataclass(frozen=True)
class Release:
    """One line of the ledger."""

    at: str
    purpose: str
    epsilon: float


@dataclass(frozen=True)
class BudgetLedger:
    """The budget of one data set.

    Parameters
    ----------
    path
        The ledger; made on the first release.
    total
        Budget over all releases.
    """

    path: Path
    total: float

    def __post_init__(self) -> None:
        if not (self.total > 0 and math.isfinite(self.total)):
            raise UsageError("the total budget is a positive number")

    def releases(self) -> list[Release]:
        """Return what was released so far.

        Raises
        ------
        InputError
            When the ledger is damaged: nothing may be released until it is put right.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError):
            raise InputError("the budget ledger cannot be read", where=str(self.path)) from None
        return [self._release(number, line) for number, line in enumerate(lines, start=1)]

    @property
    def spent(self) -> float:
        """Sum of the epsilons so far."""
        return math.fsum(release.epsilon for release in self.releases())

    def spend(self, epsilon: float, purpose: str) -> Release:
        """Take `epsilon` from the budget. Call it before the noise is drawn.

        Raises
        ------
        GateError
            When less than that is left.
        UsageError
            For an epsilon that is not positive.
        """
        if not (epsilon > 0 and math.isfinite(epsilon)):
            raise UsageError("epsilon is a positive number")
        with self._locked():
            left = self.total - self.spent
            if epsilon > left * (1 + 1e-12) + 1e-12:
                raise GateError(
                    f"the privacy budget is spent: {max(left, 0):.4g} of {self.total:.4g} is left, "
                    f"this release costs {epsilon:.4g}",
                    where=str(self.path),
                    hint="publish fewer tables, or with a smaller --epsilon",
                )
            release = Release(datetime.now(UTC).isoformat(timespec="seconds"), purpose, epsilon)
            self._append(release)
        return release

    def _append(self, release: Release) -> None:
        data = (json.dumps(asdict(release), ensure_ascii=False) + "\n").encode()
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.write(handle, data) != len(data):
                    raise OSError
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError:
            raise OutputError("the budget ledger cannot be written", where=str(self.path)) from None

    def _release(self, number: int, line: str) -> Release:
        try:
            fields = json.loads(line)
            release = Release(str(fields["at"]), str(fields["purpose"]), float(fields["epsilon"]))
        except (ValueError, KeyError, TypeError):
            release = None
        if release is None or not release.epsilon > 0:
            raise InputError("the budget ledger is damaged", where=f"{self.path}, line {number}")
        return release

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            import fcntl
        except ImportError:  # no such locks on this system
            yield
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            raise OutputError("the budget ledger cannot be written", where=str(self.path)) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
