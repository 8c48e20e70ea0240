"""Cox regression of leaving on complaints that come and go, by lifelines (extra `survival`)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HazardRow", "complaint_spans", "cox", "cox_time_varying", "events_under", "require_lifelines"]

Floats = NDArray[np.float64]

_SPAN_COLUMNS = ("customer", "start", "stop", "left")


class HazardRow(NamedTuple):
    """One covariate of a Cox model."""

    covariate: str
    coefficient: float
    standard_error: float
    hazard_ratio: float
    ci_lower: float
    ci_upper: float
    """95 % interval of the hazard ratio."""
    p_value: float


def cox(frame: pd.DataFrame, duration: str, left: str) -> tuple[HazardRow, ...]:
    """Fit a Cox model to customers whose covariates do not change.

    Parameters
    ----------
    frame
        One row a customer; every other column is a covariate.
    duration, left
        Columns of the time seen, and of whether the customer left at its end.

    References
    ----------
    Cox, D. R. (1972), JRSS B 34, 187-220; ties after Efron (1977).
    """
    fitter = require_lifelines().CoxPHFitter().fit(frame, duration_col=duration, event_col=left)
    return _rows(fitter.summary)


def cox_time_varying(spans: pd.DataFrame) -> tuple[HazardRow, ...]:
    """Fit a Cox model to spans of customers, as `complaint_spans` makes them.

    Parameters
    ----------
    spans
        `customer`, `start`, `stop`, `left` (at `stop`); every other column is a covariate of 0 and 1.

    Returns
    -------
    tuple of HazardRow
        One row for each covariate under which somebody left. For the others the likelihood grows the lower
        their hazard is; at that limit their spans weigh nothing, so they are left out.

    Raises
    ------
    InputError
        When nobody left, nobody left under a covariate, or the likelihood has no maximum.
    """
    if not spans["left"].any():
        raise InputError("nobody left, so nothing tells a hazard", where="Cox regression")
    idle = [name for name, count in events_under(spans).items() if not count]
    fitted = spans[~spans[idle].any(axis=1)].drop(columns=idle)
    if not events_under(fitted):
        raise InputError("nobody left while a complaint acted: no hazard to tell", where="Cox regression")
    lifelines = require_lifelines()
    fitter = lifelines.CoxTimeVaryingFitter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what lifelines advises is for its own users
            fitter.fit(fitted, id_col="customer", event_col="left", start_col="start", stop_col="stop")
    except (lifelines.exceptions.ConvergenceError, np.linalg.LinAlgError):
        raise InputError(
            "the model finds no maximum",
            where="Cox regression",
            hint="do two tags always go together, or does everybody with one leave? Leave such tags out",
        ) from None
    return _rows(fitter.summary)


def events_under(spans: pd.DataFrame) -> dict[str, int]:
    """Return for each covariate of `cox_time_varying` how many left while it was 1."""
    covariates = [name for name in spans.columns if name not in _SPAN_COLUMNS]
    return {name: int((spans["left"] & (spans[name] == 1)).sum()) for name in covariates}


def complaint_spans(
    duration: Sequence[float],
    left: Sequence[bool],
    complaints: Mapping[str, Sequence[tuple[int, float]]],
    *,
    acting_days: float = 90.0,
) -> pd.DataFrame:
    """Cut the time of each customer where a complaint begins or ceases to act.

    A complaint acts from the day after it, for `acting_days`; what was said on the day of leaving or later,
    as while cancelling, acts on nothing.

    Parameters
    ----------
    duration, left
        Days that each customer was seen, and whether the customer left at their end.
    complaints
        By tag, pairs of (customer's place in `duration`, day since the customer came).

    Returns
    -------
    pandas.DataFrame
        `customer`, `start`, `stop`, `left`, and one column of 0 and 1 for each tag.
    """
    import pandas as pd

    cuts: list[set[float]] = [{0.0, float(end)} for end in duration]
    for said in complaints.values():
        for who, day in said:
            cuts[who] |= {edge for edge in (day, day + acting_days) if 0 < edge < duration[who]}
    columns: dict[str, list[Any]] = {"customer": [], "start": [], "stop": [], "left": []}
    for who, edges in enumerate(cuts):
        ordered = sorted(edges)
        for start, stop in pairwise(ordered):
            columns["customer"].append(who)
            columns["start"].append(start)
            columns["stop"].append(stop)
            columns["left"].append(bool(left[who]) and stop == duration[who])
    frame = pd.DataFrame(columns)
    customer, begin = frame["customer"].to_numpy(), frame["start"].to_numpy()
    for tag, said in complaints.items():
        acting = np.zeros(len(frame), np.int64)
        for who, day in said:
            first, last = np.searchsorted(customer, [who, who + 1])
            inside = (begin[first:last] >= day) & (begin[first:last] < day + acting_days)
            acting[first:last][inside] = 1
        frame[tag] = acting
    return frame


def require_lifelines() -> Any:  # noqa: ANN401 - an optional module
    """Return lifelines. Raises MissingExtraError, with the line to install it, where it is not there."""
    try:
        import lifelines
    except ImportError:
        raise MissingExtraError("lifelines", "survival") from None
    return lifelines


def _rows(summary: pd.DataFrame) -> tuple[HazardRow, ...]:
    names = ("coef", "se(coef)", "exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%", "p")
    return tuple(
        HazardRow(str(covariate), *(float(summary.loc[covariate, name]) for name in names))
        for covariate in summary.index
    )
