"""Curves of staying and of ways out for the report, coarse enough that no step of one tells of few people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import accumulate, groupby, pairwise
from typing import Any

from voc.report.customer_model import (
    ExitCurve,
    ExitPoint,
    StayCurve,
    StayDesign,
    StayGrouping,
    StayPoint,
)
from voc.report.stay_plot import day_ticks

__all__ = ["read_exits", "read_staying", "stay_design"]

_ORDER = ("all", "complaint", "segment")
_GROUPS = ("yes", "no", "vip", "growth", "general", "churn_risk")
_MOST_EXITS = 6


def stay_design(facts: Mapping[str, Any]) -> StayDesign | None:
    """Return the design of the curves of groups; None where there are none."""
    return StayDesign(**{name: facts[name] for name in StayDesign.model_fields}) if facts else None


def read_staying(
    rows: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
    min_cell: int,
    elsewhere: Set[str] = frozenset(),
) -> tuple[StayGrouping, ...]:
    """Return the curves by grouping.

    A grouping with a group of fewer than `min_cell` customers is left out: its size would follow from that of
    the others, since another grouping parts the same customers. So is one with a segment of `elsewhere`,
    which other tables of the report hide.

    Parameters
    ----------
    rows
        Of `survival.parquet`.
    facts
        Of its step: `tests` by grouping.
    """
    found: dict[str, list[list[Mapping[str, Any]]]] = {}
    for (grouping, _), curve in groupby(rows, key=lambda row: (row["grouping"], row["group"])):
        found.setdefault(grouping, []).append(list(curve))
    return tuple(
        _grouping(name, found[name], facts.get("tests", {}).get(name), min_cell)
        for name in _ORDER
        if name in found
        and all(
            curve[0]["at_risk"] >= min_cell and curve[0]["group"] not in elsewhere for curve in found[name]
        )
    )


def _grouping(
    name: str, curves: Sequence[Sequence[Mapping[str, Any]]], test: Mapping[str, Any] | None, min_cell: int
) -> StayGrouping:
    return StayGrouping(
        grouping=name,
        curves=tuple(sorted((_curve(rows, min_cell) for rows in curves), key=lambda one: _place(one.group))),
        log_rank=test["statistic"] if test else None,
        degrees_of_freedom=test["degrees_of_freedom"] if test else None,
        p_value=test["p_value"] if test else None,
    )


def _place(group: str | None) -> int:
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)


def _curve(rows: Sequence[Mapping[str, Any]], min_cell: int) -> StayCurve:
    """Where fewer than `min_cell` leave in all, the size of the group is all that is shown."""
    if 0 < sum(row["events"] for row in rows) < min_cell:
        rows = rows[:1]
    start = {**rows[0], "gone": 0, "survival": 1.0, "ci_lower": 1.0, "ci_upper": 1.0}
    gone = accumulate(row["events"] for row in rows)
    counted = [start, *({**row, "gone": n} for row, n in list(zip(rows, gone, strict=True))[1:])]
    kept = _kept(counted, min_cell)
    return StayCurve(
        group=rows[0]["group"],
        customers=rows[0]["at_risk"],
        left=kept[-1]["gone"],
        points=tuple(
            StayPoint(
                day=round(row["time"]),
                at_risk=row["at_risk"],
                stayed=row["survival"],
                ci_lower=row["ci_lower"],
                ci_upper=row["ci_upper"],
            )
            for row in kept
        ),
    )


def _kept(rows: Sequence[Mapping[str, Any]], min_cell: int) -> list[Mapping[str, Any]]:
    """Leave points out until from one to the next nobody leaves or `min_cell` do, round days first."""
    ticks = set(day_ticks(round(rows[-1]["time"])))
    shown = [row for row in rows if not 0 < row["at_risk"] < min_cell]
    kept = [shown[0]]
    for row in shown[1:]:
        if row["time"] in ticks and _apart(kept[-1], row, min_cell):
            kept.append(row)
    found = []
    for first, last in pairwise([*kept, None]):
        assert first is not None
        found.append(first)
        for row in shown:
            inside = first["time"] < row["time"] and (last is None or row["time"] < last["time"])
            enough = _apart(found[-1], row, min_cell) and (last is None or _apart(row, last, min_cell))
            if inside and enough:
                found.append(row)
    return found


def _apart(first: Mapping[str, Any], last: Mapping[str, Any], min_cell: int) -> bool:
    """Whether neither few customers left between two points, nor few went out of sight."""
    left, out = last["gone"] - first["gone"], first["at_risk"] - last["at_risk"]
    return not (0 < left < min_cell or 0 < out < min_cell)


def read_exits(rows: Sequence[Mapping[str, Any]], min_cell: int) -> tuple[ExitCurve, ...]:
    """Return the most frequent ways out; a point each time that `min_cell` more have left by one.

    Parameters
    ----------
    rows
        Of `exits.parquet`.
    """
    curves = []
    for name, group in groupby(rows, key=lambda row: row["exit"]):
        points, left, since = [ExitPoint(day=0, share=0.0)], 0, 0
        for row in group:
            since += row["events"]
            if since >= min_cell:
                points.append(ExitPoint(day=round(row["time"]), share=row["incidence"]))
                left, since = left + since, 0
        if left:
            curves.append(ExitCurve(name=name, left=left, points=tuple(points)))
    return tuple(sorted(curves, key=lambda one: (-one.left, one.name))[:_MOST_EXITS])
