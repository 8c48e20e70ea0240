"""The typed report: what `report.json` holds, and what every rendering derives from.

Shares, rates and intervals are fractions in [0, 1]; changes of shares are differences of such fractions.
None means "not known" or "suppressed"; the field `suppressed` of a row tells which.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from voc.errors import InputError
from voc.report.cause_model import CauseRow, Causes
from voc.report.customer_model import CustomerLife
from voc.report.row import Number, Row

__all__ = [
    "CauseRow",
    "Causes",
    "Coverage",
    "Grain",
    "GroupRow",
    "Headline",
    "InputQuality",
    "Period",
    "Privacy",
    "PrivacyRow",
    "Quality",
    "Quote",
    "Report",
    "SegmentRow",
    "Segments",
    "SeverityRow",
    "Share",
    "TagGroupRow",
    "TagQuotes",
    "TagRow",
    "TagTrend",
    "Trend",
    "TrendPoint",
    "Versions",
    "load_report",
]


class Share(Row):
    """A proportion with its Wilson (1927) 95 % interval."""

    count: int
    n: int
    share: Number
    ci_lower: Number
    ci_upper: Number


class Grain(StrEnum):
    """Length of the periods of a trend."""

    WEEK = "week"
    MONTH = "month"


class Period(Row):
    """Days that the feedback covers, both ends included."""

    start: date
    end: date


class Headline(Row):
    """The figures at the head of the report."""

    feedback: int
    """Customer feedback rows: those whose speaker is the customer or not told."""
    rows: int
    """All tagged rows, those of agents too."""
    negative: Share | None
    """Share of negative sentiment among feedback with a sentiment."""
    complaint: Share | None
    """Share of feedback with one complaint tag or more."""
    customers: int | None
    """Customers who gave feedback, or None when feedback has no customer key."""
    churn: Share | None
    """Share of customers of the customer table who left."""


class TagRow(Row):
    """One complaint tag (L2), or one group of them (L1): distinct feedback with it."""

    id: str
    zh: str
    complaints: Share
    """Feedback with the complaint, of all feedback."""
    praises: int
    """Feedback that praises the same thing."""
    current: Share | None = None
    """The last full period."""
    previous: Share | None = None
    """The full period before it."""
    change: Number | None = None
    """`current.share - previous.share`."""
    change_ci_lower: Number | None = None
    """Newcombe (1998), method 10."""
    change_ci_upper: Number | None = None
    change_q_value: Number | None = None
    """Two-sample test of proportions, Benjamini–Hochberg over the tags of the level."""


class TagGroupRow(TagRow):
    """One group of the taxonomy (L1) with its tags (L2)."""

    tags: tuple[TagRow, ...]


class TrendPoint(Row):
    """One week (from Monday) or month."""

    start: date
    full: bool
    """Whether the data cover the whole period."""
    n: int
    complaint: Share | None
    negative: Share | None


class TagTrend(Row):
    """Complaints with one tag over the periods of the trend, in their order."""

    id: str
    zh: str
    points: tuple[Share | None, ...]


class Trend(Row):
    """How complaints and sentiment move."""

    grain: Grain
    points: tuple[TrendPoint, ...]
    tags: tuple[TagTrend, ...]
    current: date | None
    """Start of the last full period."""
    previous: date | None
    """Start of the full period before it."""


class GroupRow(Row):
    """Sentiment of one channel or product."""

    name: str | None
    """None for feedback of which it is not told."""
    feedback: int
    negative: Share | None
    negative_q_value: Number | None = None
    """Of the negative share being that of all other feedback, over the named groups of the table."""
    complaint: Share
    top_tag: str | None
    """The most frequent complaint there, by its id."""
    top_tag_zh: str | None


class Quote(Row):
    """A piece of masked feedback; `text[start:end]` is the evidence."""

    feedback_id: str
    text: str
    """A window of the masked text around the evidence."""
    start: int
    end: int
    cut_left: bool
    """Whether the masked text goes on to the left of the window."""
    cut_right: bool
    score: Number
    channel: str | None
    product: str | None
    month: str | None
    """`2025-03`; the day is left out on purpose."""


class TagQuotes(Row):
    """Evidence for one tag."""

    id: str
    zh: str
    quotes: tuple[Quote, ...]


class SeverityRow(Row):
    """Feedback with a severe signal."""

    name: str
    feedback: int


class SegmentRow(Row):
    """One customer segment. Counts from 1 up to the minimum are suppressed, and what would give them away."""

    name: str
    suppressed: bool
    customers: int | None
    customer_share: Number | None
    revenue: Number | None
    revenue_share: Number | None
    complaint: Share | None
    """Customers with one complaint or more."""
    churn: Share | None


class Segments(Row):
    """Customers by segment."""

    customers: int
    revenue: Number | None
    rows: tuple[SegmentRow, ...]
    min_cell: int


class PrivacyRow(Row):
    """Personal information of one kind that was found in texts."""

    entity: str
    tier: Literal["core", "general", "none"]
    spans: int
    rows: int
    kept: bool = False
    """The policy leaves it in clear: it was found, not masked."""


class Privacy(Row):
    """What was found and masked."""

    rows_scanned: int
    rows_with_spans: int
    spans: int
    """Masked ones; what the policy leaves in clear does not count."""
    rows: tuple[PrivacyRow, ...]


class NoisyRow(Row):
    """A figure with differential privacy."""

    tag: str
    """Tag id."""
    segment: str | None
    customers: float
    """Customers who complained, with noise; may be below 0."""
    ci_lower: float
    ci_upper: float
    """95 % interval of the noise."""
    tag_zh: str | None = None


class NoisyFigures(Row):
    """Counts of customers to which noise was added, for readers outside."""

    epsilon: float
    """Privacy loss of these figures."""
    epsilon_left: float
    """What is left of the data set's budget."""
    scale: float
    """Scale of the Laplace noise, in customers."""
    max_groups: int
    """Most figures that one customer counts in."""
    rows: tuple[NoisyRow, ...]


class InputQuality(Row):
    """How one input was read."""

    name: str
    role: str | None = None
    rows_read: Annotated[int, Field(ge=0)] = 0
    rows_kept: Annotated[int, Field(ge=0)] | None = None
    quarantined: Annotated[int, Field(ge=0)] = 0
    reasons: dict[str, int] = Field(default_factory=dict)
    """Quarantined rows by reason."""
    duplicates: Annotated[int, Field(ge=0)] | None = None
    missing_ids: Annotated[int, Field(ge=0)] | None = None
    notes: tuple[str, ...] = ()
    """Encoding, delimiter and the like."""


class Coverage(Row):
    """Joining of feedback and customers."""

    with_customer: int
    """Feedback with a customer key."""
    without_customer: int
    matched: int | None
    """Feedback whose customer is in the customer table; None without such a table."""
    unmatched_customers: int | None
    """Customers with feedback who are not in the customer table."""


class Quality(Row):
    """Data quality."""

    inputs: tuple[InputQuality, ...]
    coverage: Coverage | None
    without_ts: int
    """Feedback without a time, left out of the trend."""
    without_sentiment: int
    duplicate_ids: int
    """Feedback rows beyond the first of a feedback id."""
    off_scale: int | None = None
    """Ratings that the scale has not, left out of satisfaction; None where there were none."""


class Versions(Row):
    """What made the figures."""

    voc: str
    policy: str | None = None
    model: str | None = None
    taxonomy: str | None = None


class Report(Row):
    """Everything that a rendering shows. `report.json` is this object."""

    schema_version: Literal[1] = 1
    title: str | None
    period: Period | None
    headline: Headline
    groups: tuple[TagGroupRow, ...]
    """Complaints by L1 and L2, most frequent first."""
    trend: Trend | None
    channels: tuple[GroupRow, ...]
    products: tuple[GroupRow, ...]
    quotes: tuple[TagQuotes, ...]
    severity: tuple[SeverityRow, ...]
    segments: Segments | None
    causes: Causes | None
    life: CustomerLife | None = None
    """Cohorts, value, satisfaction, early warning and actions."""
    privacy: Privacy | None
    noisy: NoisyFigures | None = None
    quality: Quality
    notes: tuple[str, ...]
    """Keys of method notes and caveats that hold for this report; their wording is in the strings tables."""
    versions: Versions
    min_cell: int

    def tags(self) -> tuple[TagRow, ...]:
        """Return all L2 tags, most frequent first (ties by id)."""
        rows = [tag for group in self.groups for tag in group.tags]
        return tuple(sorted(rows, key=lambda row: (-row.complaints.count, row.id)))

    def to_json(self) -> bytes:
        """Return `report.json`: UTF-8, two spaces, keys in the order of the fields."""
        return (self.model_dump_json(indent=2) + "\n").encode()


def load_report(path: Path) -> Report:
    """Read a `report.json`.

    Raises
    ------
    InputError
        When the file cannot be read or is no report.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError:
        raise InputError("cannot be read", where=str(path), hint="run the pipeline first") from None
    except ValidationError as error:
        raise InputError(
            f"is no report of this version ({error.error_count()} faults)",
            where=str(path),
            hint="run the pipeline again",
        ) from None
