"""Whether tagged feedback still looks like the last run's.

Shares of tags are compared by the population stability index, sum((p - q) * ln(p / q)) over tags (Siddiqi,
2006, who calls 0.1 a small and 0.25 a large shift), with half a text added to every count; besides,
complaints that name nothing, and words that the dictionary lacks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log
from typing import Any, Final, NamedTuple

__all__ = ["Drift", "Profile", "drift", "profile"]

_OTHER: Final = "other.other"


class Profile(NamedTuple):
    """What a tagged table looks like."""

    texts: int
    complaints: dict[str, int]
    """Texts that complain of each tag."""
    negative: int
    """Texts of negative sentiment."""
    unexplained: int
    """Of those, texts without a complaint tag, or with `other.other` alone."""
    words: int
    unknown: int
    """Words that the dictionary does not know."""


class Drift(NamedTuple):
    """One thing compared."""

    name: str
    before: float
    now: float
    limit: float
    broken: bool


def profile(rows: Iterable[Mapping[str, Any]], known: Any) -> Profile:  # noqa: ANN401
    """Count a tagged table.

    Parameters
    ----------
    rows
        With `sentiment`, `tags` and `tokens`.
    known
        Says of a word whether the dictionary holds it.
    """
    texts = negative = unexplained = words = unknown = 0
    complaints: Counter[str] = Counter()
    for row in rows:
        texts += 1
        tags = {tag["tag"] for tag in row["tags"] or [] if tag["polarity"] < 0}
        complaints.update(tags)
        if (row["sentiment"] or 0) < 0:
            negative += 1
            unexplained += not tags - {_OTHER}
        for token in row["tokens"] or []:
            if len(token) > 1 and token.isalpha():
                words += 1
                unknown += not known(token)
    return Profile(texts, dict(complaints), negative, unexplained, words, unknown)


def stability_index(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Population stability index of two sets of counts."""
    names = sorted({*before, *now})
    if not names:
        return 0.0
    totals = [sum(counts.values()) + 0.5 * len(names) for counts in (before, now)]
    shares = [
        [(counts.get(name, 0) + 0.5) / total for name in names]
        for counts, total in zip((before, now), totals, strict=True)
    ]
    return float(sum((q - p) * log(q / p) for p, q in zip(*shares, strict=True)))


def drift(
    before: Profile, now: Profile, *, shift: float = 0.25, other: float = 0.1, unknown: float = 0.05
) -> list[Drift]:
    """Compare two profiles.

    Parameters
    ----------
    shift
        Most that the stability index of tag shares may be.
    other
        Most by which the share of unexplained negative texts may rise.
    unknown
        Most by which the share of unknown words may rise.
    """
    index = stability_index(before.complaints, now.complaints)
    found = [Drift("tag shares (stability index)", 0.0, index, shift, index > shift)]
    for name, limit, pairs in (
        ("unexplained negative texts", other, [(one.unexplained, one.negative) for one in (before, now)]),
        ("unknown words", unknown, [(one.unknown, one.words) for one in (before, now)]),
    ):
        old, new = (part / whole if whole else 0.0 for part, whole in pairs)
        found.append(Drift(name, old, new, limit, new - old > limit))
    return found
