"""The columns that a user maps, over all inputs of a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voc.errors import ColumnError, UsageError

__all__ = ["MappedColumns"]


class MappedColumns:
    """What `--map` names: a mapping counts in each input that has its column, and one of them must have it.

    Parameters
    ----------
    columns
        voc's column to those of the user, of which an input has one at most.
    """

    def __init__(self, columns: Mapping[str, Sequence[str]] | None = None) -> None:
        self._columns = dict(columns or {})
        self._inputs: dict[str, Sequence[str]] = {}

    def candidates(self, known: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return the names to look for, the user's first, then those of `known` or voc's own."""
        names = {ours: tuple(theirs) for ours, theirs in known.items()}
        for ours, theirs in self._columns.items():
            names[ours] = (*theirs, *names.get(ours, (ours,)))
        return names

    def saw(self, where: str, names: Sequence[str]) -> None:
        """Take note of the columns that an input has. Raises UsageError where two of them are to be one."""
        for ours, theirs in self._columns.items():
            present = [name for name in theirs if name in names]
            if len(present) > 1:
                told = ", ".join(map(repr, present))
                raise UsageError(
                    f"two columns are mapped to {ours!r}: {told}", where=where, hint="map one of them"
                )
        self._inputs[where] = names

    def check(self) -> None:
        """Raise ColumnError when a mapped column is in none of the inputs seen."""
        names = list(dict.fromkeys(name for columns in self._inputs.values() for name in columns))
        for theirs in (one for several in self._columns.values() for one in several):
            if theirs not in names:
                raise ColumnError.missing(theirs, names, where=", ".join(self._inputs))
