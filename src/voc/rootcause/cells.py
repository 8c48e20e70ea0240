"""Observations counted by cell, so that what is done for every tag does not go over every observation again.

A cell is a combination of all features of the panel, split by whether the customer complained of anything
else in the same window (so that a complaint that often comes along with a harmful one is not blamed for it),
and by the fold that the customer belongs to (for cross-fitting). Whoever is not exposed to a tag counts in
the cell that is fixed by "complained of anything"; whoever is, in the one fixed by "complained of another
thing too". Only the exposed, who are few, have to be moved from tag to tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.mantel_haenszel import Strata
from voc.rootcause.panel import Panel, combine

__all__ = ["Cells", "Comparison", "count_cells"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """Exposed and unexposed of one tag, counted by fold and cell; arrays of shape (folds, cells)."""

    observation: Ints
    """The exposed, as indices into the panel, shape (e,)."""
    place: Ints
    """Fold and cell of each of them, `fold * cells + cell`, shape (e,)."""
    event: NDArray[np.bool_]
    """Whether each of them left, shape (e,)."""
    exposed: Floats
    exposed_events: Floats
    unexposed: Floats
    unexposed_events: Floats

    group: Ints
    """Stratum that each cell belongs to, shape (cells,)."""

    @property
    def strata(self) -> Strata:
        """Counts by stratum, folds taken together."""

        def count(counts: Floats) -> Floats:
            return np.bincount(self.group, counts.sum(axis=0)).astype(np.float64)

        return Strata(
            count(self.exposed_events),
            count(self.exposed),
            count(self.unexposed_events),
            count(self.unexposed),
        )


@dataclass(frozen=True)
class Cells:
    """Counts of a panel by fold and cell. Cell 2s is combination s without other complaints, 2s + 1 with."""

    levels: Ints
    """Level of each feature in each cell, shape (cells, features)."""
    group: Ints
    """Stratum of the Mantel–Haenszel comparison that each cell belongs to, shape (cells,)."""
    customer: Ints
    """Customer of each observation, numbered from 0 without gaps, shape (n,)."""
    number: Ints
    """Number in the panel of each customer, shape (n_customers,)."""
    event: NDArray[np.bool_]
    n_folds: int
    _code: Ints
    """`2 * (fold * cells + cell) + event` of each observation that is not exposed."""
    _exposed_place: Ints
    """`fold * cells + cell` of each observation when it is exposed."""
    _total: Floats
    _events: Floats

    @property
    def n_customers(self) -> int:
        """Number of customers."""
        return len(self.number)

    @property
    def repeated(self) -> bool:
        """Whether a customer is observed more than once."""
        return self.n_customers < len(self.customer)

    @property
    def n_cells(self) -> int:
        """Number of cells, empty ones among them."""
        return len(self.levels)

    @property
    def totals(self) -> tuple[Floats, Floats]:
        """Observations, and those that left, of all as if unexposed; shape (folds, cells) each."""
        shape = (self.n_folds, self.n_cells)
        return self._total.reshape(shape), self._events.reshape(shape)

    def used(self) -> Ints:
        """Return the cells in which an observation may count, exposed or not."""
        present = self.totals[0].sum(axis=0) > 0
        present[np.unique(self._exposed_place % self.n_cells)] = True
        return np.flatnonzero(present)

    def compare(self, exposed: Ints) -> Comparison:
        """Count exposed and unexposed. `exposed` are indices of observations, shape (e,)."""
        shape = (self.n_folds, self.n_cells)
        size = shape[0] * shape[1]
        place, event = self._exposed_place[exposed], self.event[exposed]
        left = self._code[exposed] // 2  # the cells that they would count in if they were not exposed

        def count(places: Ints) -> Floats:
            return np.bincount(places, minlength=size).astype(np.float64).reshape(shape)

        return Comparison(
            observation=exposed,
            place=place,
            event=event,
            exposed=count(place),
            exposed_events=count(place[event]),
            unexposed=self._total.reshape(shape) - count(left),
            unexposed_events=self._events.reshape(shape) - count(left[event]),
            group=self.group,
        )

    def places(self) -> Ints:
        """Return `fold * cells + cell` of each observation as long as it is not exposed, shape (n,)."""
        return self._code // 2

    def customer_sums(self, comparison: Comparison, unexposed: Floats, exposed: Floats) -> Floats:
        """Add up something over the observations of each customer.

        Parameters
        ----------
        comparison
            Who is exposed.
        unexposed
            Value of an unexposed observation without and with event, shape (folds, cells, 2), or one that
            broadcasts to it.
        exposed
            Value of each exposed observation, shape (e,).

        Returns
        -------
        array
            Shape (n_customers,).
        """
        shape = (self.n_folds, self.n_cells, 2)
        values = np.broadcast_to(unexposed, shape).reshape(-1)[self._code]
        values[comparison.observation] = exposed
        sums = np.bincount(self.customer, weights=values, minlength=self.n_customers)
        return sums.astype(np.float64)


def count_cells(
    panel: Panel, n_tags: Ints, n_folds: int = 1, *, columns: Sequence[int] | None = None, seed: int = 0
) -> Cells:
    """Count a panel.

    Parameters
    ----------
    panel
        Observations.
    n_tags
        Different tags that each observation is exposed to, shape (n,).
    n_folds
        Number of folds; customers are dealt to them by chance.
    columns
        Columns of `panel.levels` that make the strata, all of them when not given.
    seed
        Of the dealing.
    """
    used, stratum = np.unique(panel.stratum, return_inverse=True)
    known, customer = np.unique(panel.customer, return_inverse=True)
    dealt = np.random.default_rng(seed).integers(0, n_folds, panel.n_customers)
    fold = dealt[panel.customer]
    levels = np.repeat(panel.levels[used], 2, axis=0)
    others = np.arange(len(levels)) % 2
    kept = levels if columns is None else levels[:, list(columns)]
    levels = np.column_stack([levels, others])
    first = (fold * len(used) + stratum) * 2
    place = first + (n_tags > 0)
    size = n_folds * len(levels)
    return Cells(
        levels=levels,
        group=combine([*kept.T, others]),
        customer=customer.astype(np.int64),
        number=known,
        event=panel.churned,
        n_folds=n_folds,
        _code=place * 2 + panel.churned,
        _exposed_place=first + (n_tags > 1),
        _total=np.bincount(place, minlength=size).astype(np.float64),
        _events=np.bincount(place[panel.churned], minlength=size).astype(np.float64),
    )
