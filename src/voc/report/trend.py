"""How complaints and sentiment move by week or month, and the two periods that are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from voc.report.feedback import Change
from voc.report.intervals import share
from voc.report.model import Grain, Period, TagTrend, Trend, TrendPoint
from voc.report.names import TagNames
from voc.report.sources import Sources, rows_of

__all__ = ["TrendTable", "grain_of", "period_starts", "read_trend"]

WEEKS_UP_TO_DAYS = 26 * 7
"""A longer time is shown by month."""
MAX_POINTS = 60
"""The last so many periods are shown."""
TREND_TAGS = 6
"""Tags that get a trend of their own."""
_TOLERANCE = {Grain.WEEK: timedelta(days=0), Grain.MONTH: timedelta(days=2)}
"""Days without data at the edge of a period that still counts as covered."""


def grain_of(period: Period) -> Grain:
    """Return weeks up to half a year, months beyond."""
    days = (period.end - period.start).days + 1
    return Grain.WEEK if days <= WEEKS_UP_TO_DAYS else Grain.MONTH


def _start(day: date, grain: Grain) -> date:
    return day - timedelta(days=day.weekday()) if grain is Grain.WEEK else day.replace(day=1)


def _next(start: date, grain: Grain) -> date:
    if grain is Grain.WEEK:
        return start + timedelta(days=7)
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)


def period_starts(period: Period, grain: Grain) -> list[date]:
    """Return the first days of the weeks (Mondays) or months that `period` touches, at most `MAX_POINTS`."""
    starts: list[date] = []
    day = _start(period.end, grain)
    while day >= _start(period.start, grain) and len(starts) < MAX_POINTS:
        starts.append(day)
        if day == date.min:
            break
        day = _start(day - timedelta(days=1), grain)
    return starts[::-1]


def _full(start: date, grain: Grain, period: Period) -> bool:
    last_day = _next(start, grain) - timedelta(days=1)
    tolerance = _TOLERANCE[grain]
    return period.start <= start + tolerance and period.end >= last_day - tolerance


@dataclass(frozen=True, slots=True)
class TrendTable:
    """Counts by period, before the tags to show are chosen."""

    grain: Grain
    points: tuple[TrendPoint, ...]
    counts: dict[tuple[str, date], int]
    """Complaints by L1 or L2 id and period."""
    compared: tuple[date, date] | None
    """Starts of the last full period and of the one before it."""
    cut: bool
    """Whether earlier periods were left out."""

    @property
    def change(self) -> Change:
        """Counts of the two compared periods."""
        if self.compared is None:
            return Change(0, 0)
        n = {point.start: point.n for point in self.points}
        current, previous = (
            {tag: count for (tag, start), count in self.counts.items() if start == chosen}
            for chosen in self.compared
        )
        return Change(n[self.compared[0]], n[self.compared[1]], current, previous)

    def with_tags(self, tags: Sequence[str], names: TagNames) -> Trend:
        """Return the trend with lines for the first `TREND_TAGS` of `tags`."""
        lines = tuple(
            TagTrend(
                id=tag,
                zh=names.zh(tag),
                points=tuple(share(self.counts.get((tag, p.start), 0), p.n) for p in self.points),
            )
            for tag in tags[:TREND_TAGS]
        )
        current, previous = self.compared or (None, None)
        return Trend(grain=self.grain, points=self.points, tags=lines, current=current, previous=previous)


def read_trend(sources: Sources, period: Period | None) -> TrendTable | None:
    """Count feedback, sentiment and complaints by period; None without times."""
    if period is None:
        return None
    grain = grain_of(period)
    starts = period_starts(period, grain)
    table = sources.feedback.filter(sources.feedback.day.notnull())
    keyed = table.mutate(start=table.day.truncate("W" if grain is Grain.WEEK else "M"))
    counted = rows_of(
        keyed.group_by("start").agg(
            n=keyed.count(),
            scored=keyed.sentiment.count(),
            negative=(keyed.sentiment == -1).sum(),
            complained=keyed.complained.sum(),
        )
    )
    by_start = {row["start"]: row for row in counted}
    empty = {"n": 0, "scored": 0, "negative": 0, "complained": 0}
    points = []
    for start in starts:
        row = by_start.get(start, empty)
        point = TrendPoint(
            start=start,
            full=_full(start, grain, period),
            n=row["n"],
            complaint=share(row["complained"] or 0, row["n"]),
            negative=share(row["negative"] or 0, row["scored"]),
        )
        points.append(point)
    return TrendTable(
        grain=grain,
        points=tuple(points),
        counts=_counts(sources, keyed),
        compared=_compared(points),
        cut=starts[0] > _start(period.start, grain),
    )


def _counts(sources: Sources, keyed: object) -> dict[tuple[str, date], int]:
    mentions = sources.mentions
    complaints = mentions.filter(mentions.polarity == -1)
    counts: Counter[tuple[str, date]] = Counter()
    for column in (complaints.tag, complaints.tag.split(".")[0]):
        distinct = complaints.select("row_id", tag=column).distinct()
        joined = distinct.join(keyed, "row_id").select("tag", "start")
        for row in rows_of(joined.group_by("tag", "start").agg(n=joined.count())):
            counts[row["tag"], row["start"]] = row["n"]
    return dict(counts)


def _compared(points: Sequence[TrendPoint]) -> tuple[date, date] | None:
    """Return the last full period and the full one right before it, both with feedback."""
    for before, now in zip(reversed(points[:-1]), reversed(points[1:]), strict=True):
        if now.full:
            return (now.start, before.start) if before.full and before.n and now.n else None
    return None
