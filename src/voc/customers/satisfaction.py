"""Net promoter score and customer satisfaction from ratings, and where they disagree with what is written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import ibis

from voc.customers.keys import KEY, key_expression, require
from voc.errors import InputError, UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["SCALES", "SatisfactionCounts", "SatisfactionRow", "net_promoter_score", "satisfaction"]

_Z = 1.959963984540054

SCALES = {5: (3.0, 5.0, 4.0), 10: (6.0, 9.0, 8.0)}
"""Scale to (highest detractor, lowest promoter, lowest satisfied). On 0 to 10 the bounds are Reichheld's; on
1 to 5 five is a promoter and three or less a detractor, the usual reading, which is not the same measure."""


_FEW: Final = 0.01
"""Most of the ratings that may lie outside the scale: more of them, and the scale is another one."""
_STARS_IN_TENS: Final = (10.0, 20.0, 30.0, 40.0, 50.0)


class SatisfactionRow(NamedTuple):
    """Ratings of one segment, or of all."""

    segment: str | None
    """None for all ratings."""
    ratings: int
    promoters: int
    passives: int
    detractors: int
    nps: float
    """Share of promoters less share of detractors, -1 to 1."""
    nps_ci_lower: float
    nps_ci_upper: float
    csat: float
    """Share of satisfied ratings."""
    csat_ci_lower: float
    csat_ci_upper: float
    with_sentiment: int
    """Ratings whose text has a sentiment."""
    negative_text: float | None
    """Share of negative texts among them."""
    pleased_but_negative: int
    """Promoters whose text is negative."""
    displeased_but_positive: int
    """Detractors whose text is positive."""

    @property
    def disagreement(self) -> float | None:
        """Share of ratings with a sentiment that say the opposite of their text."""
        both = self.pleased_but_negative + self.displeased_but_positive
        return both / self.with_sentiment if self.with_sentiment else None


class SatisfactionCounts(NamedTuple):
    """What was left out."""

    rows: int
    unrated: int
    scale: int
    without_segment: int
    """Ratings of customers without a segment; they count in the total only."""
    off_scale: int
    """Ratings that the scale has not, as a slip of the finger leaves them."""
    match_rate: float | None
    """Share of the rated customers who have a segment; None when none is asked for or nobody is named."""


def net_promoter_score(promoters: int, detractors: int, ratings: int) -> tuple[float, float, float]:
    """Return the net promoter score with its 95 % interval.

    The score is a difference of two shares of one sample; the interval is the adjusted Wald one.

    References
    ----------
    Bonett, D. G. and Price, R. M. (2012), Journal of Educational and Behavioral Statistics 37, 479-488.
    """
    if ratings < 1 or promoters < 0 or detractors < 0 or promoters + detractors > ratings:
        raise UsageError(f"{promoters} promoters and {detractors} detractors of {ratings} ratings")
    up, down = (promoters + 1) / (ratings + 2), (detractors + 1) / (ratings + 2)
    half = _Z * math.sqrt((up + down - (up - down) ** 2) / (ratings + 2))
    score = (promoters - detractors) / ratings
    return score, max(-1.0, up - down - half), min(1.0, up - down + half)


def satisfaction(
    feedback: ir.Table, *, segments: ir.Table | None = None, scale: int | None = None
) -> tuple[tuple[SatisfactionRow, ...], SatisfactionCounts]:
    """Return satisfaction over all ratings, then by segment.

    Parameters
    ----------
    feedback
        `rating`; `customer_key` or `customer_id` and `sentiment` (-1, 0, 1) where known.
    segments
        `customer_key`, `segment`.
    scale
        5 (1 to 5) or 10 (0 to 10); found from the highest rating when not given. Stars counted in tens (10 to
        50) are divided by ten. Of ratings outside the scale, one in a hundred is left out and counted.

    Raises
    ------
    InputError
        When no row has a rating, or more ratings lie outside the scale.
    """
    require(feedback, "rating", where="feedback")
    rows = int(feedback.count().to_pyarrow().as_py())
    sentiment = feedback.sentiment if "sentiment" in feedback.columns else ibis.null("int8")
    named = any(name in feedback.columns for name in (KEY, "customer_id"))
    key = key_expression(feedback, where="feedback") if named else ibis.null("string")
    rating = feedback.rating.cast("float64")
    rated = feedback.select(**{KEY: key}, rating=rating.isnan().ifelse(None, rating), sentiment=sentiment)
    rated = rated.filter(rated.rating.notnull())
    answered = int(rated.count().to_pyarrow().as_py())
    rated = _few_left_out(rated, scale, answered)
    chosen, unit, count = _scale(rated, scale)
    rated = rated.mutate(rating=rated.rating / unit)
    tables = [_classes(rated.mutate(segment=ibis.null("string")), chosen)]
    without, match = 0, None
    if segments is not None and named:
        joined = rated.left_join(segments.select(KEY, "segment"), KEY).drop(f"{KEY}_right")
        found = joined.aggregate(
            without=joined.segment.isnull().sum(),
            named=joined[KEY].nunique(),
            known=joined[KEY].nunique(where=joined.segment.notnull()),
        )
        facts = found.to_pyarrow().to_pylist()[0]
        without = int(facts["without"])
        match = facts["known"] / facts["named"] if facts["named"] else None
        tables.append(_classes(joined.filter(joined.segment.notnull()), chosen))
    result = [_row(row) for table in tables for row in table.to_pyarrow().to_pylist()]
    return tuple(result), SatisfactionCounts(rows, rows - answered, chosen, without, answered - count, match)


def _few_left_out(rated: ir.Table, scale: int | None, count: int) -> ir.Table:
    """Leave out the ratings outside the scale, unless they are so many that the scale is in doubt."""
    low, high = (1, 5) if scale == 5 else (0, 10)
    within = [rated.rating.between(low, high)]
    if scale in (None, 5):
        within.append(rated.rating.isin(_STARS_IN_TENS))
    kept = rated.aggregate(**{f"scale_{at}": one.sum() for at, one in enumerate(within)})
    for condition, known in zip(within, kept.to_pyarrow().to_pylist()[0].values(), strict=True):
        if count - (known or 0) <= _FEW * count:
            return rated.filter(condition)
    return rated


def _scale(rated: ir.Table, given: int | None) -> tuple[int, float, int]:
    facts = rated.aggregate(
        n=rated.count(),
        low=rated.rating.min(),
        high=rated.rating.max(),
        tens=((rated.rating / 10) == (rated.rating / 10).round()).all(),
    )
    found = facts.to_pyarrow().to_pylist()[0]
    if not found["n"]:
        raise InputError("no row has a rating", where="feedback")
    low, high = found["low"], found["high"]
    unit = 10.0 if given in (None, 5) and found["tens"] and 10 < high <= 50 else 1.0
    chosen = given or (5 if high / unit <= 5 else 10)
    if chosen not in SCALES:
        raise UsageError(f"scale must be 5 or 10, not {chosen}", where="satisfaction")
    if low < 0 or high / unit > chosen or (chosen == 5 and low / unit < 1):
        raise InputError(
            f"ratings go from {low:g} to {high:g}, the scale ends at {chosen}",
            where="feedback",
            hint="map the column of the stars to 'rating'; scales are 1 to 5 and 0 to 10",
        )
    return chosen, unit, int(found["n"])


def _classes(rated: ir.Table, scale: int) -> ir.Table:
    bad, good, satisfied = SCALES[scale]
    promoter, detractor = rated.rating >= good, rated.rating <= bad
    return (
        rated.group_by("segment")
        .aggregate(
            ratings=rated.count(),
            promoters=promoter.sum(),
            detractors=detractor.sum(),
            satisfied=(rated.rating >= satisfied).sum(),
            with_sentiment=rated.sentiment.count(),
            negative=(rated.sentiment == -1).fill_null(False).sum(),
            pleased_but_negative=(promoter & (rated.sentiment == -1)).fill_null(False).sum(),
            displeased_but_positive=(detractor & (rated.sentiment == 1)).fill_null(False).sum(),
        )
        .order_by("segment")
    )


def _row(found: dict[str, int]) -> SatisfactionRow:
    from scipy.stats import binomtest

    n = found["ratings"]
    score, lower, upper = net_promoter_score(found["promoters"], found["detractors"], n)
    interval = binomtest(found["satisfied"], n).proportion_ci(method="wilson")
    written = found["with_sentiment"]
    return SatisfactionRow(
        str(found["segment"]) if found["segment"] is not None else None,
        n,
        found["promoters"],
        n - found["promoters"] - found["detractors"],
        found["detractors"],
        score,
        lower,
        upper,
        found["satisfied"] / n,
        float(interval.low),
        float(interval.high),
        written,
        found["negative"] / written if written else None,
        found["pleased_but_negative"],
        found["displeased_but_positive"],
    )
