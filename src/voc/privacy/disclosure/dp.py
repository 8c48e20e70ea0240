"""Differentially private counts, sums and rates by group (extra `dp`; the noise is OpenDP's).

The unit of privacy is a person: each is in at most `max_groups` groups and counts once in each, with at most
`bound` in a sum; what is beyond is cut before anything is counted (Wilson et al. 2020,
doi:10.2478/popets-2020-0025). Under add/remove of a person the vector of counts then changes by at most
`max_groups` in the L1 norm, so OpenDP's Laplace mechanism on it is ε-differentially private (Dwork et al.
2006, doi:10.1007/11681878_14). Groups are listed from outside (taxonomy, segments): an empty one is told,
with noise, like the others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from voc.errors import MissingExtraError, UsageError

__all__ = ["NoisyFigure", "bounded", "noisy_counts", "noisy_rates", "noisy_sums"]


class NoisyFigure(NamedTuple):
    """A figure with its noise."""

    group: str
    value: float
    ci_lower: float
    ci_upper: float
    """95 % interval of the noise alone: the true figure of this table lies in it with that probability."""
    scale: float
    """Scale of the Laplace noise, in the unit of the figure; of the numerator for a rate."""
    epsilon: float


def bounded(pairs: Iterable[tuple[str, str]], max_groups: int) -> list[tuple[str, str]]:
    """Keep of each person at most `max_groups` different groups, chosen by a hash.

    Parameters
    ----------
    pairs
        (person, group), in any order, with repeats.
    """
    groups: dict[str, set[str]] = {}
    for person, group in pairs:
        groups.setdefault(person, set()).add(group)
    kept = []
    for person in sorted(groups):
        chosen = sorted(
            groups[person], key=lambda group: hashlib.sha256(f"{person}|{group}".encode()).digest()
        )
        kept += [(person, group) for group in chosen[:max_groups]]
    return kept


def noisy_counts(
    pairs: Iterable[tuple[str, str]],
    groups: Sequence[str],
    *,
    epsilon: float,
    max_groups: int,
    level: float = 0.95,
) -> list[NoisyFigure]:
    """Count the people of each group.

    Parameters
    ----------
    pairs
        (person, group).
    groups
        All groups that are told, from a public list; others are left out.
    epsilon
        Privacy loss of the whole answer.
    max_groups
        Most groups that one person counts in.
    level
        Of the intervals.

    Raises
    ------
    MissingExtraError
        When OpenDP is not installed.
    """
    known = set(groups)
    counts = dict.fromkeys(groups, 0)
    for _, group in bounded(((p, g) for p, g in pairs if g in known), max_groups):
        counts[group] += 1
    noisy, scale = _laplace([counts[group] for group in groups], sensitivity=max_groups, epsilon=epsilon)
    return _figures(groups, noisy, scale, epsilon, unit=1.0, level=level)


def noisy_sums(
    rows: Iterable[tuple[str, str, float]],
    groups: Sequence[str],
    *,
    epsilon: float,
    max_groups: int,
    bound: float,
    unit: float = 0.01,
) -> list[NoisyFigure]:
    """Add up the amounts of each group; a person adds 0 to `bound` to each.

    Parameters
    ----------
    rows
        (person, group, amount), amounts of one person and group are added before the bound is applied.
    unit
        Amounts are counted in whole units, so that the noise is exact: a hundredth.
    """
    if bound <= 0 or not math.isfinite(bound):
        raise UsageError(
            "a bound of sums is above 0", hint="the most that one person may add, from the outside"
        )
    known = set(groups)
    amounts: dict[tuple[str, str], float] = {}
    for person, group, amount in rows:
        if group in known:
            amounts[person, group] = amounts.get((person, group), 0.0) + amount
    most = round(bound / unit)
    sums = dict.fromkeys(groups, 0)
    for pair in bounded(amounts, max_groups):
        sums[pair[1]] += min(max(round(amounts[pair] / unit), 0), most)
    noisy, scale = _laplace([sums[group] for group in groups], sensitivity=max_groups * most, epsilon=epsilon)
    return _figures(groups, noisy, scale, epsilon, unit=unit, level=0.95)


def noisy_rates(
    pairs: Iterable[tuple[str, str]],
    positives: Iterable[tuple[str, str]],
    groups: Sequence[str],
    *,
    epsilon: float,
    max_groups: int,
) -> list[NoisyFigure]:
    """Return the share of people in each group who are positive; half of ε goes to each of the two counts."""
    kept = bounded(((p, g) for p, g in pairs if g in set(groups)), max_groups)
    inside = set(kept)
    good = [pair for pair in positives if pair in inside]
    below = noisy_counts(kept, groups, epsilon=epsilon / 2, max_groups=max_groups, level=0.975)
    above = noisy_counts(good, groups, epsilon=epsilon / 2, max_groups=max_groups, level=0.975)
    figures = []
    for over, under in zip(above, below, strict=True):
        low = max(over.ci_lower, 0.0) / max(under.ci_upper, 1.0)
        high = min(over.ci_upper / max(under.ci_lower, 1.0), 1.0)
        value = min(max(over.value / max(under.value, 1.0), 0.0), 1.0)
        figures.append(NoisyFigure(over.group, value, min(low, value), max(high, value), over.scale, epsilon))
    return figures


def _laplace(values: Sequence[int], *, sensitivity: int, epsilon: float) -> tuple[list[int], float]:
    """Add OpenDP's discrete Laplace noise to a vector of the given L1 sensitivity."""
    if not 0 < epsilon < math.inf:
        raise UsageError("epsilon is above 0")
    if sensitivity < 1:
        raise UsageError("a person counts in one group at least")
    if not values:
        return [], 0.0
    try:
        import opendp.prelude as dp
    except ImportError:
        raise MissingExtraError("OpenDP", "dp") from None
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    scale = float(
        dp.binary_search_param(
            lambda tried: dp.m.make_laplace(*space, scale=tried), d_in=sensitivity, d_out=float(epsilon)
        )
    )
    release = dp.m.make_laplace(*space, scale=scale)
    return [int(value) for value in release(list(values))], scale


def _figures(
    groups: Sequence[str], noisy: Sequence[int], scale: float, epsilon: float, *, unit: float, level: float
) -> list[NoisyFigure]:
    half = _half_width(scale, 1 - level) if scale else 0
    return [
        NoisyFigure(group, value * unit, (value - half) * unit, (value + half) * unit, scale * unit, epsilon)
        for group, value in zip(groups, noisy, strict=True)
    ]


def _half_width(scale: float, alpha: float) -> int:
    """Least t with P(|X| > t) <= alpha for discrete Laplace noise: 2 a^(t+1) / (1 + a), a = exp(-1/scale)."""
    ratio = math.exp(-1 / scale)
    return max(0, math.ceil(math.log(alpha * (1 + ratio) / 2) / math.log(ratio) - 1))
