"""Counts in messages: `1 row`, `2,500 rows`."""

from __future__ import annotations

__all__ = ["how_many"]


def how_many(count: int, one: str, many: str | None = None) -> str:
    """Write a count with what is counted.

    Parameters
    ----------
    one
        What one of them is called, with a verb where it changes too: `row has no customer`.
    many
        What several are called; `one` with an s when not given.
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
