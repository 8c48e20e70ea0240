"""The part of the report on the life of customers: cohorts, staying, value, ratings, warning, actions."""

from __future__ import annotations

from datetime import date

from voc.report.row import Number, Row

__all__ = [
    "ActionItem",
    "CohortItem",
    "CustomerLife",
    "ExitCurve",
    "ExitPoint",
    "RetentionPoint",
    "RiskItem",
    "RiskLift",
    "RiskQuality",
    "SatisfactionItem",
    "StayCurve",
    "StayDesign",
    "StayGrouping",
    "StayPoint",
    "ValueItem",
    "ValueModel",
]


class CohortItem(Row):
    """Customers who came in one month."""

    cohort: date
    customers: int | None
    """None where they are fewer than the minimum; so are the shares."""
    retention: tuple[Number | None, ...]
    """Share with an order in the month itself, the next and so on; None where the month is not over."""
    churn_3: Number | None
    churn_6: Number | None


class RetentionPoint(Row):
    """Retention over all cohorts that have lived so long."""

    months: int
    customers: int
    retention: Number


class StayPoint(Row):
    """The Kaplan-Meier estimate after so many days."""

    day: int
    at_risk: int
    """Customers still there and still seen just before."""
    stayed: Number
    ci_lower: Number
    ci_upper: Number


class StayCurve(Row):
    """How long the customers of one group stay. Points that would tell of few leavers are left out."""

    group: str | None
    """None for all."""
    customers: int
    left: int
    """By the last point."""
    points: tuple[StayPoint, ...]


class StayGrouping(Row):
    """Curves that are compared."""

    grouping: str
    """`all`, `complaint` or `segment`."""
    curves: tuple[StayCurve, ...]
    log_rank: Number | None
    degrees_of_freedom: int | None
    p_value: Number | None


class StayDesign(Row):
    """From when, and by what, the curves of groups are counted."""

    landmark: date
    gap_days: int
    complaint_days: int
    follow_days: int


class ExitPoint(Row):
    """Share that has left by one way out after so many days."""

    day: int
    share: Number


class ExitCurve(Row):
    """One way out, where it shuts the others."""

    name: str
    left: int
    points: tuple[ExitPoint, ...]


class ValueItem(Row):
    """Expected value of one segment within the horizon."""

    segment: str
    customers: int | None
    """None where suppressed."""
    p_alive: Number | None
    expected_orders: Number | None
    """Mean of a customer."""
    expected_value: Number | None
    """Mean of a customer."""
    total_value: Number | None


class ValueModel(Row):
    """How far the figures of value may be trusted."""

    months: int
    correlation: Number | None
    """Of frequency and order value, which the model takes for 0."""
    expected_holdout: Number | None
    """Purchases foretold for the last 90 days by a model that did not know them."""
    actual_holdout: int | None


class SatisfactionItem(Row):
    """Ratings of one segment; None for all."""

    segment: str | None
    ratings: int | None
    """None where suppressed."""
    nps: Number | None
    nps_ci_lower: Number | None
    nps_ci_upper: Number | None
    csat: Number | None
    csat_ci_lower: Number | None
    csat_ci_upper: Number | None
    disagreement: Number | None
    """Share of ratings that say the opposite of their text."""
    disagreement_ci_lower: Number | None = None
    disagreement_ci_upper: Number | None = None


class RiskLift(Row):
    """The top of the list, on days that the model did not know."""

    share: Number
    precision: Number
    recall: Number
    lift: Number
    baseline_lift: Number
    """Of the order by days since the last order."""


class RiskQuality(Row):
    """How well the list foretold."""

    as_of: date
    horizon_days: int
    base_rate: Number
    pr_auc: Number
    pr_auc_ci_lower: Number
    pr_auc_ci_upper: Number
    baseline_pr_auc: Number
    calibration_error: Number
    lead_time_days: Number | None
    lifts: tuple[RiskLift, ...]


class RiskItem(Row):
    """One customer at risk, by pseudonym."""

    rank: int
    customer_key: str
    segment: str | None
    risk: Number
    reasons: tuple[str, ...]
    tag: str | None
    tag_zh: str | None
    evidence: str | None
    """Masked words of the last complaint."""
    expected_value: Number | None


class ActionItem(Row):
    """One suggestion."""

    segment: str
    tag: str | None
    tag_zh: str | None
    action: str
    owner: str
    customers: int | None
    """None where suppressed."""
    cost: Number | None
    saving: Number | None
    saving_ci_lower: Number | None
    saving_ci_upper: Number | None
    evidence_level: str
    basis: str = "segment"
    """`overall` where the risk ratio is that of all customers, the segment's own not being clear."""


class CustomerLife(Row):
    """What the report says of the life of customers; parts without data are empty or None."""

    retention: tuple[RetentionPoint, ...] = ()
    cohorts: tuple[CohortItem, ...] = ()
    stay_design: StayDesign | None = None
    staying: tuple[StayGrouping, ...] = ()
    exits: tuple[ExitCurve, ...] = ()
    value_model: ValueModel | None = None
    values: tuple[ValueItem, ...] = ()
    satisfaction: tuple[SatisfactionItem, ...] = ()
    risk: RiskQuality | None = None
    at_risk: tuple[RiskItem, ...] = ()
    actions: tuple[ActionItem, ...] = ()

    def smallest_cohort(self) -> int | None:
        """Return the customers of the smallest cohort that shows a retention after its first month."""
        sizes = (
            row.customers for row in self.cohorts if any(share is not None for share in row.retention[1:])
        )
        return min((size for size in sizes if size is not None), default=None)
