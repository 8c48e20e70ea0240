"""What customers say: headline counts, complaints by tag and their change, sentiment by group."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voc.report.intervals import bh, newcombe, proportions_p_value, share
from voc.report.model import GroupRow, Headline, Period, SeverityRow, TagGroupRow, TagRow
from voc.report.names import TagNames, group_of
from voc.report.sources import Sources, rows_of

__all__ = ["Change", "Totals", "group_rows", "read_totals", "severity_rows", "tag_groups"]

MAX_GROUPS = 200
"""Channels or products that a report lists at most, by feedback."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over all feedback."""

    headline: Headline
    period: Period | None
    without_ts: int
    without_sentiment: int
    duplicate_ids: int


def read_totals(sources: Sources) -> Totals:
    """Count feedback, sentiment, complaints, customers and days."""
    table = sources.feedback
    [row] = rows_of(
        table.agg(
            n=table.count(),
            scored=table.sentiment.count(),
            negative=(table.sentiment == -1).sum(),
            complained=table.complained.sum(),
            customers=table.customer_key.nunique(),
            start=table.day.min(),
            end=table.day.max(),
            dated=table.day.count(),
            ids=table.feedback_id.count(),
            distinct_ids=table.feedback_id.nunique(),
        )
    )
    headline = Headline(
        feedback=row["n"],
        rows=sources.rows,
        negative=share(row["negative"] or 0, row["scored"]),
        complaint=share(row["complained"] or 0, row["n"]),
        customers=row["customers"] or None,
        churn=None,
    )
    return Totals(
        headline=headline,
        period=Period(start=row["start"], end=row["end"]) if row["start"] is not None else None,
        without_ts=row["n"] - row["dated"],
        without_sentiment=row["n"] - row["scored"],
        duplicate_ids=row["ids"] - row["distinct_ids"],
    )


@dataclass(frozen=True, slots=True)
class Change:
    """Complaints of the last full period and of the one before it; keys are L1 and L2 ids."""

    n_current: int
    n_previous: int
    current: Mapping[str, int] = field(default_factory=dict)
    previous: Mapping[str, int] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether there are two periods to compare."""
        return self.n_current > 0 and self.n_previous > 0


def tag_groups(sources: Sources, names: TagNames, n: int, change: Change) -> tuple[TagGroupRow, ...]:
    """Count complaints by L1 and L2, most frequent first, ties by id.

    Parameters
    ----------
    n
        Feedback rows, the denominator of the shares.
    change
        Counts of the two periods that are compared.
    """
    if n == 0:
        return ()
    counts = _tag_counts(sources)
    complained = {tag for (tag, polarity), count in counts.items() if polarity == -1 and count}
    tags = sorted(complained)
    rows = {tag: _tag_row(tag, counts, names, n, change) for tag in tags}
    l2 = _with_q_values([rows[tag] for tag in tags if "." in tag], change)
    children: dict[str, list[TagRow]] = defaultdict(list)
    for row in sorted(l2, key=lambda row: (-row.complaints.count, row.id)):
        children[group_of(row.id)].append(row)
    l1 = _with_q_values([rows[tag] for tag in tags if "." not in tag], change)
    l1.sort(key=lambda row: (-row.complaints.count, row.id))
    return tuple(TagGroupRow(**dict(row), tags=tuple(children[row.id])) for row in l1)


def _tag_counts(sources: Sources) -> Counter[tuple[str, int]]:
    """Distinct feedback by (tag, polarity), for L2 ids and L1 ids alike."""
    mentions = sources.mentions
    counts: Counter[tuple[str, int]] = Counter()
    for column in (mentions.tag, mentions.tag.split(".")[0]):
        keyed = mentions.select("row_id", "polarity", tag=column).distinct()
        for row in rows_of(keyed.group_by("tag", "polarity").agg(n=keyed.count())):
            counts[row["tag"], row["polarity"]] = row["n"]
    return counts


def _tag_row(
    tag: str, counts: Mapping[tuple[str, int], int], names: TagNames, n: int, change: Change
) -> TagRow:
    complaints = share(counts[tag, -1], n)
    assert complaints is not None
    fields: dict[str, Any] = {}
    if change.known:
        now, before = change.current.get(tag, 0), change.previous.get(tag, 0)
        interval = newcombe(now, change.n_current, before, change.n_previous)
        fields = {
            "current": share(now, change.n_current),
            "previous": share(before, change.n_previous),
            "change": now / change.n_current - before / change.n_previous,
            "change_ci_lower": interval.lower,
            "change_ci_upper": interval.upper,
        }
    return TagRow(id=tag, zh=names.zh(tag), complaints=complaints, praises=counts.get((tag, 1), 0), **fields)


def _with_q_values(rows: Sequence[TagRow], change: Change) -> list[TagRow]:
    if not change.known:
        return list(rows)
    p_values = [
        proportions_p_value(
            change.current.get(row.id, 0), change.n_current, change.previous.get(row.id, 0), change.n_previous
        )
        for row in rows
    ]
    return [
        row.model_copy(update={"change_q_value": float(f"{q:.9g}")})
        for row, q in zip(rows, bh(p_values), strict=True)
    ]


def group_rows(sources: Sources, column: str, names: TagNames) -> tuple[tuple[GroupRow, ...], bool]:
    """Count sentiment and complaints by `channel` or `product`.

    Returns
    -------
    rows
        Highest share of negative sentiment first, then by name; feedback without a name last. Empty when no
        feedback has one.
    cut
        Whether names beyond the `MAX_GROUPS` most frequent were left out.
    """
    table = sources.feedback.mutate(name=sources.feedback[column])
    found = rows_of(
        table.group_by("name").agg(
            n=table.count(),
            scored=table.sentiment.count(),
            negative=(table.sentiment == -1).sum(),
            complained=table.complained.sum(),
        )
    )
    named = sorted((row for row in found if row["name"] is not None), key=lambda r: (-r["n"], r["name"]))
    if not named:
        return (), False
    unnamed = [row for row in found if row["name"] is None]
    top = _top_tags(sources, column)
    rows = _against_the_rest(
        [_group_row(row, top.get(row["name"]), names) for row in named[:MAX_GROUPS]], found
    )
    rows.sort(key=lambda row: (-(row.negative.share if row.negative else -1), row.name))
    rows.extend(_group_row(row, top.get(None), names) for row in unnamed)
    return tuple(rows), len(named) > MAX_GROUPS


def _group_row(row: Mapping[str, Any], top_tag: str | None, names: TagNames) -> GroupRow:
    complaint = share(row["complained"] or 0, row["n"])
    assert complaint is not None
    return GroupRow(
        name=row["name"],
        feedback=row["n"],
        negative=share(row["negative"] or 0, row["scored"]),
        complaint=complaint,
        top_tag=top_tag,
        top_tag_zh=names.zh(top_tag) if top_tag else None,
    )


def _against_the_rest(rows: Sequence[GroupRow], found: Sequence[Mapping[str, Any]]) -> list[GroupRow]:
    """Test the negative share of each group against that of all feedback outside of it."""
    scored = sum(row["scored"] for row in found)
    negative = sum(row["negative"] or 0 for row in found)
    tested = [row for row in rows if row.negative is not None and row.negative.n < scored]
    shares = [row.negative for row in tested if row.negative is not None]
    p_values = [proportions_p_value(one.count, one.n, negative - one.count, scored - one.n) for one in shares]
    q_values = dict(zip((row.name for row in tested), bh(p_values), strict=True))
    return [
        row.model_copy(update={"negative_q_value": float(f"{q_values[row.name]:.9g}")})
        if row.name in q_values
        else row
        for row in rows
    ]


def _top_tags(sources: Sources, column: str) -> dict[str | None, str]:
    """The most frequent complaint by value of `column`, ties by id."""
    mentions = sources.mentions
    complaints = mentions.filter(mentions.polarity == -1).select("row_id", "tag").distinct()
    joined = complaints.join(sources.feedback, "row_id")
    keyed = joined.select("tag", name=joined[column])
    counts: dict[str | None, list[tuple[int, str]]] = defaultdict(list)
    for row in rows_of(keyed.group_by("name", "tag").agg(n=keyed.count())):
        counts[row["name"]].append((-row["n"], row["tag"]))
    return {name: min(pairs)[1] for name, pairs in counts.items()}


def severity_rows(sources: Sources) -> tuple[SeverityRow, ...]:
    """Count feedback by severe signal, most frequent first."""
    if sources.severity is None:
        return ()
    table = sources.severity
    known = table.filter(
        table.severity.notnull(), table.severity != "", table.row_id.isin(sources.feedback.row_id)
    ).distinct()
    counted = rows_of(known.group_by("severity").agg(n=known.count()))
    rows = [SeverityRow(name=row["severity"], feedback=row["n"]) for row in counted]
    return tuple(sorted(rows, key=lambda row: (-row.feedback, row.name)))
