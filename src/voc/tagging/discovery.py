"""New complaints that the taxonomy lacks: phrases that rise against a baseline, in clusters with examples.

A phrase is a run of one to three words of a text that complains. It rises when its log-odds ratio between
the period and the baseline, under an informative Dirichlet prior from both together, has a z-score above
a limit (Monroe, Colaresi and Quinn, 2008, "Fightin' Words", eq. 16 and 22). Phrases that stand in the
same texts are one cluster (Jaccard similarity above one half, single linkage); of those that overlap there
only the longest is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt
from typing import Final, NamedTuple

__all__ = ["Cluster", "Document", "Phrase", "discover", "rising_phrases"]

_PRIOR: Final = 500.0
"""Most weight of the prior, in phrases."""
_PRIOR_SHARE: Final = 0.1
"""Weight of the prior as a share of all phrases, in small tables."""
_ALIKE: Final = 0.5
_EXAMPLES: Final = 3
_LONGEST: Final = 3


class Document(NamedTuple):
    """A text as discovery sees it. Masked text only."""

    text: str
    tokens: Sequence[str]
    tagged: bool
    """Whether it has a complaint tag other than `other.other`."""


class Phrase(NamedTuple):
    """A rising phrase."""

    phrase: str
    texts: int
    """Texts of the period that hold it."""
    baseline: int
    """Texts of the baseline that hold it."""
    z: float
    """Of the log-odds ratio; above 0 it rises."""
    untagged: float
    """Share of its texts in the period that no tag of the taxonomy explains."""


class Cluster(NamedTuple):
    """Phrases that speak of the same thing."""

    phrases: tuple[Phrase, ...]
    """The strongest first."""
    texts: int
    untagged: float
    examples: tuple[str, ...]


def _phrases(document: Document) -> set[str]:
    """Runs of words of a text, without those that are a single character, a number or a placeholder."""
    found: set[str] = set()
    run: list[str] = []
    for token in [*document.tokens, ""]:
        if (
            token.strip()
            and (token.isalpha() or (len(token) > 1 and token.isalnum()))
            and not token.isdigit()
        ):
            run.append(token)
            for size in range(1, min(_LONGEST, len(run)) + 1):
                phrase = "".join(run[-size:])
                if len(phrase) > 1:
                    found.add(phrase)
        else:
            run = []
    return found


def rising_phrases(
    period: Sequence[Document], baseline: Sequence[Document], *, least: int = 5, z: float = 2.5
) -> list[Phrase]:
    """Phrases that rise, the strongest first.

    Parameters
    ----------
    period, baseline
        Texts of complainers now and before.
    least
        Texts of the period that must hold a phrase.
    z
        Least z-score.
    """
    now, before = (Counter(phrase for one in part for phrase in _phrases(one)) for part in (period, baseline))
    both = now + before
    total_now, total_before, total = (sum(counts.values()) for counts in (now, before, both))
    explained = Counter(phrase for one in period if one.tagged for phrase in _phrases(one))
    weight = min(_PRIOR, _PRIOR_SHARE * total)
    found = []
    for phrase, count in now.items():
        if count < least:
            continue
        prior = weight * both[phrase] / total
        a, b = count + prior, before[phrase] + prior
        ratio = log(a / (total_now + weight - a)) - log(b / (total_before + weight - b))
        score = ratio / sqrt(1 / a + 1 / b)
        if score >= z:
            found.append(Phrase(phrase, count, before[phrase], score, 1 - explained[phrase] / count))
    return sorted(found, key=lambda item: (-item.z, item.phrase))


def discover(
    period: Sequence[Document],
    baseline: Sequence[Document],
    *,
    least: int = 5,
    z: float = 2.5,
    most: int = 20,
) -> list[Cluster]:
    """Cluster rising phrases; those that the taxonomy explains least come first."""
    rising = rising_phrases(period, baseline, least=least, z=z)[:400]
    wanted = {phrase.phrase for phrase in rising}
    holders: dict[str, set[int]] = {phrase: set() for phrase in wanted}
    for at, document in enumerate(period):
        for name in _phrases(document) & wanted:
            holders[name].add(at)
    groups: list[list[Phrase]] = []
    for phrase in rising:
        own = holders[phrase.phrase]
        near = next((g for g in groups if any(_alike(own, holders[p.phrase]) for p in g)), None)
        if near is None:
            groups.append([phrase])
        else:
            near.append(phrase)
    clusters = [_cluster(_without_parts(group, holders), holders, period) for group in groups]
    return sorted(clusters, key=lambda one: (-one.untagged * one.texts, -one.texts, one.phrases[0].phrase))[
        :most
    ]


def _without_parts(group: list[Phrase], holders: dict[str, set[int]]) -> list[Phrase]:
    """Leave out phrases that are part of a longer one in the same texts, or run on from it."""
    kept: list[Phrase] = []
    for one in sorted(group, key=lambda phrase: -len(phrase.phrase)):
        longer = [other.phrase for other in kept if _overlap(one.phrase, other.phrase)]
        if not any(_alike(holders[one.phrase], holders[other]) for other in longer):
            kept.append(one)
    return sorted(kept, key=lambda phrase: (-phrase.z, phrase.phrase))


def _overlap(one: str, other: str) -> bool:
    """Whether one is part of the other, or ends with two characters or more with which the other begins."""
    shortest = min(len(one), len(other))
    ends = (a[-size:] == b[:size] for a, b in ((one, other), (other, one)) for size in range(2, shortest))
    return one in other or any(ends)


def _alike(one: set[int], other: set[int]) -> bool:
    return len(one & other) > _ALIKE * len(one | other)


def _cluster(group: list[Phrase], holders: dict[str, set[int]], period: Sequence[Document]) -> Cluster:
    members = sorted(set().union(*(holders[phrase.phrase] for phrase in group)))
    untagged = [at for at in members if not period[at].tagged]
    shown = sorted(untagged or members, key=lambda at: (len(period[at].text), at))[:_EXAMPLES]
    return Cluster(
        tuple(group), len(members), len(untagged) / len(members), tuple(period[at].text for at in shown)
    )
