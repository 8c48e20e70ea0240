"""Masked quotes that prove a tag: strong evidence, moderate length, several different voices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from voc.report.model import Quote, TagQuotes
from voc.report.names import TagNames
from voc.report.sources import Sources, rows_of

__all__ = ["choose_quotes", "cut_window", "read_quotes"]

QUOTES_A_TAG = 3
_CANDIDATES = 60
_BEST_LENGTH = 40
"""Code points of a text that reads well as a quote."""
_MARGIN = 32
"""Code points kept on each side of the evidence."""
_MAX_EVIDENCE = 80
_MAX_ALIKE = 0.4
"""Jaccard similarity of character pairs above which two quotes say the same."""
_CLAUSE_END = re.compile(r"[。！？!?；;~～…，,、]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
"""Characters that would break a line or turn its direction."""


def read_quotes(sources: Sources, tags: Sequence[str], names: TagNames) -> tuple[TagQuotes, ...]:
    """Choose up to `QUOTES_A_TAG` quotes for each of `tags`, in their order.

    Candidates are ranked by score (in tenths), closeness of the text's length to `_BEST_LENGTH` (in steps of
    15), feedback id and position, so the choice hangs on nothing else.
    """
    if sources.texts is None or not tags:
        return ()
    by_tag: dict[str, list[dict[str, Any]]] = {tag: [] for tag in tags}
    for row in _candidates(sources, tags):
        by_tag[row["tag"]].append(row)
    chosen = ((tag, choose_quotes(by_tag[tag])) for tag in tags)
    return tuple(TagQuotes(id=tag, zh=names.zh(tag), quotes=quotes) for tag, quotes in chosen if quotes)


def _candidates(sources: Sources, tags: Sequence[str]) -> list[dict[str, Any]]:
    import ibis

    mentions = sources.mentions
    wanted = mentions.filter(mentions.polarity == -1, mentions.tag.isin(list(tags)))
    feedback = sources.feedback.select(
        "row_id", "feedback_id", "customer_key", "channel", "product", "day", "length"
    )
    joined = wanted.join(feedback, "row_id").filter(
        lambda t: t.length.notnull() & (t.start >= 0) & (t.start < t.end) & (t.end <= t.length)
    )
    ranked = joined.mutate(
        score=joined.score.fill_null(0.0),
        strength=(joined.score.fill_null(0.0) * 10).floor(),
        odd_length=((joined.length - _BEST_LENGTH).abs() / 15).floor(),
    )
    order = [ranked.strength.desc(), ranked.odd_length, ranked.feedback_id, ranked.row_id, ranked.start]
    window = ibis.window(group_by=ranked.tag, order_by=order)
    ranked = ranked.mutate(rank=ibis.row_number().over(window))
    best = ranked.filter(ranked.rank < _CANDIDATES)
    assert sources.texts is not None
    rows = rows_of(best.join(sources.texts, "row_id"))
    return sorted(rows, key=lambda row: (row["tag"], row["rank"]))


def choose_quotes(candidates: Iterable[Mapping[str, Any]]) -> tuple[Quote, ...]:
    """Take the first candidates that differ in words and in customer.

    Parameters
    ----------
    candidates
        Best first: text, start, end, score, feedback_id, customer_key, channel, product, day.
    """
    quotes: list[Quote] = []
    pairs: list[frozenset[str]] = []
    customers: set[str] = set()
    for row in candidates:
        quote = _quote(row)
        own = _character_pairs(quote.text)
        customer = row["customer_key"]
        if customer in customers or any(_alike(own, other) > _MAX_ALIKE for other in pairs):
            continue
        quotes.append(quote)
        pairs.append(own)
        if customer is not None:
            customers.add(customer)
        if len(quotes) == QUOTES_A_TAG:
            break
    return tuple(quotes)


def _character_pairs(text: str) -> frozenset[str]:
    letters = re.sub(r"\W+", "", text)
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _alike(first: frozenset[str], second: frozenset[str]) -> float:
    union = len(first | second)
    return len(first & second) / union if union else 1.0


def _quote(row: Mapping[str, Any]) -> Quote:
    text, start, end, left, right = cut_window(row["text"], row["start"], row["end"])
    day = row["day"]
    return Quote(
        feedback_id=row["feedback_id"] or "",
        text=text,
        start=start,
        end=end,
        cut_left=left,
        cut_right=right,
        score=row["score"],
        channel=row["channel"],
        product=row["product"],
        month=f"{day:%Y-%m}" if day is not None else None,
    )


def cut_window(text: str, start: int, end: int) -> tuple[str, int, int, bool, bool]:
    """Cut a window of whole clauses around `text[start:end]`.

    Returns
    -------
    window, start, end, cut_left, cut_right
        The window, the evidence inside it (code points), and whether text was left out on either side.
        Line breaks and other control characters have become spaces.
    """
    text = _CONTROL.sub(" ", text)
    end = min(end, start + _MAX_EVIDENCE)
    first, last = 0, len(text)
    if start > _MARGIN:
        first = start - _MARGIN
        if breaks := list(_CLAUSE_END.finditer(text, first, start)):
            first = breaks[0].end()
    if len(text) - end > _MARGIN:
        last = end + _MARGIN
        if breaks := list(_CLAUSE_END.finditer(text, end, last)):
            last = breaks[-1].end()
    while last > end and (text[last - 1].isspace() or text[last - 1] in "，,、"):
        last -= 1
    while first < start and text[first].isspace():
        first += 1
    return (
        text[first:last],
        start - first,
        end - first,
        bool(text[:first].strip()),
        bool(text[last:].strip(" ，,、")),
    )
