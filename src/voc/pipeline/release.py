"""Figures that leave the company: persons by group, protected by suppression or published with noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.errors import ColumnError, UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from voc.privacy.disclosure.noise import NoisyFigure
    from voc.privacy.disclosure.suppression import Rule

__all__ = ["ReleaseResult", "Spending", "release_noisy", "release_protected"]

TOTAL = "合计"
_PERSON = "customer_key"


@dataclass(frozen=True)
class ReleaseResult:
    """What left."""

    rows: int
    hidden: int
    """Cells that are not shown."""
    epsilon: float | None
    left: float | None
    """Budget that is left in the ledger."""


@dataclass(frozen=True)
class Spending:
    """What a release with noise may spend.

    Parameters
    ----------
    epsilon
        Price of this release.
    ledger
        File of the budget of this data set.
    groups
        Most groups in which a person counts.
    """

    epsilon: float
    ledger: Path
    groups: int = 3


def release_protected(
    source: str, output: str, by: Sequence[str], *, policy: str = "default", force: bool = False
) -> ReleaseResult:
    """Write the number of persons by one or two columns, small cells and what gives them away left out.

    The output has the columns of `by`, `persons` (empty where hidden) and `hidden` (why).

    Raises
    ------
    ColumnError, UsageError
        When a column is missing, or not one or two are named.
    """
    import numpy as np

    from voc.privacy.disclosure.suppression import protect

    counted = _counted(_opened(source, by), by)
    rows, columns = _values(counted, 0), _values(counted, 1) if len(by) > 1 else [None]
    table = np.zeros((len(rows), len(columns)))
    for cell, persons in counted.items():
        table[rows.index(cell[0]), columns.index(cell[1] if len(by) > 1 else None)] = persons
    done = protect(table, _rule(policy))
    lines = []
    for i, row in enumerate([*rows, TOTAL]):
        for j, column in enumerate([*columns, TOTAL] if len(by) > 1 else columns):
            value, reason = done.values[i, j], done.reasons[i][j]
            line = dict(zip(by, (row, column), strict=False))
            lines.append(
                {**line, "persons": None if reason else int(value), "hidden": reason and reason.value}
            )
    written = _write(output, by, lines, {"persons": "int64", "hidden": "string"}, force=force)
    return ReleaseResult(written, sum(line["hidden"] is not None for line in lines), None, None)


def release_noisy(
    source: str,
    output: str,
    by: Sequence[str],
    spending: Spending,
    *,
    rate: str | None = None,
    total: str | None = None,
    bound: float | None = None,
    policy: str = "default",
    force: bool = False,
) -> ReleaseResult:
    """Write persons, a share of them, or a sum by group, with differential privacy.

    The budget is taken before the noise is drawn. The groups are the values that occur in the table: where
    even their names would tell something, add rows for all of them first.

    Parameters
    ----------
    rate
        Column of true and false: publish the share of persons for whom it is true.
    total, bound
        Column to be summed, and the most that a person may add to one group.

    Raises
    ------
    GateError
        When the budget does not suffice.
    """
    from voc.privacy.disclosure.budget import BudgetLedger
    from voc.privacy.policy import load_policy

    if rate and total:
        raise UsageError("a release is a rate or a sum", hint="release twice, each at its price")
    if total and bound is None:
        raise UsageError("how much may one person add?", where="--bound", hint="--sum amount --bound 500")
    extra = [name for name in (rate, total) if name]
    persons = _bounded(_opened(source, [*by, *extra]), by, extra, spending.groups)
    ledger = BudgetLedger(spending.ledger, load_policy(policy).disclosure.budget)
    ledger.spend(spending.epsilon, f"{'rate' if rate else 'sum' if total else 'count'} by {', '.join(by)}")
    lines = _noisy_lines(persons, by, spending, total=bool(total), rate=bool(rate), bound=bound or 0.0)
    kinds = {"value": "float64", "lower": "float64", "upper": "float64", "level": "float64"}
    rows = _write(output, by, lines, {**kinds, "epsilon": "float64"}, force=force)
    return ReleaseResult(rows, 0, spending.epsilon, ledger.total - ledger.spent)


Contribution = tuple[tuple[Any, ...], float]
"""A group and what a person adds there."""


def _noisy_lines(
    persons: Sequence[Sequence[Contribution]],
    by: Sequence[str],
    spending: Spending,
    *,
    total: bool,
    rate: bool,
    bound: float,
) -> list[dict[str, Any]]:
    from voc.privacy.disclosure.noise import noisy_counts, noisy_rate, noisy_sums

    groups = sorted({group for person in persons for group, _ in person}, key=str)
    heads = dict.fromkeys(groups, 0)
    adds = dict.fromkeys(groups, 0.0)
    for person in persons:
        for group, value in person:
            heads[group] += 1
            adds[group] += min(max(value, 0.0), bound) if total else value
    epsilon, most = spending.epsilon, spending.groups
    if rate:
        trues = noisy_counts([int(adds[g]) for g in groups], epsilon=epsilon / 2, groups=most, level=0.975)
        alls = noisy_counts([heads[g] for g in groups], epsilon=epsilon / 2, groups=most, level=0.975)
        found: list[Any] = [noisy_rate(part, whole) for part, whole in zip(trues, alls, strict=True)]
    elif total:
        found = list(noisy_sums([adds[g] for g in groups], epsilon=epsilon, groups=most, bound=bound))
    else:
        found = list(noisy_counts([heads[g] for g in groups], epsilon=epsilon, groups=most))
    return [_noisy_line(by, group, figure, epsilon) for group, figure in zip(groups, found, strict=True)]


def _noisy_line(
    by: Sequence[str], group: tuple[Any, ...], figure: NoisyFigure, epsilon: float
) -> dict[str, Any]:
    interval = figure.interval
    return {
        **dict(zip(by, group, strict=True)),
        "value": figure.value,
        "lower": interval.lower,
        "upper": interval.upper,
        "level": round(interval.level, 6),
        "epsilon": epsilon,
    }


def _bounded(table: ir.Table, by: Sequence[str], extra: Sequence[str], most: int) -> list[list[Contribution]]:
    """What each person adds to at most `most` groups, those that come first by name."""
    from voc.privacy.disclosure.noise import bounded

    keys = [_PERSON, *by]
    value = table[extra[0]].cast("float64").fill_null(0.0) if extra else None
    sums = (
        {"value": (value.max() if value is not None and _is_flag(table, extra[0]) else value.sum())}
        if (value is not None)
        else {"value": table.count().cast("float64")}
    )
    rows = table.group_by(keys).aggregate(**sums).order_by(keys).to_pyarrow().to_pylist()
    values: dict[str, dict[tuple[Any, ...], float]] = {}
    for row in rows:
        values.setdefault(row[_PERSON], {})[tuple(row[name] for name in by)] = row["value"]
    groups = sorted({group for person in values.values() for group in person}, key=str)
    number = {group: place for place, group in enumerate(groups)}
    kept = bounded([[number[g] for g in person] for person in values.values()], most, range(len(groups)))
    return [
        [(groups[place], person[groups[place]]) for place in places]
        for person, places in zip(values.values(), kept, strict=True)
    ]


def _is_flag(table: ir.Table, name: str) -> bool:
    return bool(table[name].type().is_boolean())


def _opened(source: str, needed: Sequence[str]) -> ir.Table:
    import ibis

    from voc.io import read_table

    if not needed:
        raise UsageError("by what is it counted?", where="--by", hint="--by segment --by tag")
    table = ibis.memtable(read_table(source))
    for name in [_PERSON, *needed]:
        if name not in table.columns:
            raise ColumnError.missing(name, table.columns, where=source)
    return table.filter(table[_PERSON].notnull())


def _counted(table: ir.Table, by: Sequence[str]) -> Mapping[tuple[Any, ...], int]:
    if len(by) > 2:
        raise UsageError("a table has one or two columns", where="--by")
    rows = table.group_by(list(by)).aggregate(persons=table[_PERSON].nunique()).to_pyarrow().to_pylist()
    return {tuple(row[name] for name in by): row["persons"] for row in rows}


def _values(cells: Mapping[tuple[Any, ...], int], place: int) -> list[Any]:
    return sorted({cell[place] for cell in cells}, key=str)


def _rule(policy: str) -> Rule:
    from voc.privacy.disclosure.suppression import Rule
    from voc.privacy.policy import load_policy

    limits = load_policy(policy).disclosure
    return Rule(limits.min_cell, limits.dominance_n, limits.dominance_k, limits.round_to)


def _write(
    output: str,
    by: Sequence[str],
    lines: Sequence[Mapping[str, Any]],
    kinds: Mapping[str, str],
    *,
    force: bool,
) -> int:
    import pyarrow as pa

    from voc.io import open_sink

    texts = [{**line, **{name: _shown(line[name]) for name in by}} for line in lines]
    schema = pa.schema(
        [*((name, pa.string()) for name in by), *((n, pa.type_for_alias(k)) for n, k in kinds.items())]
    )
    with open_sink(output, schema, force=force) as sink:
        for batch in pa.Table.from_pylist(texts, schema=schema).to_batches():
            sink.write(batch)
    return len(lines)


def _shown(value: Any) -> str | None:  # noqa: ANN401 - any cell
    return None if value is None else str(value)
