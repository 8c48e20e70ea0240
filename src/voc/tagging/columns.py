"""Turns analyses of texts into Arrow columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    from voc.tagging.analyzer import Analysis

__all__ = ["TAGS_TYPE", "build_columns"]

TAGS_TYPE: Final = pa.list_(
    pa.struct(
        [
            pa.field("tag", pa.string()),
            pa.field("polarity", pa.int8()),
            pa.field("start", pa.int32()),
            pa.field("end", pa.int32()),
            pa.field("evidence", pa.string()),
            pa.field("score", pa.float32()),
            pa.field("source", pa.string()),
        ]
    )
)
"""Type of the column `tags`: offsets in code points of the masked text."""


def build_columns(
    texts: Sequence[str], analyses: Sequence[Analysis], own_words: Sequence[bool]
) -> dict[str, pa.Array]:
    """Return the columns that tagging adds, by name.

    Rows that are not the customer's own words get tokens only.
    """
    judged = list(zip(analyses, own_words, strict=True))
    return {
        "tokens": pa.array([analysis.tokens for analysis in analyses], pa.list_(pa.string())),
        "sentiment": pa.array([a.sentiment if own else None for a, own in judged], pa.int8()),
        "sentiment_score": pa.array([a.score if own else None for a, own in judged], pa.float32()),
        "tags": _tags(texts, judged),
        "intent": pa.array([a.intent if own else None for a, own in judged], pa.string()),
        "severity": pa.array([a.severity if own else [] for a, own in judged], pa.list_(pa.string())),
    }


def _tags(texts: Sequence[str], judged: Sequence[tuple[Analysis, bool]]) -> pa.Array:
    offsets = [0]
    rows = []
    for text, (analysis, own) in zip(texts, judged, strict=True):
        if own:
            rows += [(finding, text[finding.start : finding.end]) for finding in analysis.findings]
        offsets.append(len(rows))
    fields = TAGS_TYPE.value_type
    values = [
        [finding.tag for finding, _ in rows],
        [finding.polarity for finding, _ in rows],
        [finding.start for finding, _ in rows],
        [finding.end for finding, _ in rows],
        [evidence for _, evidence in rows],
        [finding.score for finding, _ in rows],
        [f"lexicon.{finding.rule}" for finding, _ in rows],
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(values, fields, strict=True)]
    items = pa.StructArray.from_arrays(arrays, fields=list(fields))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items, type=TAGS_TYPE)
