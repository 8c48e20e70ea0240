"""The panel: one observation for each customer at risk at each landmark, with outcome and strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc.errors import LeakageError
from voc.how_many import how_many
from voc.rootcause.design import Days

__all__ = ["Feature", "Panel", "columns_of_strata", "combine", "stratify"]

_THICK_ENOUGH = 0.8
_LARGEST = 2**62
"""Numbers of combinations beyond it do not fit."""


@dataclass(frozen=True)
class Feature:
    """Something by which customers are compared, measured at their landmark."""

    name: str
    codes: NDArray[np.int64]
    """Level of each observation, 0 or more, shape (n,)."""
    measured: Days
    """Day of the last fact that went into it, shape (n,); NaT when none did."""


@dataclass(frozen=True)
class Panel:
    """Customers at risk at landmarks. All arrays have shape (n,), one entry for each observation."""

    customer: NDArray[np.int64]
    """Number of the customer, 0 to `n_customers` - 1."""
    landmark: Days
    churned: NDArray[np.bool_]
    """Whether the customer left inside the horizon."""
    stratum: NDArray[np.int64]
    """Number of the stratum; observations are compared inside one only."""
    levels: NDArray[np.int64]
    """What makes a stratum: landmark and level of each feature, shape (strata, 1 + features)."""
    segment: NDArray[np.int64]
    """Number of the customer segment at the landmark."""
    n_customers: int
    days_to_churn: NDArray[np.int64] | None = None
    """Days from the landmark to leaving, -1 for who did not leave; None where the day is not known."""
    names: tuple[str, ...] = ()
    """Of the columns of `levels`, for a reader."""
    optional: tuple[int, ...] = ()
    """Columns of `levels` that strata may do without where they get too thin, the first to go first."""

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, mask: NDArray[np.bool_]) -> Panel:
        """Return the observations for which `mask`, shape (n,), is true."""
        return Panel(
            self.customer[mask],
            self.landmark[mask],
            self.churned[mask],
            self.stratum[mask],
            self.levels,
            self.segment[mask],
            self.n_customers,
            None if self.days_to_churn is None else self.days_to_churn[mask],
            self.names,
            self.optional,
        )


def stratify(landmark: Days, features: Sequence[Feature]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put observations of one landmark that are alike in every feature into one stratum.

    Parameters
    ----------
    landmark
        Landmark of each observation, shape (n,).
    features
        What to compare by.

    Returns
    -------
    stratum, levels
        Number of each observation's stratum, shape (n,); and of each stratum the number of its landmark and
        its level of each feature, shape (strata, 1 + features).

    Raises
    ------
    LeakageError
        When a feature was measured later than the landmark.
    """
    for feature in features:
        late = feature.measured > landmark
        if late.any():
            days = int((feature.measured[late] - landmark[late]).max().astype(int))
            raise LeakageError(
                f"{how_many(int(late.sum()), 'value lies', 'values lie')} after the landmark, "
                f"by up to {how_many(days, 'day')}",
                where=f"feature {feature.name!r}",
                hint="measure it from facts up to the landmark only",
            )
    number = np.unique(landmark, return_inverse=True)[1].astype(np.int64)
    codes = [number, *(feature.codes for feature in features)]
    stratum = combine(codes)
    levels = np.zeros((int(stratum.max(initial=-1)) + 1, len(codes)), np.int64)
    levels[stratum] = np.column_stack(codes)
    return stratum, levels


def columns_of_strata(panel: Panel, n_tags: NDArray[np.int64]) -> list[int]:
    """Choose the columns of `panel.levels` that make the strata of the Mantel–Haenszel comparison.

    An exposed observation counts for n0 / N, the share of the unexposed in its stratum: next to nothing where
    strata are thin. Optional features are left out, one after the other, for as long as the mean of that
    share is below four fifths. Who left plays no part in the choice, and the models of the doubly robust
    estimate keep all features.

    Parameters
    ----------
    panel
        Observations.
    n_tags
        Different tags that each observation is exposed to, shape (n,).
    """
    kept = list(range(panel.levels.shape[1]))
    for column in panel.optional:
        group = combine([panel.levels[:, number] for number in kept])[panel.stratum]
        if _share_of_unexposed(group, n_tags) >= _THICK_ENOUGH:
            break
        kept.remove(column)
    return kept


def _share_of_unexposed(group: NDArray[np.int64], n_tags: NDArray[np.int64]) -> float:
    """Mean of n0 / N over the exposed: those with one complaint are compared with those who have none, those
    with several with those who have at least one other."""
    width = int(group.max(initial=-1)) + 1

    def count(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(group[mask], minlength=width)

    none, one, several = count(n_tags == 0), count(n_tags == 1), count(n_tags > 1)
    if not (one.any() or several.any()):
        return 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = np.nan_to_num(none / (none + 1)) * one
        among = np.nan_to_num(one / (one + 1)) * several
    return float((alone + among).sum() / (one + several).sum())


def combine(codes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return one number for each combination of codes, 0 to the number of combinations - 1.

    Parameters
    ----------
    codes
        One array or more of shape (n,), all 0 or more.
    """
    combined, size = codes[0], int(codes[0].max(initial=0)) + 1
    for code in codes[1:]:
        width = int(code.max(initial=0)) + 1
        if size * width > _LARGEST:
            combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
            size = int(combined.max(initial=0)) + 1
        combined, size = combined * width + code, size * width
    return np.unique(combined, return_inverse=True)[1].astype(np.int64)
