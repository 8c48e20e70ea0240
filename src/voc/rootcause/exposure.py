"""Which observations are exposed to which complaint, and how often their customer complained before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.rootcause.design import Days, Design

__all__ = ["Complaints", "Exposure", "earlier_complaints", "exposures"]


class Complaints(NamedTuple):
    """Complaint tags of feedback, shape (m,) each: one entry for each feedback and tag."""

    customer: NDArray[np.int64]
    """Number of the customer."""
    day: Days
    tag: NDArray[np.int64]
    """Number of the tag."""


class Exposure(NamedTuple):
    """Exposed observations, sorted by tag and observation, without repetition."""

    observation: NDArray[np.int64]
    """Index into the panel, shape (e,)."""
    tag: NDArray[np.int64]
    """Number of the tag, shape (e,)."""
    n_tags: int

    def of_tag(self, tag: int) -> NDArray[np.int64]:
        """Return the observations exposed to one tag, in order."""
        start, stop = np.searchsorted(self.tag, [tag, tag + 1])
        return self.observation[start:stop]

    def tags_of(self, n_observations: int) -> NDArray[np.int64]:
        """Return the number of different tags that each observation is exposed to, shape (n,)."""
        return np.bincount(self.observation, minlength=n_observations).astype(np.int64)


def exposures(
    complaints: Complaints, customer: NDArray[np.int64], landmark: Days, n_tags: int, design: Design
) -> Exposure:
    """Find the observations whose customer complained of a tag within (L − exposure, L].

    Parameters
    ----------
    complaints
        All complaints; those outside every window are passed over.
    customer, landmark
        The observations, shape (n,) each.
    n_tags
        Number of tags.
    design
        Windows.
    """
    keys = []
    for index, inside in _windows(complaints, customer, landmark, design.exposure_days, 0):
        observation = index[complaints.customer[inside]]
        known = observation >= 0
        keys.append(complaints.tag[inside][known] * len(customer) + observation[known])
    found = np.unique(np.concatenate(keys)) if keys else np.empty(0, np.int64)
    width = max(len(customer), 1)
    return Exposure(found % width, found // width, n_tags)


def earlier_complaints(
    complaints: Complaints, customer: NDArray[np.int64], landmark: Days, design: Design
) -> tuple[NDArray[np.int64], Days]:
    """Count the complaint tags of each observation's customer before its exposure window.

    Returns
    -------
    tuple
        Counts, shape (n,), over (L − exposure − history, L − exposure]; and the last day that they rest on.
    """
    counts = np.zeros(len(customer), np.int64)
    for index, inside in _windows(complaints, customer, landmark, design.history_days, design.exposure_days):
        observation = index[complaints.customer[inside]]
        counts += np.bincount(observation[observation >= 0], minlength=len(customer))
    return counts, landmark - np.timedelta64(design.exposure_days, "D")


def _windows(
    complaints: Complaints, customer: NDArray[np.int64], landmark: Days, length: int, before: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """For each landmark: observation of each customer (-1 for none), and the complaints inside the window."""
    size = max(int(customer.max(initial=-1)), int(complaints.customer.max(initial=-1))) + 1
    for day in np.unique(landmark):
        index = np.full(size, -1, np.int64)
        here = np.flatnonzero(landmark == day)
        index[customer[here]] = here
        end = day - np.timedelta64(before, "D")
        start = end - np.timedelta64(length, "D")
        yield index, (complaints.day > start) & (complaints.day <= end)
