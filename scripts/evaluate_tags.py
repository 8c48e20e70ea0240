"""Scores the tags on the test part of the labelled texts, which no training of tags looks at.

    python scripts/evaluate_tags.py DATA --model best

DATA is the folder that `scripts/train_topics.py` trains on. Told are micro-averaged precision, recall and F1
of (tag, polarity) for complaints and praises, by level 2 and level 1 of the taxonomy, for the lexicon alone
and for lexicon and model together, and the share of right tags whose evidence overlaps the annotators'.
Intervals are 95 % bootstrap intervals over texts (1,000 draws, fixed seed). Sentiment is scored by
`scripts/train_sentiment.py`, whose held-out part is another.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tags.corpora import Labelled, read_labelled

from voc.privacy.masked import masked_text
from voc.tagging.tagger import Tagger

SEED = 20240601
DRAWS = 1000
Spans = dict[tuple[str, int], tuple[int, int]]


def level_1(tag: str) -> str:
    """Return the first level of a tag id."""
    return tag.split(".", maxsplit=1)[0]


def counts(truth: Sequence[Spans], told: Sequence[Spans], name: Callable[[str], str]) -> np.ndarray:
    """True positives, told, and true labels of each text: shape (texts, 3)."""
    rows = []
    for right, found in zip(truth, told, strict=True):
        a = {(name(tag), polarity) for tag, polarity in right}
        b = {(name(tag), polarity) for tag, polarity in found}
        rows.append((len(a & b), len(b), len(a)))
    return np.array(rows, dtype=np.int64)


def f1(rows: np.ndarray) -> float:
    """Micro F1 of summed counts."""
    hits, told, true = rows.sum(axis=0)
    return float(2 * hits / max(told + true, 1))


def figures(rows: np.ndarray) -> dict[str, Any]:
    """Precision, recall and F1 with its bootstrap interval."""
    rng = np.random.default_rng(SEED)
    draws = [f1(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(DRAWS)]
    hits, told, true = rows.sum(axis=0)
    low, high = np.quantile(draws, [0.025, 0.975])
    return {
        "precision": round(float(hits / max(told, 1)), 4),
        "recall": round(float(hits / max(true, 1)), 4),
        "f1": round(f1(rows), 4),
        "f1_ci": [round(float(low), 4), round(float(high), 4)],
    }


def evidence_overlap(truth: Sequence[Spans], told: Sequence[Spans]) -> float:
    """Share of right tags whose evidence shares a character with the annotators'."""
    hits = [
        right[key][0] < span[1] and span[0] < right[key][1]
        for right, found in zip(truth, told, strict=True)
        for key, span in found.items()
        if key in right
    ]
    return round(float(np.mean(hits)), 4)


def evaluate(rows: Sequence[Labelled], model: str) -> dict[str, Any]:
    """Score the shipped tagger on labelled texts."""
    tagger = Tagger(model=model)
    texts = [masked_text(row.text, ()) for row in rows]
    tagged = tagger.tag(texts)
    found = tagger.read(texts).findings.by_row(len(texts))
    truth = [{(tag, sign): (start, end) for tag, sign, start, end in row.tags if sign} for row in rows]
    told = [{(tag.tag, tag.polarity): (tag.start, tag.end) for tag in text.tags} for text in tagged]
    lexicon = [
        {(finding.tag, finding.polarity): (finding.start, finding.end) for finding in findings}
        for findings in found
    ]
    return {
        "texts": len(rows),
        "level_2": figures(counts(truth, told, str)),
        "level_1": figures(counts(truth, told, level_1)),
        "level_2_lexicon_alone": figures(counts(truth, lexicon, str)),
        "level_1_lexicon_alone": figures(counts(truth, lexicon, level_1)),
        "evidence_overlap": evidence_overlap(truth, told),
    }


def main() -> int:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="fast", help="fast, auto or best")
    parser.add_argument("--part", choices=("dev", "test"), default="test", help="dev: for choosing")
    options = parser.parse_args()
    rows = [row for row in read_labelled(options.data) if row.split == options.part]
    print(json.dumps(evaluate(rows, options.model), ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
