"""Reasons to doubt the effects, measured: what the same method finds where there is nothing to be found.

- A **negative control** is a tag that cannot drive anybody away; whatever it "does" is bias (Lipsitch,
  Tchetgen Tchetgen and Cohen 2010).
- The **placebo date** moves every complaint to a later day, past the time in which it could have worked. What
  is left of its effect is a lasting difference between customers who complain of it and others.
- **Permuted labels** deal whole histories of complaints to other customers by chance; there a test may be
  called no more often than its level says.
- **Unheard** churn comes from customers who never complained: no complaint explains it.

References
----------
Lipsitch, M., Tchetgen Tchetgen, E. and Cohen, T. (2010), Epidemiology 21, 383–388.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from voc.rootcause.cells import Cells, count_cells
from voc.rootcause.comparison import adjusted_ratio
from voc.rootcause.design import Design
from voc.rootcause.exposure import Complaints, Exposure, exposures
from voc.rootcause.multiplicity import benjamini_hochberg
from voc.rootcause.panel import Panel, columns_of_strata

__all__ = ["Control", "Permutations", "Unheard", "permuted_labels", "placebo_date", "unheard"]

_ALPHA = 0.05


class Control(NamedTuple):
    """A risk ratio where none should be."""

    tag: str
    rr: float
    rr_ci_lower: float
    rr_ci_upper: float
    p_value: float


class Permutations(NamedTuple):
    """What was called when complaints were dealt to customers by chance."""

    runs: int
    tests: int
    """Over all runs."""
    below_alpha: int
    """Tests with p below 0.05: about 5 % of them should be."""
    discoveries: int
    """Tests with q below 0.05."""
    runs_with_discovery: int
    """About 5 % of the runs may have one."""


class Unheard(NamedTuple):
    """Customers at risk who never complained, in one segment or in all."""

    segment: str | None
    customers: int
    """At risk at one landmark or more."""
    silent_customers: int
    """Who have no complaint on record at all."""
    churned: int
    """Observations that left."""
    silent_churned: int
    """Of these, without a complaint in the exposure window."""


def placebo_date(
    panel: Panel,
    complaints: Complaints,
    exposure: Exposure,
    tags: Sequence[str],
    design: Design,
    *,
    min_cell: int = 10,
) -> tuple[int, list[Control]]:
    """Estimate effects as if complaints had been made later than they were.

    Returns
    -------
    days, controls
        By how many days they were moved, exposure window, gap and horizon together; and the ratio of every
        tag with enough customers. Observations that are really exposed to the tag are left out.
    """
    shift = design.span_days
    moved = complaints._replace(day=complaints.day + np.timedelta64(shift, "D"))
    pretended = exposures(moved, panel.customer, panel.landmark, exposure.n_tags, design)
    cells = _cells(panel, pretended)
    found = []
    for tag, label in enumerate(tags):
        exposed = np.setdiff1d(pretended.of_tag(tag), exposure.of_tag(tag), assume_unique=True)
        found.extend(_control(cells, exposed, label, min_cell))
    return shift, found


def _cells(panel: Panel, exposure: Exposure) -> Cells:
    n_tags = exposure.tags_of(len(panel))
    return count_cells(panel, n_tags, columns=columns_of_strata(panel, n_tags))


def _control(cells: Cells, exposed: np.ndarray, tag: str, min_cell: int) -> list[Control]:
    if len(np.unique(cells.customer[exposed])) < min_cell:
        return []
    ratio = adjusted_ratio(cells, exposed)
    if ratio is None:
        return []
    return [Control(tag, ratio.estimate, ratio.lower, ratio.upper, ratio.p_value)]


def permuted_labels(
    panel: Panel,
    complaints: Complaints,
    n_tags: int,
    design: Design,
    *,
    runs: int = 10,
    min_cell: int = 10,
    seed: int = 0,
) -> Permutations:
    """Deal the complaints of each customer to another one by chance, and test every tag, several times."""
    rng = np.random.default_rng(seed)
    tests = below = discoveries = with_discovery = 0
    for _ in range(runs):
        dealt = rng.permutation(panel.n_customers)
        moved = complaints._replace(customer=dealt[complaints.customer])
        exposure = exposures(moved, panel.customer, panel.landmark, n_tags, design)
        cells = _cells(panel, exposure)
        controls = [
            control
            for tag in range(n_tags)
            for control in _control(cells, exposure.of_tag(tag), str(tag), min_cell)
        ]
        p_values = np.array([control.p_value for control in controls])
        called = int((benjamini_hochberg(p_values) < _ALPHA).sum())
        tests += len(controls)
        below += int((p_values < _ALPHA).sum())
        discoveries += called
        with_discovery += called > 0
    return Permutations(runs, tests, below, discoveries, with_discovery)


def unheard(
    panel: Panel, complaints: Complaints, exposure: Exposure, segments: Sequence[str]
) -> list[Unheard]:
    """Count customers without a complaint, over all and by segment."""
    ever = np.bincount(complaints.customer, minlength=panel.n_customers) > 0
    now = exposure.tags_of(len(panel)) > 0
    rows = []
    for number, segment in enumerate([None, *segments], start=-1):
        inside = np.ones(len(panel), np.bool_) if segment is None else panel.segment == number
        customers = np.unique(panel.customer[inside])
        left = panel.churned & inside
        rows.append(
            Unheard(
                segment,
                len(customers),
                int((~ever[customers]).sum()),
                int(left.sum()),
                int((left & ~now).sum()),
            )
        )
    return rows
