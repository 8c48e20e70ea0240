"""Complaints that could not be linked to a customer: how many, and in which segments they must be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voc.pipeline.causes.inputs import Tags
from voc.pipeline.causes.panel import SEGMENTS
from voc.rootcause.panel import Panel

__all__ = ["MissingLink", "missing_links"]


class MissingLink(NamedTuple):
    """Share of complaints without a link."""

    segment: str | None
    rate: float | None
    """None where no complaint of the segment is linked."""
    estimated: bool
    """Whether it is worked out from the channels, since a complaint without a customer has no segment."""


def missing_links(found: Tags, panel: Panel) -> list[MissingLink]:
    """Return the rate over all complaints and, where feedback has channels, by segment.

    Inside a channel, links are taken to be missing alike in all segments: a segment's linked complaints,
    each weighted by 1 / (1 − rate of its channel), stand for all of its complaints.
    """
    linked = len(found.complaints.tag)
    overall = 1 - linked / found.rows if found.rows else None
    rows = [MissingLink(None, overall, estimated=False)]
    if not found.channels:
        return rows
    segment = _segment_of_complaints(found, panel)
    told = found.channel >= 0
    by_channel = np.bincount(found.channel[told], minlength=len(found.channels))
    rate = 1 - by_channel / np.maximum(found.channel_totals, 1)
    weight = 1 / np.maximum(1 - rate[found.channel], 1e-9)
    for number, name in enumerate(SEGMENTS):
        here = told & (segment == number)
        implied = float(weight[here].sum())
        share = 1 - float(here.sum()) / implied if implied else None
        rows.append(MissingLink(name, share, estimated=True))
    return rows


def _segment_of_complaints(found: Tags, panel: Panel) -> NDArray[np.int64]:
    """Segment of each complaint's customer at the last landmark; -1 for customers never at risk."""
    latest = np.full(panel.n_customers, -1, np.int64)
    latest[panel.customer] = panel.segment  # observations are in the order of landmarks
    return latest[found.complaints.customer]
