"""What moved a rate between two periods: surprise, explanatory power, and a tree of contributions.

A rate R is events over units. A cell C of units has share w and rate r in each period, before 0 and after 1.
Its contribution to the change of R is

    c = (w1 r1 − w0 r0) − R̄ (w1 − w0) = r̃ Δw + w̃ Δr,   w̃ = (w0 + w1) / 2,  r̃ = (r0 + r1) / 2 − R̄

with R̄ the mean of the two rates. The two terms, more or fewer units of a kind that is above the mean (mix)
and a rate that moved (rate), are the Shapley values of the two factors (Shapley 1953; Shorrocks 2013). It is
linear in cells: the contributions of the parts of anything add up to its own, and those of everything to the
change R1 − R0.

Which dimension tells most is judged as in Adtributor (Bhagwan et al. 2014): elements are taken by surprise
(their part in the Jensen–Shannon divergence of the events of the two periods) as long as each explains a
tenth of the change or more, until together they explain two thirds; the dimension of most surprise comes
first.

This is book-keeping of what happened, not an estimate of an effect.

References
----------
Bhagwan, R. et al. (2014), Adtributor: revenue debugging in advertising systems. NSDI 14, 43–55.
Shapley, L. S. (1953), A value for n-person games. Contributions to the Theory of Games II, 307–317.
Shorrocks, A. F. (2013), Journal of Economic Inequality 11, 99–126.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.errors import UsageError
from voc.rootcause.multiplicity import benjamini_hochberg

__all__ = ["Change", "Contribution", "Counts", "Dimension", "Node", "explain_change"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST_POWER = 0.1
_ENOUGH_POWER = 0.67
_DEPTH = 3


@dataclass(frozen=True)
class Counts:
    """Events and units of both periods by cell; a cell is one element of every dimension."""

    dimensions: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    """Names of the elements of each dimension."""
    codes: Ints
    """Element of each cell in each dimension, shape (cells, dimensions)."""
    before_events: Floats
    """Shape (cells,). Events may stand in a cell without units, when one unit has several elements."""
    before_units: Floats
    after_events: Floats
    after_units: Floats

    def where(self, mask: NDArray[np.bool_]) -> Counts:
        """Return the cells for which `mask`, shape (cells,), is true."""
        kept = {
            name: getattr(self, name)[mask]
            for name in ("codes", "before_events", "before_units", "after_events", "after_units")
        }
        return replace(self, **kept)


class Contribution(NamedTuple):
    """One element of a dimension."""

    dimension: str
    element: str
    before_rate: float | None
    """Events over units; None without units."""
    after_rate: float | None
    before_share: float
    """Of all units; of all events where the element has no units of its own."""
    after_share: float
    contribution: float
    """To the change of the rate."""
    rate_effect: float
    mix_effect: float
    ci_lower: float
    """95 % interval of the contribution, as if units were independent."""
    ci_upper: float
    q_value: float
    """Benjamini–Hochberg over the elements of all dimensions."""
    explanatory_power: float | None
    """Contribution over the whole change; None when nothing changed."""
    surprise: float


class Dimension(NamedTuple):
    """One dimension, and the few elements that tell what moved."""

    name: str
    surprise: float
    explained: float
    """Explanatory power of the chosen elements."""
    chosen: tuple[str, ...]
    elements: tuple[Contribution, ...]
    """All of them, largest contribution first."""


@dataclass(frozen=True)
class Node:
    """A part of the change; the contributions of its children, `rest` among them, add up to its own."""

    dimension: str | None
    element: str | None
    contribution: float
    share: float | None
    """Of the whole change."""
    children: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Change:
    """What moved a rate."""

    before_rate: float
    after_rate: float
    difference: float
    ci_lower: float
    ci_upper: float
    before_units: float
    after_units: float
    dimensions: tuple[Dimension, ...]
    """Most surprise first."""
    tree: Node


class _Frame(NamedTuple):
    """What all contributions are measured against."""

    before_units: float
    after_units: float
    mean_rate: float
    difference: float


def explain_change(counts: Counts, *, depth: int = _DEPTH) -> Change:
    """Attribute the change of a rate to elements of dimensions.

    Parameters
    ----------
    counts
        Events and units of both periods.
    depth
        Most levels of the tree.

    Raises
    ------
    UsageError
        When one of the periods has no units.
    """
    units0, units1 = float(counts.before_units.sum()), float(counts.after_units.sum())
    for units, name in ((units0, "before"), (units1, "after")):
        if units <= 0:
            raise UsageError("the period has no data", where=name, hint="choose other days")
    rate0, rate1 = float(counts.before_events.sum()) / units0, float(counts.after_events.sum()) / units1
    frame = _Frame(units0, units1, (rate0 + rate1) / 2, rate1 - rate0)
    error = math.sqrt(rate0 * (1 - rate0) / units0 + rate1 * (1 - rate1) / units1)
    reach = NormalDist().inv_cdf(0.975) * error
    dimensions = [_dimension(counts, place, frame) for place in range(len(counts.dimensions))]
    dimensions = _with_q_values(dimensions)
    dimensions.sort(key=lambda found: (-found.surprise, found.name))
    root = Node(None, None, frame.difference, 1.0 if frame.difference else None)
    return Change(
        before_rate=rate0,
        after_rate=rate1,
        difference=frame.difference,
        ci_lower=frame.difference - reach,
        ci_upper=frame.difference + reach,
        before_units=units0,
        after_units=units1,
        dimensions=tuple(dimensions),
        tree=_grown(root, counts, tuple(range(len(counts.dimensions))), frame, depth),
    )


def _dimension(counts: Counts, place: int, frame: _Frame) -> Dimension:
    labels = counts.labels[place]

    def by_element(values: Floats) -> Floats:
        return np.bincount(counts.codes[:, place], values, len(labels)).astype(np.float64)

    n0, d0 = by_element(counts.before_events), by_element(counts.before_units)
    n1, d1 = by_element(counts.after_events), by_element(counts.after_units)
    surprise = _surprise(n0, n1)
    elements = [
        _contribution(
            counts.dimensions[place], label, (n0[i], d0[i], n1[i], d1[i]), float(surprise[i]), frame
        )
        for i, label in enumerate(labels)
        if n0[i] or d0[i] or n1[i] or d1[i]
    ]
    chosen, explained, total = _choose(elements)
    elements.sort(key=lambda one: (-abs(one.contribution), one.element))
    return Dimension(counts.dimensions[place], total, explained, chosen, tuple(elements))


def _surprise(before: Floats, after: Floats) -> Floats:
    """Parts of the Jensen–Shannon divergence of events."""
    p, q = before / max(before.sum(), 1e-300), after / max(after.sum(), 1e-300)
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.nan_to_num(p * np.log(p / middle)) + np.nan_to_num(q * np.log(q / middle))
    return np.asarray(parts / 2, dtype=np.float64)


def _contribution(
    dimension: str, element: str, sums: tuple[float, float, float, float], surprise: float, frame: _Frame
) -> Contribution:
    n0, d0, n1, d1 = (float(value) for value in sums)
    w0, w1 = d0 / frame.before_units, d1 / frame.after_units
    part0, part1 = n0 / frame.before_units, n1 / frame.after_units
    total = (part1 - part0) - frame.mean_rate * (w1 - w0)
    rate = total
    if d0 or d1:
        r0 = n0 / d0 if d0 else n1 / d1
        r1 = n1 / d1 if d1 else r0
        rate = (w0 + w1) / 2 * (r1 - r0)
    error = math.sqrt(
        _variance(n0, d0, frame.before_units, frame.mean_rate)
        + _variance(n1, d1, frame.after_units, frame.mean_rate)
    )
    reach = NormalDist().inv_cdf(0.975) * error
    has_units = bool(d0 or d1)
    return Contribution(
        dimension=dimension,
        element=element,
        before_rate=n0 / d0 if d0 else None,
        after_rate=n1 / d1 if d1 else None,
        before_share=w0 if has_units else part0,
        after_share=w1 if has_units else part1,
        contribution=total,
        rate_effect=rate,
        mix_effect=total - rate,
        ci_lower=total - reach,
        ci_upper=total + reach,
        q_value=math.erfc(abs(total) / error / math.sqrt(2)) if error else 1.0,  # p as yet
        explanatory_power=total / frame.difference if frame.difference else None,
        surprise=surprise,
    )


def _variance(events: float, units: float, all_units: float, mean_rate: float) -> float:
    """Variance of the mean over units of what a unit adds: 1 − R̄ with an event, −R̄ without."""
    square = events * (1 - 2 * mean_rate * (units > 0)) + units * mean_rate**2
    mean = (events - mean_rate * units) / all_units
    return max(square / all_units - mean**2, 0.0) / all_units


def _choose(elements: Sequence[Contribution]) -> tuple[tuple[str, ...], float, float]:
    """Take elements by surprise; return them, what they explain, and their surprise."""
    chosen, explained, surprise = [], 0.0, 0.0
    for one in sorted(elements, key=lambda one: (-one.surprise, one.element)):
        power = one.explanatory_power or 0.0
        if power < _LEAST_POWER:
            continue
        chosen.append(one.element)
        explained += power
        surprise += one.surprise
        if explained >= _ENOUGH_POWER:
            break
    return tuple(chosen), explained, surprise


def _with_q_values(dimensions: Sequence[Dimension]) -> list[Dimension]:
    p_values = np.array([one.q_value for found in dimensions for one in found.elements])
    q_values = iter(benjamini_hochberg(p_values))
    return [
        found._replace(elements=tuple(one._replace(q_value=float(next(q_values))) for one in found.elements))
        for found in dimensions
    ]


def _grown(node: Node, counts: Counts, places: tuple[int, ...], frame: _Frame, depth: int) -> Node:
    """Split a node by the dimension that tells most about it."""
    if not depth or not places or not frame.difference:
        return node
    # inside a node, power is measured by the node's own contribution
    own = frame._replace(difference=node.contribution)
    found = [(_dimension(counts, place, own), place) for place in places]
    best, place = max(found, key=lambda pair: (pair[0].surprise, -pair[1]))
    if not best.chosen or (len(best.elements) == 1 and node.dimension is not None):
        return node
    children, left = [], node.contribution
    rest_of_places = tuple(other for other in places if other != place)
    for element in best.chosen:
        contribution = next(one.contribution for one in best.elements if one.element == element)
        inside = counts.codes[:, place] == counts.labels[place].index(element)
        child = Node(best.name, element, contribution, contribution / frame.difference)
        if abs(contribution) >= _LEAST_POWER * abs(frame.difference):
            child = _grown(child, counts.where(inside), rest_of_places, frame, depth - 1)
        children.append(child)
        left -= contribution
    children.append(Node(best.name, None, left, left / frame.difference))
    return replace(node, children=tuple(children))
