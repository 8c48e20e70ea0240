"""Differentially private counts, sums and rates of people, and their budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from voc.errors import ColumnError, UsageError
from voc.pipeline.amounts import amounts_of
from voc.pipeline.protection.recorded import recorded

if TYPE_CHECKING:
    from voc.config.pipeline import NoiseConfig
    from voc.privacy.disclosure.budget import Budget
    from voc.privacy.disclosure.dp import NoisyFigure
    from voc.report.model import NoisyFigures

__all__ = ["PrivateFigures", "budget_of", "private_complaints", "private_figures"]


_FIGURES: Final = pa.schema(
    [("group", pa.string())]
    + [(name, pa.float64()) for name in ("value", "ci_lower", "ci_upper", "scale", "epsilon")]
)


class PrivateFigures(NamedTuple):
    """Noisy figures and what they cost."""

    kind: str
    figures: tuple[NoisyFigure, ...]
    budget: Budget
    max_groups: int


def private_figures(
    source: str,
    *,
    dataset: str,
    by: Sequence[str],
    kind: str = "counts",
    groups: Sequence[str] | None = None,
    person: str = "customer_key",
    amount: str | None = None,
    bound: float | None = None,
    positive: str | None = None,
    epsilon: float = 1.0,
    max_groups: int = 1,
    policy: str = "protected",
    output: str | None = None,
    force: bool = False,
) -> PrivateFigures:
    """Count, add up or rate people by the values of one or more columns, with noise.

    Parameters
    ----------
    dataset
        Name under which the budget is kept.
    by
        Columns; several are joined by `|`.
    groups
        All groups to be told, from a public list. Without it `by` must be `tag`, whose list is the taxonomy.
    positive
        Column of a rate: true or 1 for those who count.
    output
        A table to write them to as well. Whether it can be written is known before the budget is charged.

    Raises
    ------
    GateError
        When the budget is spent: exit code 1, and nothing is told.
    """
    from voc.io import open_sink, read_table
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor
    from voc.privacy.columns import as_strings
    from voc.privacy.disclosure import dp
    from voc.privacy.disclosure.budget import Ledger
    from voc.privacy.policy import load_policy

    _require_opendp()
    table = read_table(source)
    needed = [*by, person, *(name for name in (amount, positive) if name)]
    for name in needed:
        if name not in table.column_names:
            raise ColumnError.missing(name, table.column_names, where=source)
    if kind == "sums" and (amount is None or bound is None):
        raise UsageError(
            "a sum needs --amount and --bound", hint="--bound is the most that one person may add"
        )
    if bound is not None and not 0 < bound < math.inf:
        raise UsageError("a bound of sums is above 0", where="--bound")
    if kind == "rates" and positive is None:
        raise UsageError("a rate needs --positive", hint="the column that is true for those who count")
    texts = [as_strings(table.column(name).combine_chunks()).to_pylist() for name in by]
    labels = ["|".join(part or "" for part in row) for row in zip(*texts, strict=True)]
    who = [name or "" for name in as_strings(table.column(person).combine_chunks()).to_pylist()]
    amounts = amounts_of(table, amount, source=source, option="--amount") if amount else []
    known = list(groups) if groups is not None else _public_groups(by)
    rules = load_policy(policy)
    total = rules.access.disclosure.epsilon
    entry = Entry(system_actor(), f"dp.{kind}", policy=rules.fingerprint(), rows=len(known))

    def answer() -> PrivateFigures:
        budget = Ledger().charge(dataset, total, epsilon, kind)
        pairs = [(name, label) for name, label in zip(who, labels, strict=True) if name]
        if kind == "sums":
            assert bound is not None
            rows = [(n, g, v) for n, g, v in zip(who, labels, amounts, strict=True) if n]
            found = dp.noisy_sums(rows, known, epsilon=epsilon, max_groups=max_groups, bound=bound)
        elif kind == "rates":
            assert positive is not None
            marks = as_strings(table.column(positive).combine_chunks()).to_pylist()
            good = [
                (n, g)
                for n, g, m in zip(who, labels, marks, strict=True)
                if n and str(m).lower() in ("1", "true")
            ]
            found = dp.noisy_rates(pairs, good, known, epsilon=epsilon, max_groups=max_groups)
        else:
            found = dp.noisy_counts(pairs, known, epsilon=epsilon, max_groups=max_groups)
        return PrivateFigures(kind, tuple(found), budget, max_groups)

    def written() -> PrivateFigures:
        assert output is not None
        early = answer() if output == "-" else None  # nothing goes to stdout when it is refused
        with open_sink(output, _FIGURES, force=force) as sink:
            done = early or answer()
            sink.write(pa.RecordBatch.from_pylist([one._asdict() for one in done.figures], schema=_FIGURES))
        return done

    return recorded(entry, written if output else answer)


def private_complaints(tags: Path, customers: Path, noise: NoiseConfig, *, policy: str) -> NoisyFigures:
    """Count customers by complaint and, where segments are known, by segment: a section of the report.

    Raises
    ------
    GateError
        When the budget is spent.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from voc.privacy.disclosure import dp
    from voc.privacy.disclosure.budget import Ledger
    from voc.privacy.policy import load_policy
    from voc.report.model import NoisyFigures, NoisyRow

    _require_opendp()
    table = pq.read_table(tags, columns=["customer_key", "tag", "polarity"])
    table = table.filter(pc.equal(table.column("polarity"), -1))
    segments = _segments(customers)
    names = sorted({segment for segment in segments.values() if segment}) or [""]
    groups = [f"{tag}|{name}" for tag in _public_groups(["tag"]) for name in names]
    people = table.column("customer_key").to_pylist()
    found = [
        (person, f"{tag}|{segments.get(person, '')}")
        for person, tag in zip(people, table.column("tag").to_pylist(), strict=True)
        if person
    ]
    budget = Ledger().charge(
        noise.dataset, load_policy(policy).access.disclosure.epsilon, noise.epsilon, "report"
    )
    figures = dp.noisy_counts(found, groups, epsilon=noise.epsilon, max_groups=noise.max_groups)
    rows = []
    for one in figures:
        tag, _, segment = one.group.rpartition("|")
        rows.append(
            NoisyRow(
                tag=tag,
                segment=segment or None,
                customers=one.value,
                ci_lower=one.ci_lower,
                ci_upper=one.ci_upper,
            )
        )
    return NoisyFigures(
        epsilon=noise.epsilon,
        epsilon_left=budget.left,
        scale=figures[0].scale,
        max_groups=noise.max_groups,
        rows=tuple(rows),
    )


def _segments(customers: Path) -> dict[str, str]:
    """Customer key to segment; empty without a customer table."""
    import pyarrow.parquet as pq

    if not customers.is_file():
        return {}
    table = pq.read_table(customers, columns=["customer_key", "segment"])
    return dict(
        zip(table.column("customer_key").to_pylist(), table.column("segment").to_pylist(), strict=True)
    )


def budget_of(dataset: str, policy: str = "protected") -> Budget:
    """Return what a data set has left."""
    from voc.privacy.disclosure.budget import Ledger
    from voc.privacy.policy import load_policy

    return Ledger().budget(dataset, load_policy(policy).access.disclosure.epsilon)


def _require_opendp() -> None:
    """Tell that OpenDP is missing before anything is charged."""
    import importlib.util

    from voc.errors import MissingExtraError

    if importlib.util.find_spec("opendp") is None:
        raise MissingExtraError("OpenDP", "dp")


def _public_groups(by: Sequence[str]) -> list[str]:
    if list(by) != ["tag"]:
        raise UsageError(
            "which groups are there?",
            where="--group",
            hint="list them all, from outside the data: that a group occurs tells something by itself",
        )
    from voc.tagging.taxonomy import load_taxonomy

    return sorted(tag.id for tag in load_taxonomy().tags)
