"""What `voc join-private` does: reads one party's table, and writes or reads the files of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from voc.errors import ColumnError, UsageError
from voc.pipeline.amounts import amounts_of
from voc.pipeline.protection.recorded import recorded
from voc.privacy.join.protocol import Common, Member, Summed, answer, finish, offer, offered_kind

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["JoinedTable", "answer_join", "finish_join", "offer_join"]

Result = TypeVar("Result")


class JoinedTable(NamedTuple):
    """One company's table, and its columns of the join."""

    source: str
    on: str
    """Who somebody is."""
    by: str | None = None
    """What they are counted by."""
    amount: str | None = None
    """What is added up."""


class Members(NamedTuple):
    """The people of a table."""

    people: list[Member]
    nameless: int
    """Rows without a key; they are left out."""


def offer_join(
    table: JoinedTable, *, output: Path, state: Path, context: str, min_cell: int, force: bool
) -> tuple[int, int]:
    """Write the first message. Returns the number of people, and of rows without a key."""
    kind = _kind(table.on)
    members = _members(table, kind)
    people = _recorded(
        "join.offer",
        lambda: offer(
            members.people,
            output=output,
            state=state,
            context=context,
            kind=kind,
            min_cell=min_cell,
            force=force,
        ),
        rows=lambda people: people,
    )
    return people, members.nameless


def answer_join(
    table: JoinedTable, *, offered: Path, output: Path, bound: float | None, min_cell: int, force: bool
) -> tuple[int, int, int]:
    """Write the second message. Returns the numbers of their people, of ours, and of rows without a key."""
    if (table.amount is None) != (bound is None):
        raise UsageError("--sum and --bound go together", where="--sum")
    kind = offered_kind(offered) or _kind(table.on)
    members = _members(table, kind)
    summed = Summed(table.amount, bound) if table.amount is not None and bound is not None else None
    theirs, ours = _recorded(
        "join.answer",
        lambda: answer(
            members.people, offered=offered, output=output, min_cell=min_cell, summed=summed, force=force
        ),
        rows=lambda counts: counts[1],
    )
    return theirs, ours, members.nameless


def finish_join(answered: Path, *, state: Path, output: str, min_cell: int, force: bool) -> Common:
    """Count the common people into a table."""
    import pyarrow as pa

    from voc.io import open_sink

    def work() -> Common:
        common = finish(answered, state=state, min_cell=min_cell)
        fields = [("ours", pa.string()), ("theirs", pa.string()), ("people", pa.int64())]
        if common.amount is not None:
            fields.append(("sum", pa.float64()))
        schema = pa.schema(fields)
        rows = [
            {"ours": pair[0], "theirs": pair[1], "people": count, "sum": common.sums.get(pair)}
            for pair, count in sorted(common.cells.items())
        ]
        with open_sink(output, schema, force=force) as sink:
            sink.write(pa.RecordBatch.from_pylist(rows, schema=schema))
        return common

    return _recorded("join.finish", work, rows=lambda common: common.offered)


def _recorded(action: str, work: Callable[[], Result], *, rows: Callable[[Result], int]) -> Result:
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor

    entry = Entry(system_actor(), action)
    return recorded(entry, work, after=lambda done: replace(entry, rows=rows(done)))


def _kind(on: str) -> str:
    """What a column's name says that its values are; a customer's id where it says nothing."""
    from voc.privacy.policy import load_policy
    from voc.privacy.pseudonym import CUSTOMER_DOMAIN

    return load_policy().entity_of_column(on) or CUSTOMER_DOMAIN


def _members(table: JoinedTable, kind: str) -> Members:
    """Read identifiers in the spelling of their kind, with labels and amounts."""
    from voc.io import read_table
    from voc.privacy.pseudonym import canonical

    content = read_table(table.source)
    for name in (table.on, table.by, table.amount):
        if name is not None and name not in content.column_names:
            raise ColumnError.missing(name, content.column_names, where=table.source)
    keys = _texts(content, table.on)
    labels = _texts(content, table.by) if table.by else ["*"] * len(keys)
    amounts = (
        amounts_of(content, table.amount, source=table.source, option="--sum")
        if table.amount
        else [0.0] * len(keys)
    )
    people = [
        Member(canonical(kind, key), label or "", amount)
        for key, label, amount in zip(keys, labels, amounts, strict=True)
        if key and key.strip()
    ]
    return Members(people, len(keys) - len(people))


def _texts(content: pa.Table, name: str) -> list[str | None]:
    from voc.privacy.columns import as_strings

    texts: list[str | None] = as_strings(content.column(name).combine_chunks()).to_pylist()
    return texts
