"""The exception tree. Every error says what, where and how to mend it, and never quotes source text.

```
VocError                    exit code 3 unless a subclass says otherwise
├── UsageError              2   wrong usage or configuration
│   ├── ConfigError             every fault of a file at once
│   ├── ColumnError             a column is missing or of the wrong kind
│   ├── OutputExistsError       an output is there already and --force was not given
│   └── MissingExtraError       an optional dependency is not installed
├── GateError               1   a limit was broken: personal information left, quality too low
├── InputError              3   an input cannot be read
├── OutputError             3   an output cannot be written
├── UnmaskedTextError       3   text reached a stage that takes masked text only
├── LeakageError            3   a feature is later than the landmark it is used at
├── StageError              3   a stage failed on a batch
├── WorkerDiedError         3   a worker process was killed
└── InterruptedRunError     130 the user stopped the run
```

Messages are built from counts, names of columns and files, row numbers and lengths. The text of a cell
is never part of a message, nor is the message of a foreign exception, which may quote it.
"""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from voc.how_many import how_many

__all__ = [
    "ColumnError",
    "ConfigError",
    "Fault",
    "GateError",
    "InputError",
    "InterruptedRunError",
    "LeakageError",
    "MissingExtraError",
    "OutputError",
    "OutputExistsError",
    "StageError",
    "UnmaskedTextError",
    "UsageError",
    "VocError",
    "WorkerDiedError",
    "nearest",
    "unexpected",
]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None when nothing is near (for "did you mean" hints)."""
    choices = list(known)
    lowered = {choice.lower(): choice for choice in reversed(choices)}
    found = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return lowered[found[0]] if found else None


class VocError(Exception):
    """Base of all errors that voc raises on purpose.

    Parameters
    ----------
    message
        What went wrong. Holds no source text.
    where
        File, row, column or path inside a configuration file.
    hint
        How to mend it.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        parts = [self.message if self.where is None else f"{self.where}: {self.message}"]
        if self.hint:
            parts.append(f"hint: {self.hint}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.__dict__.copy()))


def _rebuild(cls: type[VocError], state: dict[str, object]) -> VocError:
    error = cls.__new__(cls)
    Exception.__init__(error, state.get("message", ""))
    error.__dict__.update(state)
    return error


class UsageError(VocError):
    """Wrong usage or configuration."""

    exit_code = 2


class Fault(NamedTuple):
    """One thing wrong in a configuration file."""

    path: str
    """Where: `stages.tag.model`, for example."""
    message: str
    """What is wrong there."""
    hint: str | None = None
    """How to mend it."""


class ConfigError(UsageError):
    """A configuration file or a table is wrong; holds every fault found, not just the first.

    The message tells at most `most` of them.
    """

    def __init__(self, source: str, faults: Sequence[Fault], *, most: int | None = None) -> None:
        self.source = source
        self.faults = tuple(faults)
        lines = [f"{how_many(len(self.faults), 'fault')} in {source}"]
        for fault in self.faults[:most]:
            lines.append(f"  {fault.path}: {fault.message}" + (f" ({fault.hint})" if fault.hint else ""))
        if most is not None and len(self.faults) > most:
            lines.append(f"  … and {len(self.faults) - most:,} more")
        super().__init__("\n".join(lines))


class ColumnError(UsageError):
    """A column is missing or of the wrong kind."""

    column: str | None = None
    """voc's name of the missing column."""

    @classmethod
    def missing(
        cls, name: str, available: Sequence[str], *, where: str | None = None, column: str | None = None
    ) -> ColumnError:
        """Build the error for a column that is not there, with the nearest name as a hint.

        `column` is voc's name of it where the input is to have it under the other one.
        """
        near = nearest(name, available)
        listed = ", ".join(available[:20]) + (" …" if len(available) > 20 else "")
        hint = f"did you mean {near!r}? columns: {listed}" if near else f"columns: {listed}"
        error = cls(f"no column {name!r}", where=where, hint=hint)
        error.column = column or name
        return error

    def with_remedy(self, remedy: str) -> ColumnError:
        """Return the error with what else to do about it."""
        error = ColumnError(self.message, where=self.where, hint="; ".join(filter(None, (self.hint, remedy))))
        error.column = self.column
        return error


class OutputExistsError(UsageError):
    """An output is there already."""

    def __init__(self, path: str) -> None:
        super().__init__("output exists already", where=path, hint="give --force to overwrite it")


class MissingExtraError(UsageError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed", hint=f"python -m pip install 'voc[{extra}]'")


class GateError(VocError):
    """A limit was broken: personal information left, or quality too low."""

    exit_code = 1


class InputError(VocError):
    """An input cannot be read."""


class OutputError(VocError):
    """An output cannot be written: disk full, folder not writable."""


class UnmaskedTextError(VocError):
    """Text that is not known to be masked reached a stage that takes masked text only."""


class LeakageError(VocError):
    """A feature was measured later than the landmark it is used at."""


class StageError(VocError):
    """A stage failed on a batch. Names the stage, the rows and the exception's type, never its message."""


class WorkerDiedError(VocError):
    """A worker process was killed from outside, or ran out of memory."""


class InterruptedRunError(VocError):
    """The user stopped the run; finished chunks are kept for the next one."""

    exit_code = 130


def unexpected(error: Exception) -> VocError:
    """Describe a foreign exception by type and place alone, since its message may quote source text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames]
    return VocError(
        f"unexpected {type(error).__name__} at {places[-1] if places else 'an unknown place'}",
        hint="this is a fault of voc; the message is withheld since it may quote your data. "
        f"Way: {' > '.join(places[-4:])}",
    )
