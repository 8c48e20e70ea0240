"""What `voc join-private` does: reads one party's table, and writes or reads the files of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from voc.errors import ColumnError
from voc.pipeline.protection import recorded
from voc.privacy.join.protocol import Common, Member, answer, finish, offer

__all__ = ["answer_join", "finish_join", "offer_join"]

Result = TypeVar("Result")


def offer_join(
    source: str, *, on: str, by: str | None, output: Path, state: Path, context: str, force: bool
) -> int:
    """Write the first message. Returns the number of people."""
    members = list(_members(source, on, by))
    return _recorded(
        "join.offer", lambda: offer(members, output=output, state=state, context=context, force=force)
    )


def answer_join(
    source: str, *, on: str, by: str | None, offered: Path, output: Path, force: bool
) -> tuple[int, int]:
    """Write the second message. Returns the numbers of their and of our people."""
    members = list(_members(source, on, by))
    return _recorded("join.answer", lambda: answer(members, offered=offered, output=output, force=force))


def finish_join(answered: Path, *, state: Path, output: str, min_cell: int, force: bool) -> Common:
    """Count the common people into a table."""
    import pyarrow as pa

    from voc.io import open_sink

    common = _recorded("join.finish", lambda: finish(answered, state=state, min_cell=min_cell))
    rows = [{"ours": a, "theirs": b, "people": count} for (a, b), count in sorted(common.cells.items())]
    schema = pa.schema([("ours", pa.string()), ("theirs", pa.string()), ("people", pa.int64())])
    with open_sink(output, schema, force=force) as sink:
        sink.write(pa.RecordBatch.from_pylist(rows, schema=schema))
    return common


def _recorded(action: str, work: Callable[[], Result]) -> Result:
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor

    return recorded(Entry(system_actor(), action), work)


def _members(source: str, on: str, by: str | None) -> Iterator[Member]:
    """Yield identifiers in one spelling, with the label they are counted by."""
    from voc.io import read_table
    from voc.privacy.columns import as_strings
    from voc.privacy.policy import load_policy
    from voc.privacy.pseudonym import CUSTOMER_DOMAIN, canonical

    table = read_table(source)
    for name in (on, *([by] if by else [])):
        if name not in table.column_names:
            raise ColumnError.missing(name, table.column_names, where=source)
    domain = load_policy().entity_of_column(on) or CUSTOMER_DOMAIN
    keys = as_strings(table.column(on).combine_chunks()).to_pylist()
    labels = as_strings(table.column(by).combine_chunks()).to_pylist() if by else ["*"] * len(keys)
    for key, label in zip(keys, labels, strict=True):
        if key and key.strip():
            yield Member(canonical(domain, key), label or "")
