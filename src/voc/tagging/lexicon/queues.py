"""Tells a queue on the line (`在线客服一直排队`) as slow service.

It is no queue at a venue, and no delivery that is late.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from voc.tagging.reader import Reading
from voc.tagging.tags import Tags
from voc.text.lexicons import read_lexicon, split_words

__all__ = ["queues_on_the_line"]

_SERVICE: Final = "service.slow"
_TAKEN_FOR: Final = ("venue.wait", "logistics.delay")


@cache
def _words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    document = read_lexicon("tagging/venue.yaml")
    queue, line = (
        re.compile("|".join(map(re.escape, split_words(document[part])))) for part in ("queue", "on_the_line")
    )
    return queue, line


def queues_on_the_line(reading: Reading, tags: Tags) -> Tags:
    """Return the tags with complaints of such queues told as slow service, once in each row."""
    service, *others = (tags.known.index(tag) if tag in tags.known else -1 for tag in (_SERVICE, *_TAKEN_FOR))
    held = _clauses(reading)
    if service < 0 or not held:
        return tags
    units = np.array(held, dtype=np.int64)
    rows = reading.units.rows[units]
    begins, stops = reading.spans(rows, reading.units.starts[units], reading.units.ends[units])
    found, taken = tags.tags.copy(), np.ones(len(tags.rows), dtype=np.bool_)
    for row, begin, stop in zip(rows.tolist(), begins.tolist(), stops.tolist(), strict=True):
        here = (tags.rows == row) & (tags.polarities < 0)
        waits = here & np.isin(tags.tags, others) & (tags.starts < stop) & (begin < tags.ends)
        first = np.flatnonzero(waits)[:1]
        if (here & (found == service)).any():
            first = first[:0]
        found[first] = service
        taken &= ~waits
        taken[first] = True
    return tags._replace(tags=found).take(taken)


def _clauses(reading: Reading) -> Sequence[int]:
    """Units in which a queue is spoken of, and somebody on the line."""
    queue, line = _words()
    ends, starts = reading.units.ends, reading.units.starts
    held = {
        int(np.searchsorted(ends, match.start(), side="right")) for match in queue.finditer(reading.joined)
    }
    return sorted(unit for unit in held if line.search(reading.joined, int(starts[unit]), int(ends[unit])))
