"""The steps of a private join over tables and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voc.errors import ColumnError

__all__ = ["Agreement", "Side", "answer_file", "begin_file", "finish_file"]

EVERYONE = "全部"


@dataclass(frozen=True)
class Agreement:
    """What both parties settle beforehand.

    Parameters
    ----------
    context
        Name of the agreement, part of every hash.
    entity
        Kind of the identifier, by which its spellings are made one: `CN_MOBILE`, `EMAIL`, `CUSTOMER_ID`.
    min_cell
        Fewest persons of a group that is sent, and of a count that is told.
    """

    context: str
    entity: str
    min_cell: int


@dataclass(frozen=True)
class Side:
    """One party's table: the column that identifies a person, and the one to count by."""

    table: str
    key: str
    by: str | None = None


def begin_file(side: Side, letter: Path, keep: Path, terms: Agreement) -> int:
    """Step 1, by the party that will see the result: returns the number of persons."""
    from voc.privacy.private_join.group import Secret
    from voc.privacy.private_join.letters import keep_secret, write_letter
    from voc.privacy.private_join.protocol import begin, grouped

    groups = grouped(_persons(side, terms), terms.min_cell)
    secret = Secret()
    keep_secret(keep, secret)
    try:
        points = begin(groups, secret, terms.context.encode())
        write_letter(letter, "begin", terms.context, force=False, points=points)
    except BaseException:
        keep.unlink(missing_ok=True)
        raise
    return sum(len(values) for values in groups.values())


def answer_file(letter: Path, side: Side, reply: Path, terms: Agreement) -> tuple[int, int]:
    """Step 2, by the other party: returns the numbers of their persons and ours. The secret is forgotten.

    Raises
    ------
    GateError
        When a group of theirs is below the minimum: with one person in a group, the count would be about that
        person.
    """
    from voc.errors import GateError
    from voc.privacy.private_join.group import Secret
    from voc.privacy.private_join.letters import read_letter, write_letter
    from voc.privacy.private_join.protocol import answer, grouped

    (theirs,) = read_letter(letter, "begin", terms.context, "points")
    if any(len(set(points)) < terms.min_cell for points in theirs.values()):
        raise GateError(f"the message has a group of fewer than {terms.min_cell} persons", where=str(letter))
    groups = grouped(_persons(side, terms), terms.min_cell)
    again, own = answer(theirs, groups, Secret(), terms.context.encode())
    write_letter(reply, "answer", terms.context, force=False, again=again, own=own)
    return sum(map(len, theirs.values())), sum(map(len, own.values()))


def finish_file(reply: Path, keep: Path, output: str, terms: Agreement, *, force: bool) -> tuple[int, int]:
    """Step 3, by the first party: writes `left, right, persons`; returns the rows and how many are hidden.

    The secret is removed: an answer can be read once.
    """
    import pyarrow as pa

    from voc.io import open_sink
    from voc.privacy.private_join.letters import kept_secret, read_letter
    from voc.privacy.private_join.protocol import finish

    secret = kept_secret(keep)
    ours, theirs = read_letter(reply, "answer", terms.context, "again", "own")
    found = finish(ours, theirs, secret, terms.min_cell)
    schema = pa.schema({"left": pa.string(), "right": pa.string(), "persons": pa.int64()})
    rows = [{"left": item.left, "right": item.right, "persons": item.persons} for item in found]
    with open_sink(output, schema, force=force) as sink:
        for batch in pa.Table.from_pylist(rows, schema=schema).to_batches():
            sink.write(batch)
    keep.unlink(missing_ok=True)
    return len(rows), sum(item.persons is None for item in found)


def _persons(side: Side, terms: Agreement) -> Iterator[tuple[str, str]]:
    """(canonical value, group) of every row that names a person."""
    from voc.io import open_table
    from voc.privacy.pseudonym import canonical

    with open_table(side.table) as reader:
        for name in (side.key, side.by):
            if name is not None and name not in reader.schema.names:
                raise ColumnError.missing(name, reader.schema.names, where=side.table)
        for batch in reader.batches():
            values = batch.column(side.key).to_pylist()
            groups = batch.column(side.by).to_pylist() if side.by else [EVERYONE] * len(values)
            for value, group in zip(values, groups, strict=True):
                if value is not None and (text := canonical(terms.entity, str(value))):
                    yield text, "" if group is None else str(group)
